//! What actix lets a middleware do: extensions that stay, a service that is not ready.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::middleware::{DefaultHeaders, Logger, NormalizePath};
use actix_web::test::TestRequest;
use actix_web::{App, Error, FromRequest, HttpMessage, HttpRequest, Responder, web};
use dacapo::actix::Resume;
use dacapo::{Continuation, Outcome};
use futures::FutureExt;
use http::StatusCode;
use support::on_actix;

use crate::{LONG_POLL, hub, ok, poll};

async fn once(c: Continuation<String>) -> Outcome<String> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(format!("pass {}", c.pass()))
    }
}

#[test]
fn actixs_own_middleware_works_on_either_side() {
    let (hub, _clock) = hub();
    let inner = web::scope("/in")
        .wrap(Logger::default())
        .wrap(DefaultHeaders::new().add(("x-in", "1")));
    let app = App::new()
        .service(inner.service(web::resource("/x").route(web::get().to(once))))
        .wrap(NormalizePath::trim())
        .wrap(Resume::new(hub.clone()))
        .wrap(Logger::default())
        .wrap(DefaultHeaders::new().add(("x-out", "1")));
    let mut pending = on_actix::server(app).get("/in/x/");
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    let response = pending.now_or_never().unwrap();
    assert!(response.headers().contains_key("x-in") && response.headers().contains_key("x-out"));
    assert_eq!(response.status(), StatusCode::OK);
}

#[test]
fn request_extensions_stay_from_pass_to_pass() {
    struct Visits(u32);
    async fn visits(c: Continuation<String>, request: HttpRequest) -> Outcome<String> {
        let visits = request
            .extensions()
            .get::<Visits>()
            .map_or(1, |visits| visits.0 + 1);
        request.extensions_mut().insert(Visits(visits));
        if c.is_initial() {
            Err(c.suspend("go", LONG_POLL))
        } else {
            Ok(visits.to_string())
        }
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(visits));
    let mut pending = on_actix::server(App::new().service(resource)).get("/");
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("2"));
}

/// A service that is ready when it is told to be.
struct Gate {
    open: Rc<Cell<bool>>,
}

impl Service<ServiceRequest> for Gate {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.open.get() {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        Box::pin(async move {
            let (request, mut payload) = request.into_parts();
            let outcome = once(Continuation::from_request(&request, &mut payload).await?).await;
            let response = outcome.respond_to(&request).map_into_boxed_body();
            Ok(ServiceResponse::new(request, response))
        })
    }
}

#[test]
fn a_service_inside_is_asked_before_each_pass_whether_it_is_ready() {
    let (hub, _clock) = hub();
    let open = Rc::new(Cell::new(false));
    let gate = Gate {
        open: Rc::clone(&open),
    };
    let service = Resume::new(hub.clone()).new_transform(gate);
    let service = service.into_inner().unwrap();
    let mut pending = Box::pin(service.call(TestRequest::get().to_srv_request()));
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 0, "the first pass has not begun");
    open.set(true);
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 1);

    open.set(false);
    hub.notify("go");
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(
        hub.suspended_count(),
        0,
        "it is due, and waits for its place"
    );
    open.set(true);
    let response = pending.now_or_never().unwrap().unwrap();
    assert_eq!(response.status().as_u16(), 200);
}
