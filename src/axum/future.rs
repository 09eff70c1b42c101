//! One request on its way through the layer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_core::BoxError;
use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http::Request;
use http::request::Parts;
use http_body::Body as _;
use tower_service::Service;

use crate::driver::{self, Execution, Pass};
use crate::{Continuation, Outcome};

use super::body::Arriving;
use super::layer::ResumeLayer;

/// The future of [`Resume`](super::Resume): one request, from its body to its answer.
///
/// # Cancel safety
///
/// Dropping it ends the request at once, wherever it stands.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<K: 'static, S: Service<Request<Body>>> {
    stage: Stage<K, S>,
}

#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
enum Stage<K: 'static, S: Service<Request<Body>>> {
    /// A layer of the same hub is outside, and does it all.
    Inside {
        service: S,
        request: Option<Request<Body>>,
        running: Option<Pin<Box<S::Future>>>,
    },
    Outermost {
        body: Option<Arriving>,
        execution: Execution<K, Passes<K, S>>,
    },
}

impl<K: 'static, S: Service<Request<Body>>> ResponseFuture<K, S> {
    pub(super) fn new(request: Request<Body>, service: S, layer: &ResumeLayer<K>) -> Self {
        Self {
            stage: Stage::of(request, service, layer),
        }
    }
}

impl<K: 'static, S: Service<Request<Body>>> Stage<K, S> {
    fn of(request: Request<Body>, service: S, layer: &ResumeLayer<K>) -> Self {
        let outer = request.extensions().get::<Continuation<K>>();
        if outer.is_some_and(|outer| driver::is_of(outer, &layer.hub)) {
            return Self::Inside {
                service,
                request: Some(request),
                running: None,
            };
        }
        let (parts, body) = request.into_parts();
        let passes = Passes {
            service,
            parts,
            body: Bytes::new(),
            continuation: None,
            running: None,
        };
        let execution = Execution::new(&layer.hub, passes).longest_hold(layer.limits.longest_hold);
        let body = (!body.is_end_stream()).then(|| Arriving::new(body, layer));
        Self::Outermost { body, execution }
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
        let answer = match &mut self.get_mut().stage {
            Stage::Inside {
                service,
                request,
                running,
            } => {
                let call = || request.take().unwrap_or_default();
                ready!(poll_call(service, running, call, cx))
            }
            Stage::Outermost { body, execution } => {
                if let Some(arriving) = body {
                    match ready!(arriving.poll(cx)) {
                        Ok(bytes) => execution.pass_mut().body = bytes,
                        Err(refused) => return Poll::Ready(Ok(refused.into_response())),
                    }
                    *body = None;
                }
                match ready!(Pin::new(execution).poll(cx)) {
                    Ok(answer) => answer,
                    Err(refused) => return Poll::Ready(Ok(refused.into_response())),
                }
            }
        };
        Poll::Ready(answer.map(|response| response.map(Body::new)))
    }
}

impl<K: 'static, S: Service<Request<Body>>> Unpin for ResponseFuture<K, S> {}

impl<K: 'static, S: Service<Request<Body>>> fmt::Debug for ResponseFuture<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ResponseFuture");
        match &self.stage {
            Stage::Inside { .. } => debug.field("inside", &"another of the same hub"),
            Stage::Outermost { body: Some(_), .. } => debug.field("body", &"arriving"),
            Stage::Outermost { execution, .. } => debug.field("execution", execution),
        };
        debug.finish()
    }
}

/// The passes of a service over one request.
struct Passes<K, S: Service<Request<Body>>> {
    service: S,
    parts: Parts,
    body: Bytes,
    /// The pass that has begun, while there is one.
    continuation: Option<Continuation<K>>,
    running: Option<Pin<Box<S::Future>>>,
}

impl<K: 'static, S: Service<Request<Body>>> Pass<K> for Passes<K, S> {
    type Answer = Result<S::Response, S::Error>;

    fn begin(&mut self, continuation: Continuation<K>) {
        self.continuation = Some(continuation);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let Self {
            service,
            parts,
            body,
            continuation,
            running,
        } = self;
        let request = || {
            let mut parts = parts.clone();
            if let Some(continuation) = continuation {
                parts.extensions.insert(continuation.clone());
            }
            Request::from_parts(
                parts,
                if body.is_empty() {
                    Body::empty()
                } else {
                    body.clone().into()
                },
            )
        };
        let answer = ready!(poll_call(service, running, request, cx));
        let suspended = self
            .continuation
            .take()
            .and_then(|continuation| driver::collect(&continuation));
        Poll::Ready(suspended.map_or(Ok(answer), Err))
    }
}

impl<K, S: Service<Request<Body>>> Unpin for Passes<K, S> {}

/// Asks a service whether it is ready, calls it, and polls the call to its end, of which nothing is
/// left.
fn poll_call<S: Service<Request<Body>>>(
    service: &mut S,
    running: &mut Option<Pin<Box<S::Future>>>,
    request: impl FnOnce() -> Request<Body>,
    cx: &mut Context<'_>,
) -> Poll<Result<S::Response, S::Error>> {
    let call = match running {
        Some(call) => call,
        None => {
            ready!(service.poll_ready(cx))?;
            running.insert(Box::pin(service.call(request())))
        }
    };
    let answer = ready!(call.as_mut().poll(cx));
    *running = None;
    Poll::Ready(answer)
}
