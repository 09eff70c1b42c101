//! An answer that comes from outside the handler.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};

/// The answer to a request that its handler has not given. Clones share it: many requests may be answered with the
/// same.
#[derive(Debug, Clone)]
pub(crate) struct Completion(Arc<Response<Bytes>>);

impl Completion {
    /// Takes a response as an answer, or gives it back if its status is interim: after a 1xx a client waits for another.
    pub(crate) fn new(response: Response<Bytes>) -> Result<Self, CompleteError> {
        match response.status().is_informational() {
            true => Err(CompleteError::Interim(Box::new(response))),
            false => Ok(Self(Arc::new(response))),
        }
    }

    /// There is nothing to say.
    pub(crate) fn no_content() -> Self {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        Self(Arc::new(response))
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        Arc::unwrap_or_clone(self.0)
    }
}

/// Why a response was not taken as the answer to a request. It gives the response back.
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
    /// The request has ended, or its wait has and its next pass has not begun. This call has changed nothing.
    #[error("the request no longer waits: it was resumed, answered or dropped before")]
    TooLate(Box<Response<Bytes>>),

    /// The status is a 1xx, and a client goes on waiting after one. Nothing has changed: a request that was held still is.
    #[error("{} is no final answer: answer with a status of 200 or above", .0.status())]
    Interim(Box<Response<Bytes>>),
}

impl CompleteError {
    /// There is no request that it could be the answer to.
    pub(crate) fn no_request(response: Response<Bytes>) -> Self {
        match Completion::new(response) {
            Ok(completion) => Self::TooLate(Box::new(completion.into_response())),
            Err(interim) => interim,
        }
    }

    /// The response that was not taken.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        match self {
            Self::TooLate(response) | Self::Interim(response) => *response,
        }
    }
}
