//! An answer that comes from outside the handler.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};

/// An answer that does not come from the handler. Clones share it, so many requests can get the same answer.
#[derive(Debug, Clone)]
pub(crate) struct Completion(Arc<Response<Bytes>>);

impl Completion {
    /// Takes a response as an answer. Returns the response if its status is a 1xx, because a client goes on waiting
    /// after one.
    pub(crate) fn new(response: Response<Bytes>) -> Result<Self, CompleteError> {
        match response.status().is_informational() {
            true => Err(CompleteError::Interim(Box::new(response))),
            false => Ok(Self(Arc::new(response))),
        }
    }

    /// An empty response with status 204.
    pub(crate) fn no_content() -> Self {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        Self(Arc::new(response))
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        Arc::unwrap_or_clone(self.0)
    }
}

/// Why a response was not accepted as the answer to a request. It contains the response.
///
/// ```
/// use dacapo::{CompleteError, Hub};
/// use http::Response;
///
/// let hub = Hub::<String>::new();
/// let id = "00112233445566778899aabbccddeeff".parse().unwrap();
/// let error = hub.complete(id, Response::new("approved".into())).unwrap_err();
/// assert!(matches!(error, CompleteError::TooLate(_)), "there is no such request");
/// assert_eq!(error.into_response().body(), "approved");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompleteError {
    /// The request has ended, or its wait has ended and its next pass has not begun. This call has changed nothing.
    #[error("the request no longer waits: it was resumed, answered or dropped before")]
    TooLate(Box<Response<Bytes>>),

    /// The status is a 1xx, and a client goes on waiting after one. Nothing has changed: if the request was held, it
    /// still is.
    #[error("{} is no final answer: answer with a status of 200 or above", .0.status())]
    Interim(Box<Response<Bytes>>),
}

impl CompleteError {
    /// There is no such request.
    pub(crate) fn no_request(response: Response<Bytes>) -> Self {
        match Completion::new(response) {
            Ok(completion) => Self::TooLate(Box::new(completion.into_response())),
            Err(interim) => interim,
        }
    }

    /// The response that was not accepted.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        match self {
            Self::TooLate(response) | Self::Interim(response) => *response,
        }
    }
}
