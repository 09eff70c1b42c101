//! How long a client wants to wait.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName};

use super::headers::{printable, vary};

/// How long a client wants its request to be held: `Prefer: wait=20`, in seconds, as RFC 7240 has
/// it.
///
/// ```
/// use std::time::Duration;
/// use dacapo::manners::PreferredWait;
/// use dacapo::{Answer, Hub, Outcome};
/// use http::{Request, Response};
///
/// const HOLD: Duration = Duration::from_secs(30);
/// const LONGEST: Duration = Duration::from_secs(60);
///
/// async fn news(
///     hub: &Hub<String>,
///     request: Request<()>,
/// ) -> Result<Answer<Response<String>>, dacapo::Error> {
///     let wait = PreferredWait::read(request.headers(), HOLD, Duration::ZERO..=LONGEST);
///     hub.run(async |c| -> Outcome<_> {
///         if !c.is_expired() {
///             return Err(c.suspend("news", wait.time()));
///         }
///         let mut response = Response::new("nothing new".to_owned());
///         wait.acknowledge(response.headers_mut());
///         Ok(response)
///     }).await
/// }
/// ```
///
/// A preference is no demand: what is malformed is ignored, and never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreferredWait {
    time: Duration,
    is_applied: bool,
}

impl PreferredWait {
    /// Reads it from the headers of a request.
    ///
    /// The time is the client's, or the nearest one within the range. A number that is too large
    /// for a `u64` counts as very large. If the preference occurs more than once, the first one
    /// counts, as RFC 7240 wants it. If there is none, or if that one is not a whole number of
    /// seconds, the time is the `default`, even outside the range.
    ///
    /// Give the range an end below the hub's [`max_hold`](crate::HubBuilder::max_hold).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::manners::PreferredWait;
    /// # use http::HeaderMap;
    /// let (default, longest) = (Duration::from_secs(30), Duration::from_secs(60));
    /// let mut headers = HeaderMap::new();
    /// headers.insert("prefer", "respond-async, wait=900".parse().unwrap());
    /// let wait = PreferredWait::read(&headers, default, Duration::ZERO..=longest);
    /// assert_eq!(wait.time(), longest);
    /// ```
    pub fn read(headers: &HeaderMap, default: Duration, range: RangeInclusive<Duration>) -> Self {
        let wanted = wanted(headers).map(Duration::from_secs);
        let time = wanted.map(|wanted| wanted.max(*range.start()).min(*range.end()));
        Self {
            time: time.unwrap_or(default),
            is_applied: time.is_some(),
        }
    }

    /// How long to hold the request: the timeout for `suspend`.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// Tells the client which time it got: `Preference-Applied: wait=20`, in whole seconds, rounded
    /// down. If the default counts, it says nothing of that.
    ///
    /// It adds `Vary: Prefer` in either case.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::manners::PreferredWait;
    /// # use http::HeaderMap;
    /// # let (default, longest) = (Duration::from_secs(30), Duration::from_secs(60));
    /// # let mut headers = HeaderMap::new();
    /// # headers.insert("prefer", "wait=20".parse().unwrap());
    /// let mut answer = HeaderMap::new();
    /// let wait = PreferredWait::read(&headers, default, Duration::ZERO..=longest);
    /// wait.acknowledge(&mut answer);
    /// assert_eq!(answer["preference-applied"], "wait=20");
    /// assert_eq!(answer["vary"], "prefer");
    /// ```
    pub fn acknowledge(&self, headers: &mut HeaderMap) {
        vary(headers, &PREFER);
        if self.is_applied {
            let applied = format!("wait={}", self.time.as_secs());
            headers.append(PREFERENCE_APPLIED, printable(&applied));
        }
    }
}

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The seconds of the first preference called `wait`.
fn wanted(headers: &HeaderMap) -> Option<u64> {
    let mut values = headers.get_all(PREFER).iter();
    values.find_map(|value| first_wait(value.as_bytes()))?
}

/// `None` if no preference is called `wait`, and `Some(None)` if it has no seconds.
fn first_wait(preferences: &[u8]) -> Option<Option<u64>> {
    let mut left = preferences;
    while !left.is_empty() {
        let (preference, rest) = split(left, b',');
        let (pair, _parameters) = split(preference, b';');
        let (name, value) = split(pair, b'=');
        if name.trim_ascii().eq_ignore_ascii_case(b"wait") {
            return Some(seconds(value));
        }
        left = rest;
    }
    None
}

/// What is before the first separator that is in no quotes, and what is behind it.
fn split(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            byte if *byte == separator && !is_quoted => {
                return (&text[..index], &text[index + 1..]);
            }
            _ => {}
        }
    }
    (text, &[])
}

/// `20`, or `"20"`.
fn seconds(value: &[u8]) -> Option<u64> {
    let value = value.trim_ascii();
    let quoted = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    let digits = quoted.unwrap_or(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let shift = |seconds: u64, digit: &u8| {
        let digit = u64::from(digit - b'0');
        seconds.saturating_mul(10).saturating_add(digit)
    };
    Some(digits.iter().fold(0, shift))
}
