//! The passes of an actix service for one request.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use bytes::Bytes;

use crate::driver::{self, BodyError, Dispatcher, RequestLimits};
use crate::{Continuation, Error, Hub, Outcome};

use super::body::BodyReader;
use super::convert::http_response;
use super::snapshot::Snapshot;

/// A request during its execution, and its current pass.
pub(super) struct ServiceDispatcher<K, S: Service<ServiceRequest>> {
    /// `None` when no pass follows.
    kept: Option<Kept<S>>,
    stage: Stage<K, S::Future>,
}

struct Kept<S> {
    service: Rc<S>,
    snapshot: Snapshot,
    body: BodyReader,
}

/// Which part owns the request. There is only one request object, and it must not be shared during
/// routing.
enum Stage<K, F> {
    Between(HttpRequest),
    Passing(Continuation<K>, Pin<Box<F>>),
    /// A service has failed, and its error owns the request.
    Gone,
}

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, actix_web::Error>;

impl<K: 'static, S: Service<ServiceRequest>> ServiceDispatcher<K, S> {
    pub(super) fn new(
        service: Rc<S>,
        mut request: ServiceRequest,
        hub: &Hub<K>,
        limits: RequestLimits,
    ) -> Self {
        let body = BodyReader::of(&mut request, hub, limits);
        let (request, _) = request.into_parts();
        let kept = Kept {
            service,
            snapshot: Snapshot::of(&request),
            body,
        };
        Self {
            kept: Some(kept),
            stage: Stage::Between(request),
        }
    }

    fn kept(&mut self) -> &mut Kept<S> {
        let Some(kept) = &mut self.kept else {
            unreachable!("no pass follows a release");
        };
        kept
    }

    /// Answers without a pass. It returns a response, not an error, so that middleware outside
    /// handles it like any other response.
    fn answer<B>(&mut self, refused: BodyError) -> Answer<B> {
        match self.take_request() {
            Some(request) => {
                let response = refused.error_response().map_into_right_body();
                Ok(ServiceResponse::new(request, response))
            }
            None => Err(refused.into()),
        }
    }

    fn take_request(&mut self) -> Option<HttpRequest> {
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Between(request) => Some(request),
            Stage::Passing(..) | Stage::Gone => None,
        }
    }
}

impl<K, S, B> Dispatcher<K> for ServiceDispatcher<K, S>
where
    K: 'static,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    type Answer = Answer<B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Answer>> {
        if let Err(refused) = ready!(self.kept().body.poll(cx)) {
            return Poll::Ready(Err(self.answer(refused)));
        }
        self.kept().service.poll_ready(cx).map_err(Err)
    }

    fn begin(&mut self, continuation: Continuation<K>) {
        let Stage::Between(request) = std::mem::replace(&mut self.stage, Stage::Gone) else {
            unreachable!("a pass ends before the next begins");
        };
        let kept = self.kept();
        let mut request = ServiceRequest::from_parts(request, kept.body.payload());
        kept.snapshot.restore(&mut request);
        request.extensions_mut().insert(continuation.clone());
        let call = Box::pin(kept.service.call(request));
        self.stage = Stage::Passing(continuation, call);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let Stage::Passing(continuation, call) = &mut self.stage else {
            unreachable!("a pass is begun before it is polled");
        };
        let answer = ready!(call.as_mut().poll(cx));
        let suspended = {
            let response = answer.as_ref().ok().map(ServiceResponse::response);
            let extensions = response.map(HttpResponse::extensions);
            let carried = extensions.as_ref().and_then(|extensions| extensions.get());
            driver::take_suspension(continuation, carried)
        };
        self.stage = Stage::Gone;
        Poll::Ready(match (answer, suspended) {
            (Ok(response), Some(token)) => {
                let (request, _discarded) = response.into_parts();
                // It would keep alive what was handed to its pass.
                request.extensions_mut().remove::<Continuation<K>>();
                self.stage = Stage::Between(request);
                Err(token)
            }
            (answer, _) => Ok(answer.map(ServiceResponse::map_into_left_body)),
        })
    }

    fn release(&mut self) {
        self.kept = None;
    }

    fn refuse(&mut self, error: Error) -> Self::Answer {
        self.answer(error.into())
    }

    fn complete(
        &mut self,
        response: http::Response<Bytes>,
        late: Option<Self::Answer>,
    ) -> Self::Answer {
        let response = http_response(response);
        // With a late answer, the request has come back.
        let request = match late {
            Some(late) => Some(late?.into_parts().0),
            None => self.take_request(),
        };
        match request {
            Some(request) => Ok(ServiceResponse::new(
                request,
                response.map_into_right_body(),
            )),
            None => Err(InternalError::from_response("completed", response).into()),
        }
    }

    fn has_failed(answer: &Self::Answer) -> bool {
        answer.is_err()
    }
}

impl<K, S: Service<ServiceRequest>> Unpin for ServiceDispatcher<K, S> {}
