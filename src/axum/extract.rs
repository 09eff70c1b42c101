//! The continuation as an extractor, and the types that become responses.

use std::any::type_name;
use std::convert::Infallible;

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use crate::driver::{self, BodyError};
use crate::{Answer, Continuation, Error, Suspended};

/// Extracts the continuation of the pass. The handler must be inside a
/// [`ResumeLayer`](super::ResumeLayer) of a hub with these keys.
impl<S: Sync, K: 'static> FromRequestParts<S> for Continuation<K> {
    type Rejection = MissingLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingLayer> {
        extract(parts).ok_or_else(|| MissingLayer {
            keys: type_name::<K>(),
        })
    }
}

/// Extracts the continuation if there is a layer, for a handler that also works without one.
/// Without a layer, the handler must not suspend.
impl<S: Sync, K: 'static> OptionalFromRequestParts<S> for Continuation<K> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(extract(parts))
    }
}

fn extract<K: 'static>(parts: &Parts) -> Option<Continuation<K>> {
    let continuation = parts.extensions.get()?;
    driver::begin_handler(continuation);
    Some(Continuation::clone(continuation))
}

/// A handler takes a [`Continuation`], but no [`ResumeLayer`](super::ResumeLayer) with its type of
/// keys is around it. The client gets a 500 with a sentence that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this handler takes a `Continuation<{keys}>`, but no `ResumeLayer` of a `Hub<{keys}>` is \
     around it: add `.layer(ResumeLayer::new(hub))` to its route, or call `hub.run` in the handler"
)]
#[non_exhaustive]
pub struct MissingLayer {
    /// The type of keys in the handler's continuation.
    pub keys: &'static str,
}

impl IntoResponse for MissingLayer {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

/// Suspends the request. The layer discards this response.
///
/// The call of `into_response` suspends the request: a handler that converts a token and then
/// returns another response has suspended all the same. Two tokens in one pass suspend for the keys
/// of both. If middleware executes the handler again in the same pass, and the handler then
/// answers, that answer counts.
///
/// The status is 425, which is never sent, so that middleware inside the layer takes it neither for
/// a success nor for a failure of the server. The token is in its extensions. Without a layer
/// around it, the status is 500, and the body says what is wrong.
impl IntoResponse for Suspended {
    fn into_response(self) -> Response {
        let status = match driver::mark_suspended(&self) {
            true => StatusCode::TOO_EARLY,
            false => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // Most are thrown away, so nothing is done for it that need not be.
        let mut response = Response::new(Body::from(Self::LOST));
        *response.status_mut() = status;
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns the error's [`response`](Error::response), with the error in its extensions. Middleware
/// outside can replace it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.response().map(Body::from);
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns the error's [`response`](BodyError::response), with the error in its extensions.
impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        if let Self::Refused(error) = self {
            return error.into_response();
        }
        let mut response = self.response().map(Body::from);
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns the handler's answer, or the response from outside.
impl<T: IntoResponse> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Answered(answer) => answer.into_response(),
            Self::Completed(response) => (*response).map(Body::from),
        }
    }
}
