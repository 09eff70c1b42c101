//! The passes of an actix service over one request.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::dev::{Path, Payload, RequestHead, Service, ServiceRequest, ServiceResponse, Url};
use actix_web::{HttpMessage, HttpRequest};
use bytes::Bytes;

use crate::driver::{self, Pass};
use crate::{Continuation, Outcome};

pub(super) struct Passes<K, S: Service<ServiceRequest>> {
    service: Rc<S>,
    pristine: Pristine,
    body: Bytes,
    stage: Stage<K, S::Future>,
}

/// Where the request is. There is only one, and it must not be shared while it is routed.
enum Stage<K, F> {
    Between(HttpRequest),
    Due(Continuation<K>, ServiceRequest),
    Passing(Continuation<K>, Pin<Box<F>>),
    Gone,
}

impl<K, S: Service<ServiceRequest>> Passes<K, S> {
    pub(super) fn new(service: Rc<S>, request: HttpRequest) -> Self {
        let pristine = Pristine::of(&request);
        Self {
            service,
            pristine,
            body: Bytes::new(),
            stage: Stage::Between(request),
        }
    }

    pub(super) fn set_body(&mut self, body: Bytes) {
        self.body = body;
    }

    /// The request, if it is not in a pass.
    pub(super) fn take_request(&mut self) -> Option<HttpRequest> {
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Between(request) => Some(request),
            _ => None,
        }
    }

    fn payload(&self) -> Payload {
        if self.body.is_empty() {
            Payload::None
        } else {
            self.body.clone().into()
        }
    }
}

impl<K, S, B> Pass<K> for Passes<K, S>
where
    K: 'static,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    type Answer = Result<ServiceResponse<B>, actix_web::Error>;

    fn begin(&mut self, continuation: Continuation<K>) {
        let Some(request) = self.take_request() else {
            return;
        };
        let mut request = ServiceRequest::from_parts(request, self.payload());
        self.pristine.restore(&mut request);
        request.extensions_mut().insert(continuation.clone());
        self.stage = Stage::Due(continuation, request);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        if let Stage::Due(..) = self.stage {
            if let Err(error) = ready!(self.service.poll_ready(cx)) {
                return Poll::Ready(Ok(Err(error)));
            }
        }
        self.stage = match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Due(continuation, request) => {
                Stage::Passing(continuation, Box::pin(self.service.call(request)))
            }
            stage => stage,
        };
        let Stage::Passing(continuation, pass) = &mut self.stage else {
            return Poll::Pending;
        };
        let answer = ready!(pass.as_mut().poll(cx));
        let suspended = driver::collect(continuation);
        self.stage = Stage::Gone;
        Poll::Ready(match (answer, suspended) {
            (Ok(response), Some(token)) => {
                let (request, _discarded) = response.into_parts();
                self.stage = Stage::Between(request);
                Err(token)
            }
            (answer, _) => Ok(answer),
        })
    }
}

impl<K, S: Service<ServiceRequest>> Unpin for Passes<K, S> {}

/// What a pass may change of its request, as it was before the first.
struct Pristine {
    path: Path<Url>,
    head: RequestHead,
}

impl Pristine {
    fn of(request: &HttpRequest) -> Self {
        Self {
            path: request.match_info().clone(),
            head: request.head().clone(),
        }
    }

    /// Puts back what has been changed, and touches nothing else: actix gives the right to change a
    /// request only as long as nobody else holds it, and around a single resource there is nothing
    /// to put back.
    fn restore(&self, request: &mut ServiceRequest) {
        let path = request.match_info();
        if path.unprocessed() != self.path.unprocessed()
            || path.segment_count() != self.path.segment_count()
        {
            *request.match_info_mut() = self.path.clone();
        }
        if !same_head(request.head(), &self.head) {
            *request.head_mut() = self.head.clone();
        }
    }
}

fn same_head(one: &RequestHead, other: &RequestHead) -> bool {
    let same_values = || {
        one.headers
            .keys()
            .all(|name| one.headers.get_all(name).eq(other.headers.get_all(name)))
    };
    one.method == other.method
        && one.uri == other.uri
        && one.version == other.version
        && one.headers.len() == other.headers.len()
        && same_values()
}
