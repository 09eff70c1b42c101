//! One request on its way through the layer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_core::BoxError;
use axum_core::body::Body;
use axum_core::response::Response;
use bytes::Bytes;
use http::Request;
use tower_service::Service;

use crate::Continuation;
use crate::driver::Execution;

use super::layer::ResumeLayer;
use super::passes::Passes;

/// The future of [`Resume`](super::Resume): one request, from its body to its answer.
///
/// # Cancel safety
///
/// Dropping it ends the request at once, wherever it stands.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<K: 'static, S: Service<Request<Body>>> {
    kind: Kind<K, S>,
}

#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
enum Kind<K: 'static, S: Service<Request<Body>>> {
    /// A layer of the same hub is outside, and does it all.
    Inside(Inside<S>),
    Outermost(Execution<K, Passes<K, S>>),
}

impl<K: 'static, S: Service<Request<Body>>> ResponseFuture<K, S> {
    pub(super) fn new(request: Request<Body>, service: S, layer: &ResumeLayer<K>) -> Self {
        let outer = request.extensions().get::<Continuation<K>>();
        let kind = if outer.is_some_and(|outer| layer.hub.owns(outer)) {
            Kind::Inside(Inside::Due(service, Box::new(request)))
        } else {
            let passes = Passes::new(request, service, layer);
            let execution = Execution::new(&layer.hub, passes);
            Kind::Outermost(execution.max_hold(layer.limits.max_hold))
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
            Kind::Inside(inside) => inside.poll(cx).map_ok(|response| response.map(Body::new)),
            Kind::Outermost(execution) => Pin::new(execution).poll(cx),
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

/// A request that is passed through.
enum Inside<S: Service<Request<Body>>> {
    Due(S, Box<Request<Body>>),
    Called(Pin<Box<S::Future>>),
    Done,
}

impl<S: Service<Request<Body>>> Inside<S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<S::Response, S::Error>> {
        if let Self::Due(service, _) = self {
            ready!(service.poll_ready(cx))?;
        }
        if let Self::Due(mut service, request) = std::mem::replace(self, Self::Done) {
            *self = Self::Called(Box::pin(service.call(*request)));
        }
        match self {
            Self::Called(call) => call.as_mut().poll(cx),
            _ => panic!("a `ResponseFuture` was polled after it had been ready"),
        }
    }
}
