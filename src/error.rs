//! Why a request was not held, and the response that its client gets.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use crate::hash::random;

/// Why a request could not be suspended, or was not executed again.
///
/// [`Hub::run`](crate::Hub::run) returns it. Both adapters answer with its
/// [`response`](Self::response), whether a handler returns it or a layer refuses the request.
///
/// ```
/// use dacapo::Error;
///
/// let response = Error::Full { limit: 100_000 }.response();
/// assert_eq!(response.status(), 503);
/// assert!(response.headers().contains_key("retry-after"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The hub already holds as many requests as
    /// [`HubBuilder::max_suspended`](crate::HubBuilder::max_suspended) allows.
    #[error("{limit} requests are suspended already, which is this hub's limit")]
    Full {
        /// The limit.
        limit: usize,
    },

    /// As many requests wait for one of the keys as
    /// [`HubBuilder::max_per_key`](crate::HubBuilder::max_per_key) allows.
    #[error("{limit} requests wait for this key already, which is this hub's limit")]
    KeyFull {
        /// The limit.
        limit: usize,
    },

    /// As many requests of the same client are suspended as
    /// [`HubBuilder::max_per_client`](crate::HubBuilder::max_per_client) allows.
    #[error("{limit} requests of this client are suspended already, which is this hub's limit")]
    ClientFull {
        /// The limit.
        limit: usize,
    },

    /// A newer request of the same client has replaced this one.
    #[error("a newer request of the same client has taken the place of this one")]
    Superseded,

    /// The request waits for more keys than [`HubBuilder::max_keys`](crate::HubBuilder::max_keys)
    /// allows.
    #[error("one request may wait for {limit} keys at once and no more")]
    TooManyKeys {
        /// The limit.
        limit: usize,
    },

    /// The handler suspended in all of the passes that
    /// [`HubBuilder::max_passes`](crate::HubBuilder::max_passes) allows.
    #[error("the handler was executed {limit} times and had no answer")]
    TooManyPasses {
        /// The limit.
        limit: u32,
    },

    /// The handler suspended again after the request had been held for as long as
    /// [`HubBuilder::max_hold`](crate::HubBuilder::max_hold) or a layer's own limit allows.
    #[error("the request was held for {limit:?} and the handler had no answer")]
    HeldTooLong {
        /// The limit.
        limit: Duration,
    },

    /// The hub is shut down, and holds no more requests.
    #[error("the hub is shut down")]
    ShutDown,

    /// The system has no thread for the hub's timer.
    #[error("the system gives no thread to keep the time: {0}")]
    NoTimer(io::ErrorKind),

    /// The handler returned a [`Suspended`](crate::Suspended) token of another request's
    /// continuation.
    #[error(
        "the `Suspended` that the handler returned was made for another request: return the one \
         that this pass's own `Continuation` has made"
    )]
    Foreign,

    /// The response for the end of the timeout ([`or_respond`](crate::Suspended::or_respond)) has a
    /// 1xx status, which is not final.
    #[error(
        "the answer for the end of the time has the status {status}, which is not final: give \
         `or_respond` a status of 200 or above"
    )]
    Interim {
        /// The status.
        status: StatusCode,
    },
}

impl Error {
    /// Returns the status for the client:
    ///
    /// * 429 for [`ClientFull`](Self::ClientFull) and 409 for [`Superseded`](Self::Superseded),
    ///   which concern the client's own requests;
    /// * 400 for [`TooManyKeys`](Self::TooManyKeys), since the same request fails each time;
    /// * 500 for [`Foreign`](Self::Foreign) and [`Interim`](Self::Interim), which are bugs of the
    ///   server;
    /// * 503 for all others.
    ///
    /// ```
    /// assert_eq!(dacapo::Error::ShutDown.status(), 503);
    /// ```
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooManyKeys { .. } => StatusCode::BAD_REQUEST,
            Self::Foreign | Self::Interim { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ClientFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Superseded => StatusCode::CONFLICT,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the response for the client: the status and a sentence as plain text, without the
    /// configured limits.
    ///
    /// A 503 or 429 has a `Retry-After` of 1 to 10 seconds, at random, so that clients that were
    /// refused together do not return together.
    ///
    /// ```
    /// let response = dacapo::Error::ShutDown.response();
    /// assert_eq!(response.body(), "the server is shutting down: come back later");
    /// ```
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        match self {
            Self::Foreign | Self::Superseded | Self::Interim { .. } => {
                plain(self.status(), self.to_string())
            }
            Self::Full { .. } | Self::KeyFull { .. } => {
                self.later("too many requests are waiting: come back later")
            }
            Self::ClientFull { .. } => {
                self.later("too many of your requests are waiting: come back later")
            }
            Self::TooManyKeys { .. } => {
                plain(self.status(), "one request cannot wait for so many things")
            }
            Self::TooManyPasses { .. } | Self::HeldTooLong { .. } => {
                self.later("there is still no answer: come back later")
            }
            Self::ShutDown => self.later("the server is shutting down: come back later"),
            Self::NoTimer(_) => self.later("the server is too busy: come back later"),
        }
    }

    fn later(&self, sentence: &'static str) -> Response<Bytes> {
        let mut response = plain(self.status(), sentence);
        let seconds = 1 + random() % 10;
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
        response
    }
}

/// Builds a response with a sentence for the client, which no cache may store.
pub(crate) fn plain(status: StatusCode, sentence: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(sentence.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_clients_are_asked_to_come_back_at_different_times() {
        let seconds: std::collections::HashSet<_> = (0..200)
            .map(|_| Error::ShutDown.response().headers()[RETRY_AFTER].clone())
            .collect();
        assert!(seconds.len() > 5);
    }
}
