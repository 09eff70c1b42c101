//! All layers and middleware around an application, as one middleware of actix.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::ErrorRequestTimeout;
use actix_web::http::Uri;
use actix_web::rt::spawn;
use dacapo::actix::Resume;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use tokio::time::timeout;

use super::convert::{actix_headers, actix_response, http_head, http_response};
use crate::application::limited;
use crate::{Again, Layer, Middleware, Wrap};

/// From the innermost to the outermost.
pub(super) struct Wraps<K>(Vec<Wrap<K>>);

/// A service of any type.
#[derive(Clone)]
pub(super) struct AnyService(Rc<dyn Fn(ServiceRequest) -> Answer>);

type Answer = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

impl<K> Wraps<K> {
    pub(super) fn new(wraps: Vec<Wrap<K>>) -> Self {
        Self(wraps)
    }
}

impl<K, S, B> Transform<S, ServiceRequest> for Wraps<K>
where
    K: Clone + 'static,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type InitError = ();
    type Transform = AnyService;
    type Future = Ready<Result<AnyService, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let innermost = AnyService::new(service);
        ready(Ok(self.0.iter().cloned().fold(innermost, wrapped)))
    }
}

fn wrapped<K: Clone + 'static>(service: AnyService, wrap: Wrap<K>) -> AnyService {
    match wrap {
        Wrap::Layer(layer) => {
            let resumed = resume(layer).new_transform(service).into_inner();
            AnyService::new(resumed.expect("it is made at once"))
        }
        Wrap::Middleware(middleware) => AnyService(Rc::new(move |request| {
            around(middleware.clone(), request, service.clone()).boxed_local()
        })),
        Wrap::Again(again) => AnyService(Rc::new(move |request| {
            twice(again.clone(), request, service.clone()).boxed_local()
        })),
        Wrap::Task => AnyService(Rc::new(move |request| {
            let answer = spawn(service.call(request));
            answer.map(|answer| answer.unwrap()).boxed_local()
        })),
        Wrap::Within(time) => AnyService(Rc::new(move |request| {
            let answer = timeout(time, service.call(request));
            let late = |_| Err(ErrorRequestTimeout("too late"));
            answer
                .map(move |answer| answer.unwrap_or_else(late))
                .boxed_local()
        })),
    }
}

fn resume<K>(limits: Layer<K>) -> Resume<K> {
    limited!(Resume::new(limits.hub), limits)
}

async fn around(
    middleware: Middleware,
    mut request: ServiceRequest,
    service: AnyService,
) -> Result<ServiceResponse, Error> {
    let (head, then) = middleware.enter(http_head(request.request())).await;
    *request.headers_mut() = actix_headers(head.headers());
    let (request, response) = service.call(request).await?.into_parts();
    let response = actix_response(then(http_response(response).await));
    Ok(ServiceResponse::new(request, response))
}

/// A middleware that retries gets no body in the tests.
async fn twice(
    again: Again,
    request: ServiceRequest,
    service: AnyService,
) -> Result<ServiceResponse, Error> {
    let (request, first) = service.call(request).await?.into_parts();
    let first = http_response(first).await;
    if again.is_content_with(&first) {
        return Ok(ServiceResponse::new(request, actix_response(first)));
    }
    let mut request = ServiceRequest::from_parts(request, Payload::None);
    if let Some(path) = again.elsewhere {
        request.head_mut().uri = Uri::from_static(path);
    }
    // It has been routed once, and is routed again from the start.
    let uri = request.uri().clone();
    request.match_info_mut().get_mut().update(&uri);
    request.match_info_mut().reset();
    let second = service.call(request).await?;
    Ok(match again.sends_the_first {
        true => second.into_response(actix_response(first)),
        false => second,
    })
}

impl AnyService {
    fn new<S, B>(service: S) -> Self
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        Self(Rc::new(move |request| {
            let answer = service.call(request);
            answer
                .map(|answer| Ok(answer?.map_into_boxed_body()))
                .boxed_local()
        }))
    }
}

impl Service<ServiceRequest> for AnyService {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Answer;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Answer {
        (self.0)(request)
    }
}
