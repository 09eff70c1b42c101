//! Tests of the behaviour that the recipes in the documentation describe.

mod approval;
mod bodies;
mod cache;
mod errors;
mod layers;
mod permissions;
mod refusals;
mod stats;

use std::pin::Pin;
use std::time::Duration;

use dacapo::{Continuation, Outcome};

const HOLD: Duration = Duration::from_secs(30);

/// Waits for the first thing that happens.
async fn news(c: Continuation<String>) -> Outcome<&'static str> {
    match c.is_initial() {
        true => Err(c.suspend("news", HOLD)),
        false if c.is_expired() => Ok("nothing new"),
        false => Ok("news"),
    }
}

/// A request in progress.
type Pending<T> = Pin<Box<dyn Future<Output = T>>>;

/// Requests to an application of axum.
mod on_axum {
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::http::Method;
    use axum::response::Response;
    use axum::{Router, http::StatusCode};
    use futures::FutureExt;
    use tower::ServiceExt;

    use crate::Pending;

    pub(crate) fn ask(
        app: &Router,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Pending<Response> {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::from(body)).unwrap();
        Box::pin(app.clone().oneshot(request).map(|answer| answer.unwrap()))
    }

    pub(crate) fn get(app: &Router, path: &str) -> Pending<Response> {
        ask(app, Method::GET, path, Vec::new())
    }

    pub(crate) fn text(response: Response) -> String {
        let body = to_bytes(response.into_body(), usize::MAX).now_or_never();
        String::from_utf8(body.unwrap().unwrap().into()).unwrap()
    }

    /// The answer, if it is there.
    pub(crate) fn poll(pending: &mut Pending<Response>) -> Option<(StatusCode, String)> {
        let response = pending.as_mut().now_or_never()?;
        Some((response.status(), text(response)))
    }
}

/// Requests to an application of actix-web.
mod on_actix {
    use actix_http::Request;
    use actix_web::Error;
    use actix_web::body::{MessageBody, to_bytes};
    use actix_web::dev::{Service, ServiceResponse};
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use futures::FutureExt;

    use crate::Pending;

    /// Makes a service of an application.
    macro_rules! init {
        ($app:expr) => {
            actix_web::test::init_service($app).now_or_never().unwrap()
        };
    }
    pub(crate) use init;

    pub(crate) fn ask<S, B>(app: &S, request: TestRequest) -> Pending<ServiceResponse<B>>
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
        S::Future: 'static,
    {
        let answer = app.call(request.to_request());
        Box::pin(answer.map(|answer| answer.unwrap_or_else(|error| panic!("{error}"))))
    }

    pub(crate) fn get<S, B>(app: &S, path: &str) -> Pending<ServiceResponse<B>>
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
        S::Future: 'static,
    {
        ask(app, TestRequest::get().uri(path))
    }

    pub(crate) fn text<B: MessageBody>(response: ServiceResponse<B>) -> String {
        let body = to_bytes(response.into_body()).now_or_never().unwrap();
        String::from_utf8(body.unwrap_or_default().into()).unwrap()
    }

    /// The answer, if it is there.
    pub(crate) fn poll<B: MessageBody>(
        pending: &mut Pending<ServiceResponse<B>>,
    ) -> Option<(StatusCode, String)> {
        let response = pending.as_mut().now_or_never()?;
        Some((response.status(), text(response)))
    }
}
