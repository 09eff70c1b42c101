//! Handlers that know no framework.

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use http::{Request, Response};

use crate::driver::BodyError;
use crate::{Continuation, Interrupt, Outcome};

use super::convert::{http_request, http_response};
use super::tunnel::is_tunnel;

/// Makes an actix handler of one that knows no framework.
///
/// The same function can be mounted in axum, and be executed by [`Hub::run`](crate::Hub::run). The middleware is needed
/// as for every other handler. It may fail with errors of its own ([`Interrupt`]). Its types are those of the crates
/// `http` 1 and `bytes` 1, not actix's own; of actix's request it gets method, target, version, headers and body. (What
/// follows an upgrade to a WebSocket or a `CONNECT` is no body: there it is empty.)
///
/// ```
/// # use std::time::Duration;
/// # use actix_web::web;
/// # use bytes::Bytes;
/// # use dacapo::{Continuation, Hub, Outcome, actix::Resume};
/// # use http::{Request, Response};
/// async fn news(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
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
