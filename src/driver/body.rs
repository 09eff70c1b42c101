//! Reading a request's body before its first pass.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use http::{Response, StatusCode};

use crate::error::{Error, plain};
use crate::hub::Hub;

/// Why a body was not read. No handler sees it: there has been no pass yet.
///
/// ```
/// use dacapo::driver::BodyError;
///
/// assert_eq!(BodyError::TooLarge.response().status(), 413);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is larger than the adapter allows, or than another layer does.
    #[error("the body of this request is larger than this server takes")]
    TooLarge,

    /// It has not arrived in time.
    #[error("the body of this request has not arrived in time")]
    TooSlow,

    /// It has ended before its time, or cannot be understood.
    #[error("the body of this request could not be read")]
    Broken,

    /// The hub refused to wait for it: it is shut down, or has no timer.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl BodyError {
    /// The status that says so to a client: 413, 408, 400, or that of the [`Error`].
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::Refused(error) => error.status(),
        }
    }

    /// The response that says so to a client.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        match self {
            Self::Refused(error) => error.response(),
            _ => plain(self.status(), self.to_string()),
        }
    }
}

/// A response cannot come from outside, because its body is a stream or fails: the core keeps responses as bytes, which
/// many requests can share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the body of this response is a stream, or fails: a response from outside has its whole body, as bytes"
)]
#[non_exhaustive]
pub struct StreamingBody {}

impl StreamingBody {
    #[cfg(any(feature = "axum", feature = "actix"))]
    pub(crate) fn new() -> Self {
        Self {}
    }
}

/// Reads a body within a time: the adapter's future, or its end.
///
/// What it returns takes no more memory than the body is long: what is read may be a part of a larger buffer, which
/// would be kept for as long as the request is held.
///
/// The wait is no suspension: it does not count, and no notify concerns it. A shutdown of the hub ends it. The time
/// counts from this call.
///
/// # Errors
///
/// Those of `read`; [`BodyError::TooSlow`] after the time; and [`BodyError::Refused`] if the hub refuses to wait.
///
/// ```
/// use std::time::Duration;
/// use dacapo::driver::{BodyError, read_body};
/// use futures::FutureExt;
///
/// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
/// let never_arrives = std::future::pending();
/// let mut body = Box::pin(read_body(&hub, Duration::from_secs(10), never_arrives));
/// assert!(body.as_mut().now_or_never().is_none());
/// clock.advance(Duration::from_secs(10));
/// assert_eq!(body.now_or_never(), Some(Err(BodyError::TooSlow)));
/// ```
pub fn read_body<K, F>(
    hub: &Hub<K>,
    timeout: Duration,
    read: F,
) -> impl Future<Output = Result<Bytes, BodyError>> + use<K, F>
where
    F: Future<Output = Result<Bytes, BodyError>>,
{
    let timeout = hub.sleep(timeout);
    async move {
        match select(pin!(read), timeout).await {
            Either::Left((read, _)) => read.map(|body| compact(&body)),
            Either::Right((time_is_up, _)) => {
                time_is_up.map_or_else(|error| Err(error.into()), |()| Err(BodyError::TooSlow))
            }
        }
    }
}

fn compact(body: &Bytes) -> Bytes {
    match body.is_empty() {
        true => Bytes::new(),
        false => Bytes::copy_from_slice(body),
    }
}
