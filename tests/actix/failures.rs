//! What goes wrong in the terms of actix: a token as a responder, and middleware that fails.

use std::str::from_utf8;
use std::sync::mpsc;

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorBadGateway;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Either, HttpMessage, ResponseError, web};
use dacapo::actix::Resume;
use dacapo::{Continuation, End, Outcome, Suspended};
use futures::FutureExt;
use futures::executor::block_on;
use support::on_actix;

use crate::{LONG_POLL, hub, ok, poll};

async fn forever(c: Continuation<String>) -> Outcome<String> {
    Err(c.suspend("go", LONG_POLL))
}

#[test]
fn a_token_can_be_returned_as_a_responder_too() {
    async fn either(c: Continuation<String>) -> Either<Suspended, &'static str> {
        if c.is_initial() {
            Either::Left(c.suspend("go", LONG_POLL))
        } else {
            Either::Right("done")
        }
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(either));
    let mut pending = on_actix::server(App::new().service(resource)).get("/");
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("done"));
}

/// A middleware inside that fails.
macro_rules! failing {
    ($hub:expr, $inside:expr) => {{
        let resource = web::resource("/")
            .wrap(from_fn($inside))
            .wrap(Resume::new($hub.clone()))
            .to(forever);
        block_on(init_service(App::new().service(resource)))
    }};
}

fn continuation(request: &ServiceRequest) -> Continuation<String> {
    request.extensions().get().cloned().unwrap()
}

/// What the documentation says: the request is gone with the error, so it cannot be executed again.
#[test]
fn a_middleware_inside_that_fails_with_a_token_gets_a_500_with_a_sentence() {
    let (hub, _clock) = hub();
    let app = failing!(hub, async |request: ServiceRequest, _: Next<BoxBody>| {
        let token = continuation(&request).suspend("go", LONG_POLL);
        Err::<ServiceResponse, _>(token.into())
    });
    let answer = app.call(TestRequest::get().to_request()).now_or_never();
    let response = answer.unwrap().err().unwrap().error_response();
    assert_eq!(response.status().as_u16(), 500);
    let sentence = to_bytes(response.into_body()).now_or_never().unwrap();
    let sentence = sentence.unwrap();
    assert!(
        from_utf8(&sentence)
            .unwrap()
            .contains("did not reach the `hub.run` or the layer")
    );
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn a_middleware_that_fails_after_a_wait_is_never_hidden() {
    for is_completed in [false, true] {
        let (hub, _clock) = hub();
        let (tell, told) = mpsc::channel();
        let fail = move |request: ServiceRequest, next: Next<BoxBody>| {
            let (c, tell) = (continuation(&request), tell.clone());
            async move {
                if c.is_initial() {
                    c.on_end(move |end| tell.send(end).unwrap());
                    return next.call(request).await;
                }
                assert!(!is_completed || c.handle().complete(Default::default()).is_ok());
                Err(ErrorBadGateway("the service has failed"))
            }
        };
        let app = failing!(hub, fail);
        let mut pending = Box::pin(app.call(TestRequest::get().to_request()));
        assert!(pending.as_mut().now_or_never().is_none());
        hub.notify("go");
        let failed = pending.now_or_never().unwrap().err().unwrap();
        assert_eq!(failed.to_string(), "the service has failed");
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [End::Failed]);
    }
}

#[test]
fn a_middleware_that_fails_although_it_has_made_a_token_a_response_has_failed() {
    let (hub, _clock) = hub();
    let app = failing!(hub, async |request: ServiceRequest, _: Next<BoxBody>| {
        let token = continuation(&request).suspend("go", LONG_POLL);
        let _discarded = token.error_response();
        Err::<ServiceResponse, _>(ErrorBadGateway("the service has failed"))
    });
    let answer = app.call(TestRequest::get().to_request()).now_or_never();
    let failed = answer.unwrap().err().unwrap();
    assert_eq!(failed.to_string(), "the service has failed");
    assert_eq!(hub.suspended_count(), 0);
}
