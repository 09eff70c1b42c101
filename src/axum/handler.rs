//! Handlers that are independent of the framework.

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Request;
use http_body_util::BodyExt;

use crate::driver::BodyError;
use crate::{Continuation, Interrupt, Outcome};

/// Creates an axum handler from a handler that is independent of the framework.
///
/// The same function works in actix and with [`Hub::run`](crate::Hub::run). It takes and returns
/// the types of the crates `http` 1 and `bytes` 1, and can return your own errors ([`Interrupt`]).
/// It needs a [`ResumeLayer`](super::ResumeLayer), as every handler with a continuation does.
///
/// ```
/// # use std::time::Duration;
/// # use axum::{Router, routing::get};
/// # use bytes::Bytes;
/// # use dacapo::{Continuation, Hub, Outcome, axum::ResumeLayer};
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
/// let news = get(dacapo::axum::handler(news)).layer(ResumeLayer::new(hub));
/// let app: Router = Router::new().route("/news/{room}", news);
/// ```
pub fn handler<K, E, F, Fut>(
    handler: F,
) -> impl Fn(Continuation<K>, Request<Body>) -> BoxFuture<'static, Outcome<Response>>
+ Clone
+ Send
+ Sync
+ 'static
where
    K: 'static,
    E: Interrupt<Failure: IntoResponse>,
    F: Fn(Continuation<K>, Request<Bytes>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<http::Response<Bytes>, E>> + Send,
{
    move |continuation, request| {
        let handler = handler.clone();
        async move {
            let (parts, body) = request.into_parts();
            // The layer has read it and set its limits.
            let Ok(body) = body.collect().await else {
                return Ok(BodyError::Broken.into_response());
            };
            let request = Request::from_parts(parts, body.to_bytes());
            match handler(continuation, request).await.map_err(E::split) {
                Ok(response) => Ok(response.map(Body::from)),
                Err(Ok(token)) => Err(token),
                Err(Err(failure)) => Ok(failure.into_response()),
            }
        }
        .boxed()
    }
}
