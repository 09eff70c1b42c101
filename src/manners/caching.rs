//! What caches may keep of an answer.

use std::time::Duration;

use http::header::{CACHE_CONTROL, HeaderMap, HeaderName};

use crate::cursor::Cursor;

use super::etag::ETag;
use super::headers::{printable, vary};

/// What caches may do with an answer that contains a [`Cursor`]: nothing, unless you say otherwise.
///
/// A cache that answers a poll in place of the server tells the client what it knows already, with
/// the cursor that it has already. The client polls again, and so on. So by default an answer says
/// `Cache-Control: no-store`.
///
/// ```
/// # use dacapo::manners::Caching;
/// # use dacapo::{Continuation, Cursor};
/// use http::Response;
///
/// fn answer(c: &Continuation<String>, seen: &Cursor, line: String) -> Response<String> {
///     let told = c.advance(seen);
///     let mut response = Response::new(format!("{line} {told}"));
///     Caching::default().write(response.headers_mut(), seen, &told);
///     response
/// }
/// ```
///
/// # When a CDN is to help
///
/// With [`shared`](Self::shared), a CDN may hold one request in place of many equal ones, and hand
/// its answer to all of them. Several things must be true:
///
/// * The cursor stands in the URL, and in its *path*: `/news/{cursor}`. Some caches leave out the
///   query.
/// * The answer is the same for each client that sends this URL. What else it depends on is in
///   [`vary`](Self::vary). Nothing depends on a session, and no [actor is
///   excepted](Cursor::except).
/// * The CDN collapses equal requests, and waits as long as the server holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caching {
    lifetime: Option<Duration>,
    vary: Vec<HeaderName>,
}

impl Caching {
    /// Lets shared caches keep an answer for a lifetime, in whole seconds. That of less than a
    /// second is `no-store`.
    ///
    /// Only an answer with a cursor that has moved is kept, so none leads back to its own URL, and
    /// no two lead to each other. It stays right for as long as you like: a client that gets it
    /// late goes on from there.
    ///
    /// Some caches count the age of an answer from when they sent the request, so a held one
    /// arrives old. Let the lifetime be longer than the hold.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::manners::Caching;
    /// # use http::HeaderMap;
    /// # let hub = dacapo::Hub::<String>::new();
    /// let (caching, mut headers) = (Caching::shared(Duration::from_secs(60)), HeaderMap::new());
    /// let seen = hub.cursor();
    /// hub.notify("news");
    /// caching.write(&mut headers, &seen, &hub.cursor());
    /// assert_eq!(headers["cache-control"], "public, max-age=60");
    /// ```
    #[must_use]
    pub fn shared(lifetime: Duration) -> Self {
        Self {
            lifetime: Some(lifetime).filter(|lifetime| lifetime.as_secs() > 0),
            vary: Vec::new(),
        }
    }

    /// Says that the answer depends on this header of the request.
    ///
    /// ```
    /// # use dacapo::manners::Caching;
    /// use http::header::ACCEPT_LANGUAGE;
    ///
    /// let caching = Caching::default().vary(ACCEPT_LANGUAGE);
    /// ```
    #[must_use]
    pub fn vary(mut self, header: HeaderName) -> Self {
        self.vary.push(header);
        self
    }

    /// Writes it into the headers of an answer: `Cache-Control` in place of what stands there, and
    /// `Vary` in addition. An answer that may be kept gets the [tag](ETag::of_cursor) of its
    /// cursor.
    ///
    /// `seen` is the cursor that the client has sent, `told` the one that it gets.
    ///
    /// ```
    /// # use dacapo::manners::Caching;
    /// # use http::HeaderMap;
    /// # let (hub, mut headers) = (dacapo::Hub::<String>::new(), HeaderMap::new());
    /// Caching::default().write(&mut headers, &hub.cursor(), &hub.cursor());
    /// assert_eq!(headers["cache-control"], "no-store");
    /// ```
    pub fn write(&self, headers: &mut HeaderMap, seen: &Cursor, told: &Cursor) {
        for header in &self.vary {
            vary(headers, header);
        }
        let lifetime = self.lifetime.filter(|_| has_moved(seen, told));
        let control = match lifetime {
            None => "no-store".to_owned(),
            Some(lifetime) => {
                ETag::of_cursor(told).write(headers);
                format!("public, max-age={}", lifetime.as_secs())
            }
        };
        headers.insert(CACHE_CONTROL, printable(&control));
    }
}

/// Whether a cursor has a position that the former one has not. Another order of the same positions
/// is no news: two nodes that change it in turn would lead a client in a circle.
fn has_moved(seen: &Cursor, told: &Cursor) -> bool {
    let (seen, told) = (seen.to_string(), told.to_string());
    let is_seen = |position: &str| seen.split('-').any(|known| known == position);
    told.split('-').any(|position| !is_seen(position))
}
