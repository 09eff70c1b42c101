//! The continuation as an extractor, and the types that become responses.

use std::any::type_name;
use std::future::{Ready, ready};

use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError};

use crate::driver::{self, BodyError};
use crate::{Answer, Continuation, Error, Suspended};

use super::convert::{http_response, http_status};

/// Extracts the continuation of the pass. The handler must be inside a [`Resume`](super::Resume) of
/// a hub with these keys.
///
/// A handler that also works without a middleware takes an `Option<Continuation<K>>`, and must not
/// suspend if it is `None`.
impl<K: 'static> FromRequest for Continuation<K> {
    type Error = MissingMiddleware;
    type Future = Ready<Result<Self, MissingMiddleware>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let continuation = request.extensions().get().map(|continuation: &Self| {
            driver::begin_handler(continuation);
            continuation.clone()
        });
        ready(continuation.ok_or_else(|| MissingMiddleware {
            keys: type_name::<K>(),
        }))
    }
}

/// A handler takes a [`Continuation`], but no [`Resume`](super::Resume) with its type of keys is
/// around it. The client gets a 500 with a sentence that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this handler takes a `Continuation<{keys}>`, but no `Resume` of a `Hub<{keys}>` is around \
     it: add `.wrap(Resume::new(hub))` to its route, resource or scope, or call `hub.run` in the handler"
)]
#[non_exhaustive]
pub struct MissingMiddleware {
    /// The type of keys in the handler's continuation.
    pub keys: &'static str,
}

impl ResponseError for MissingMiddleware {}

/// Suspends the request. The middleware discards this response.
///
/// The call of `error_response` suspends the request: a handler that converts a token and then
/// returns another response has suspended all the same. Two tokens in one pass suspend for the keys
/// of both. If middleware executes the handler again in the same pass, and the handler then
/// answers, that answer counts.
///
/// The status is 425, which is never sent, so that middleware inside takes it neither for a success
/// nor for a failure of the server. The token is in its extensions. Without a `Resume` around it,
/// the status is 500, and the body says what is wrong.
impl ResponseError for Suspended {
    fn error_response(&self) -> HttpResponse {
        let status = match driver::mark_suspended(self) {
            true => http_status(http::StatusCode::TOO_EARLY),
            false => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = HttpResponse::build(status).body(Self::LOST);
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// Suspends the request, as its [`ResponseError`] does.
impl Responder for Suspended {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.error_response()
    }
}

/// Returns the error's [`response`](Error::response), with the error in its extensions. Middleware
/// outside can replace it.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        http_status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = http_response(self.response());
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// Returns the error's [`response`](BodyError::response), with the error in its extensions.
impl ResponseError for BodyError {
    fn status_code(&self) -> StatusCode {
        http_status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Refused(error) = self {
            return error.error_response();
        }
        let mut response = http_response(self.response());
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// Returns the handler's answer, or the response from outside.
impl<T: Responder> Responder for Answer<T> {
    type Body = EitherBody<T::Body>;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        match self {
            Self::Answered(answer) => answer.respond_to(request).map_into_left_body(),
            Self::Completed(response) => http_response(*response).map_into_right_body(),
        }
    }
}
