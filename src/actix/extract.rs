//! The continuation as an extractor, and what becomes a response.

use std::any::type_name;
use std::future::{Ready, ready};

use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError};

use crate::driver::{self, BodyError};
use crate::{Answer, Continuation, Error, Suspended};

use super::convert::{http_response, http_status};

/// Gets the continuation of the pass. It is there for every handler inside a
/// [`Resume`](super::Resume) of a hub with these keys.
///
/// A handler that works without one takes an `Option<Continuation<K>>`, and then must not suspend.
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

/// There is no [`Resume`](super::Resume) around a handler that wants a [`Continuation`]. The client
/// gets a 500 that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this handler takes a `Continuation<{keys}>`, but no `Resume` of a `Hub<{keys}>` is around \
     it: add `.wrap(Resume::new(hub))` to its route, resource or scope, or call `hub.run` in the handler"
)]
#[non_exhaustive]
pub struct MissingMiddleware {
    /// The type of keys that was looked for.
    pub keys: &'static str,
}

impl ResponseError for MissingMiddleware {}

/// Suspends the request: the middleware discards this response.
///
/// Making the response is what suspends, since from here on nobody can tell which response it was: a handler that makes
/// one of a token and then returns another has suspended all the same. Two tokens in one pass suspend for the keys of
/// both. Only if a handler begins anew in the same pass, because middleware tries again, and answers, is its answer the
/// answer.
///
/// It is a 425, which is never sent: middleware inside must take it neither for a success nor for a failure of the
/// server. Its extension, the token, tells it apart. Where no `Resume` takes it, it is a 500 that says what is wrong.
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

/// The error's [`response`](Error::response), with the error in its extensions: middleware outside can make another
/// response of it.
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

/// The error's [`response`](BodyError::response), with the error in its extensions.
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

/// The handler's answer, or the response from outside.
impl<T: Responder> Responder for Answer<T> {
    type Body = EitherBody<T::Body>;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        match self {
            Self::Answered(answer) => answer.respond_to(request).map_into_left_body(),
            Self::Completed(response) => http_response(*response).map_into_right_body(),
        }
    }
}
