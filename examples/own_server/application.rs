//! The application, which knows no socket.

use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::StatusCode;

use crate::head::number;
use crate::limits;
use crate::response::Response;

pub(crate) struct Application {
    pub(crate) hub: Hub<String>,
}

/// What a request asks for.
pub(crate) enum Call {
    Poll(Poll),
    Notify {
        key: String,
    },
    Health,
    /// Something that there is not, and what its client is told.
    Nothing(Response),
}

/// A request for the next message for a key.
pub(crate) struct Poll {
    key: String,
    timeout: Duration,
}

impl Application {
    pub(crate) fn new() -> Self {
        let hub = Hub::builder().max_hold(limits::HOLD).build_on_tokio();
        Self { hub }
    }

    pub(crate) async fn poll(&self, poll: &Poll) -> Response {
        match self.hub.run(async |c| poll.pass(&c)).await {
            Ok(answer) => answer.into_inner().unwrap_or_else(|other| (*other).into()),
            Err(error) => error.into(),
        }
    }

    pub(crate) fn notify(&self, key: &str, message: Bytes) -> Response {
        Response::text(self.hub.notify_value(key, message).to_string())
    }

    pub(crate) fn health(&self) -> Response {
        Response::text(self.hub.suspended_count().to_string())
    }
}

impl Poll {
    /// One pass: the next message, or nothing after the timeout.
    fn pass(&self, c: &Continuation<String>) -> Outcome<Response> {
        if c.is_expired() {
            return Ok(Response::nothing());
        }
        match c.value::<Bytes>() {
            Some(message) => Ok(Response::message(Bytes::clone(&message))),
            None => Err(c.suspend(&self.key, self.timeout)),
        }
    }
}

impl Call {
    pub(crate) fn of(method: &str, target: &str) -> Self {
        Self::find(method, target).unwrap_or_else(Self::Nothing)
    }

    fn find(method: &str, target: &str) -> Result<Self, Response> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut segments = path.split('/').skip(1);
        match [segments.next(), segments.next(), segments.next()] {
            [Some("poll"), Some(key), None] if !key.is_empty() => {
                allow(method, &["GET", "HEAD"])?;
                let (key, timeout) = (decoded(key)?, timeout(query)?);
                Ok(Self::Poll(Poll { key, timeout }))
            }
            [Some("notify"), Some(key), None] if !key.is_empty() => {
                allow(method, &["POST"])?;
                decoded(key).map(|key| Self::Notify { key })
            }
            [Some("healthz"), None, None] => allow(method, &["GET", "HEAD"]).map(|()| Self::Health),
            _ => Err(Response::refusal(
                StatusCode::NOT_FOUND,
                "there are /poll/{key}, /notify/{key} and /healthz",
            )),
        }
    }
}

fn allow(method: &str, allowed: &[&str]) -> Result<(), Response> {
    match allowed.contains(&method) {
        true => Ok(()),
        false => Err(Response::not_allowed(&allowed.join(", "))),
    }
}

/// The key that a segment of a path stands for.
fn decoded(segment: &str) -> Result<String, Response> {
    let unescaped = unescaped(segment).and_then(|bytes| String::from_utf8(bytes).ok());
    unescaped.ok_or_else(|| Response::bad("a key is UTF-8, with a % and two digits for a byte"))
}

fn unescaped(segment: &str) -> Option<Vec<u8>> {
    let mut parts = segment.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        // `from_str_radix` takes a sign as well.
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Some(bytes)
}

fn timeout(query: &str) -> Result<Duration, Response> {
    let mut parameters = query.split('&');
    let Some(value) = parameters.find_map(|parameter| parameter.strip_prefix("timeout_ms=")) else {
        return Ok(Duration::from_secs(30));
    };
    let milliseconds = number(value.as_bytes()).map(Duration::from_millis);
    milliseconds.ok_or_else(|| Response::bad("timeout_ms is a number of milliseconds"))
}
