//! The passes of a service for one request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_core::BoxError;
use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http::Request;
use http::request::Parts;
use tower_service::Service;

use crate::driver::{self, Dispatcher, RequestLimits};
use crate::{Continuation, Error, Hub, Outcome};

use super::body::BodyReader;

/// A request during its execution, and its current pass.
pub(super) struct ServiceDispatcher<K, S: Service<Request<Body>>> {
    /// `None` when no pass follows.
    kept: Option<Kept<S>>,
    pass: Option<Running<K, S::Future>>,
}

struct Kept<S> {
    service: S,
    parts: Parts,
    body: BodyReader,
}

struct Running<K, F> {
    continuation: Continuation<K>,
    call: Pin<Box<F>>,
}

impl<K: 'static, S: Service<Request<Body>>> ServiceDispatcher<K, S> {
    pub(super) fn new(
        request: Request<Body>,
        service: S,
        hub: &Hub<K>,
        limits: RequestLimits,
    ) -> Self {
        let (parts, body) = request.into_parts();
        let kept = Kept {
            service,
            parts,
            body: BodyReader::new(body, hub, limits),
        };
        Self {
            kept: Some(kept),
            pass: None,
        }
    }

    fn kept(&mut self) -> &mut Kept<S> {
        let Some(kept) = &mut self.kept else {
            unreachable!("no pass follows a release");
        };
        kept
    }
}

impl<S> Kept<S> {
    /// Returns the request as it came to the layer, with the continuation of this pass. The copy is
    /// what is kept: its headers have no room to spare.
    fn request<K: 'static>(&mut self, continuation: Continuation<K>) -> Request<Body> {
        let copy = self.parts.clone();
        let mut parts = std::mem::replace(&mut self.parts, copy);
        parts.extensions.insert(continuation);
        Request::from_parts(parts, self.body.body())
    }
}

impl<K, S, B> Dispatcher<K> for ServiceDispatcher<K, S>
where
    K: 'static,
    S: Service<Request<Body>, Response = http::Response<B>>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Answer = Result<Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Answer>> {
        let kept = self.kept();
        if let Err(refused) = ready!(kept.body.poll(cx)) {
            return Poll::Ready(Err(Ok(refused.into_response())));
        }
        kept.service.poll_ready(cx).map_err(Err)
    }

    fn begin(&mut self, continuation: Continuation<K>) {
        let kept = self.kept();
        let request = kept.request(continuation.clone());
        let call = Box::pin(kept.service.call(request));
        self.pass = Some(Running { continuation, call });
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let Some(pass) = &mut self.pass else {
            unreachable!("a pass is begun before it is polled");
        };
        let answer = ready!(pass.call.as_mut().poll(cx));
        let response = answer.as_ref().ok();
        let carried = response.and_then(|response| response.extensions().get());
        let suspended = driver::take_suspension(&pass.continuation, carried);
        self.pass = None;
        Poll::Ready(match (answer, suspended) {
            (Ok(_discarded), Some(token)) => Err(token),
            (answer, _) => Ok(answer.map(|response| response.map(Body::new))),
        })
    }

    fn release(&mut self) {
        self.kept = None;
    }

    fn refuse(&mut self, error: Error) -> Self::Answer {
        Ok(error.into_response())
    }

    fn complete(
        &mut self,
        response: http::Response<Bytes>,
        _: Option<Self::Answer>,
    ) -> Self::Answer {
        Ok(response.map(Body::from))
    }

    fn has_failed(answer: &Self::Answer) -> bool {
        answer.is_err()
    }
}

impl<K, S: Service<Request<Body>>> Unpin for ServiceDispatcher<K, S> {}
