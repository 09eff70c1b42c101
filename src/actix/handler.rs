//! Handlers that are independent of the framework.

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use http::{Request, Response};

use crate::driver::BodyError;
use crate::{Continuation, Interrupt, Outcome};

use super::convert::{http_request, http_response};
use super::tunnel::is_tunnel;

/// Creates an actix handler from a handler that is independent of the framework.
///
/// The same function works in axum and with [`Hub::run`](crate::Hub::run). It takes and returns the
/// types of the crates `http` 1 and `bytes` 1, which are not actix's own, and can return your own
/// errors ([`Interrupt`]). It receives the method, target, version, headers and body of actix's
/// request. (After a WebSocket upgrade or a `CONNECT` the body is empty.) It needs a
/// [`Resume`](super::Resume), as every handler with a continuation does.
///
/// ```
/// # use std::time::Duration;
/// # use actix_web::web;
/// # use bytes::Bytes;
/// # use dacapo::{Continuation, Hub, Outcome, actix::Resume};
/// # use http::{Request, Response};
/// async fn news(
///     c: Continuation<String>,
///     request: Request<Bytes>,
/// ) -> Outcome<Response<Bytes>> {
///     if c.is_expired() {
///         return Ok(Response::new("nothing new".into()));
///     }
///     Err(c.suspend(request.uri().path(), Duration::from_secs(30)))
/// }
///
/// let hub = Hub::<String>::new();
/// let news = web::get().to(dacapo::actix::handler(news)).wrap(Resume::new(hub));
/// let resource = web::resource("/news/{room}").route(news);
/// ```
pub fn handler<K, E, F, Fut>(
    handler: F,
) -> impl Fn(
    Continuation<K>,
    HttpRequest,
    web::Payload,
) -> LocalBoxFuture<'static, Outcome<HttpResponse>>
+ Clone
+ 'static
where
    K: 'static,
    E: Interrupt<Failure: Into<actix_web::Error>>,
    F: Fn(Continuation<K>, Request<Bytes>) -> Fut + Clone + 'static,
    Fut: Future<Output = Result<Response<Bytes>, E>>,
{
    move |continuation, request, payload| {
        let handler = handler.clone();
        async move {
            // The middleware has read it and set its limits, unless it is no body.
            let body = match is_tunnel(request.head()) {
                true => Some(Bytes::new()),
                false => payload.to_bytes().await.ok(),
            };
            let request = body.and_then(|body| http_request(&request, body).ok());
            let Some(request) = request else {
                return Ok(http_response(BodyError::Broken.response()));
            };
            match handler(continuation, request).await.map_err(E::split) {
                Ok(response) => Ok(http_response(response)),
                Err(Ok(token)) => Err(token),
                Err(Err(failure)) => Ok(HttpResponse::from_error(failure)),
            }
        }
        .boxed_local()
    }
}
