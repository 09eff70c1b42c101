//! Reading a request's body before its first pass.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use http::{Response, StatusCode};

use crate::error::{Error, plain};
use crate::hub::Hub;

/// Why a body was not read. No pass has run, so no handler sees this error.
///
/// ```
/// use dacapo::driver::BodyError;
///
/// assert_eq!(BodyError::TooLarge.response().status(), 413);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is larger than the limit of the adapter or of another layer.
    #[error("the body of this request is larger than this server takes")]
    TooLarge,

    /// It has not arrived in time.
    #[error("the body of this request has not arrived in time")]
    TooSlow,

    /// It is incomplete or malformed.
    #[error("the body of this request could not be read")]
    Broken,

    /// The hub refused to wait for it: it is shut down, or has no timer.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl BodyError {
    /// Returns the status for the client: 413, 408, 400, or the status of the [`Error`].
    ///
    /// ```
    /// assert_eq!(dacapo::driver::BodyError::TooSlow.status(), 408);
    /// ```
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::Refused(error) => error.status(),
        }
    }

    /// Returns the response for the client: the status and a sentence as plain text.
    ///
    /// ```
    /// assert_eq!(dacapo::driver::BodyError::Broken.response().status(), 400);
    /// ```
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        match self {
            Self::Refused(error) => error.response(),
            _ => plain(self.status(), self.to_string()),
        }
    }
}

/// A response cannot be used from outside a handler, because its body is a stream or fails. The
/// core stores responses as bytes, which many requests can share.
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

/// Reads a body with a timeout on the hub's clock. `read` is the adapter's future, which reads it.
///
/// The result uses no more memory than the body is long: it does not keep a larger read buffer
/// alive.
///
/// Reading does not count as a suspension, and notifies do not affect it. A shutdown of the hub
/// ends it. The timeout counts from this call.
///
/// # Errors
///
/// * The errors of `read`.
/// * [`BodyError::TooSlow`] after the timeout.
/// * [`BodyError::Refused`] if the hub refuses to wait.
///
/// # Cancel safety
///
/// Dropping the future drops `read` and the timeout.
///
/// # Examples
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
