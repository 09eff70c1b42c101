//! The server on actix-web.

use std::rc::Rc;
use std::sync::Arc;

use actix_http::Request as ActixRequest;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Payload, Service, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::test::init_service;
use actix_web::{App, Error, web};
use axum::body::Body as AxumBody;
use dacapo::Hub;
use dacapo::actix::{Resume, handler};
use futures::executor::block_on;
use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use http::Request;

use super::stage::{self, Stage};
use super::story::Limits;
use super::theatre::{Answer, Body, Framework, Pending};

type Answered = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

pub struct OnActix(Rc<dyn Fn(ActixRequest) -> Answered>);

impl Framework for OnActix {
    fn new(hub: &Hub<u8>, limits: &Limits, stage: Arc<Stage>) -> Self {
        let resume = Resume::new(hub.clone())
            .max_body_size(limits.body)
            .body_timeout(limits.body_timeout)
            .max_hold(limits.hold);
        let handler = web::to(handler(stage::handler(stage)));
        let service = block_on(init_service(
            App::new().wrap(resume).default_service(handler),
        ));
        Self(Rc::new(move |request| {
            let response = service.call(request);
            let boxed =
                |response: ServiceResponse<_>| response.map_body(|_, body| BoxBody::new(body));
            response
                .map(move |response| response.map(boxed))
                .boxed_local()
        }))
    }

    fn send(&self, request: Request<Option<Body>>) -> Pending {
        let response = (self.0)(converted(request));
        Box::pin(response.map(|response| {
            let response = response.unwrap();
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body()).now_or_never();
            let body = body.expect("it is there").unwrap();
            Answer { status, body }
        }))
    }
}

/// actix has its requests in types of its own.
fn converted(request: Request<Option<Body>>) -> ActixRequest {
    let (head, body) = request.into_parts();
    let mut converted = ActixRequest::with_payload(body.map_or(Payload::None, payload));
    let converted_head = converted.head_mut();
    converted_head.method = Method::from_bytes(head.method.as_str().as_bytes()).unwrap();
    converted_head.uri = Uri::try_from(head.uri.to_string()).unwrap();
    for (name, value) in &head.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        converted_head.headers.append(name, value);
    }
    converted
}

/// actix has a body that ends before its time as an error, as hyper has.
fn payload(body: Body) -> Payload {
    let pieces = AxumBody::new(body).into_data_stream();
    let pieces = pieces.map_err(|_| PayloadError::Incomplete(None));
    Payload::from(pieces.boxed_local())
}
