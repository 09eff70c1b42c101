//! A push as a tower service.

use std::convert::Infallible;
use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;
use std::task::{Context, Poll};

use axum_core::body::Body;
use axum_core::response::Response;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Request;
use tower_service::Service;

use crate::push::Push;

use super::body::read_whole;

/// Mount it with `nest_service`, which removes the prefix from the path.
impl<K> Service<Request<Body>> for Push<K>
where
    K: FromStr<Err: Display> + Hash + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (head, body) = request.into_parts();
        let (hub, limits) = self.body_limits();
        let answer = self.answer(&head, read_whole(body, hub, limits));
        async { Ok(answer.await.map(Body::from)) }.boxed()
    }
}
