//! The passes of a service over one request.

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

/// What is kept of a request while it is executed, and its running pass.
pub(super) struct ServiceDispatcher<K, S: Service<Request<Body>>> {
    service: S,
    parts: Parts,
    body: BodyReader,
    pass: Option<Running<K, S::Future>>,
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
        Self {
            service,
            parts,
            body: BodyReader::new(body, hub, limits),
            pass: None,
        }
    }

    /// The request as it came to the layer, with the continuation of this pass.
    fn request(&self, continuation: Continuation<K>) -> Request<Body> {
        let mut parts = self.parts.clone();
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
        if let Err(refused) = ready!(self.body.poll(cx)) {
            return Poll::Ready(Err(Ok(refused.into_response())));
        }
        self.service.poll_ready(cx).map_err(Err)
    }

    fn begin(&mut self, continuation: Continuation<K>) {
        let request = self.request(continuation.clone());
        let call = Box::pin(self.service.call(request));
        self.pass = Some(Running { continuation, call });
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let Some(pass) = &mut self.pass else {
            unreachable!("a pass is begun before it is polled");
        };
        let answer = ready!(pass.call.as_mut().poll(cx));
        let suspended = driver::take_suspension(&pass.continuation);
        self.pass = None;
        Poll::Ready(match (answer, suspended) {
            (Ok(_discarded), Some(token)) => Err(token),
            (answer, _) => Ok(answer.map(|response| response.map(Body::new))),
        })
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
