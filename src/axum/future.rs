//! The future of one request in the layer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum_core::BoxError;
use axum_core::body::Body;
use axum_core::response::Response;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::{Fuse, FusedFuture};
use http::Request;
use tower::ServiceExt;
use tower::util::Oneshot;
use tower_service::Service;

use crate::driver::{Execution, RequestLimits};
use crate::{Continuation, Hub};

use super::dispatcher::ServiceDispatcher;

/// The future of [`Resume`](super::Resume): one request, from its body to its answer.
///
/// # Cancel safety
///
/// Dropping it ends the request at once, in every state.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<K: 'static, S: Service<Request<Body>>> {
    kind: Kind<K, S>,
}

#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
enum Kind<K: 'static, S: Service<Request<Body>>> {
    /// A layer of the same hub is outside and does the work.
    Inside(PassedThrough<S>),
    Outermost(Execution<K, ServiceDispatcher<K, S>>),
}

type PassedThrough<S> = Fuse<Pin<Box<Oneshot<S, Request<Body>>>>>;

impl<K: 'static, S: Service<Request<Body>>> ResponseFuture<K, S> {
    pub(super) fn new(
        request: Request<Body>,
        service: S,
        hub: &Hub<K>,
        limits: RequestLimits,
    ) -> Self
    where
        S: Clone,
    {
        let outer = request.extensions().get::<Continuation<K>>();
        let kind = if outer.is_some_and(|outer| hub.owns(outer)) {
            Kind::Inside(Box::pin(service.oneshot(request)).fuse())
        } else {
            let dispatcher = ServiceDispatcher::new(request, service, hub, limits);
            Kind::Outermost(limits.hold(Execution::new(hub, dispatcher)))
        };
        Self { kind }
    }
}

impl<K, S, B> Future for ResponseFuture<K, S>
where
    K: 'static,
    S: Service<Request<Body>, Response = http::Response<B>>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().kind {
            Kind::Inside(inside) => {
                let polled = inside.poll_unpin(cx);
                polled.map_ok(|response| response.map(Body::new))
            }
            Kind::Outermost(execution) => Pin::new(execution).poll(cx),
        }
    }
}

impl<K, S, B> FusedFuture for ResponseFuture<K, S>
where
    K: 'static,
    S: Service<Request<Body>, Response = http::Response<B>>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn is_terminated(&self) -> bool {
        match &self.kind {
            Kind::Inside(inside) => inside.is_terminated(),
            Kind::Outermost(execution) => execution.is_terminated(),
        }
    }
}

impl<K: 'static, S: Service<Request<Body>>> Unpin for ResponseFuture<K, S> {}

impl<K: 'static, S: Service<Request<Body>>> fmt::Debug for ResponseFuture<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Inside(_) => f.write_str("ResponseFuture(inside another layer)"),
            Kind::Outermost(execution) => f.debug_tuple("ResponseFuture").field(execution).finish(),
        }
    }
}
