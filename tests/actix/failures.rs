//! What a client sees when a request cannot be held.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpMessage, HttpResponse, ResponseError, web};
use dacapo::actix::Resume;
use dacapo::driver::BodyError;
use dacapo::{Continuation, End, Error, Hub, Outcome, Suspended};
use futures::FutureExt;

use crate::{LONG_POLL, Pending, get, hub, init, ok, poll, post, send};

async fn forever(c: Continuation<String>) -> Outcome<String> {
    Err(c.suspend("go", LONG_POLL))
}

fn pend(hub: &Hub<String>) -> Pending<impl MessageBody + use<>> {
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(forever));
    send(&init!(App::new().service(resource)), get("/"))
}

fn refused<B>(response: &ServiceResponse<B>) -> bool {
    let seconds = response
        .headers()
        .get("retry-after")
        .and_then(|seconds| seconds.to_str().ok()?.parse().ok());
    response.status() == StatusCode::SERVICE_UNAVAILABLE
        && seconds.is_some_and(|seconds: u32| (1..=10).contains(&seconds))
        && response
            .headers()
            .get("cache-control")
            .is_some_and(|value| value == "no-store")
}

#[test]
fn a_forgotten_middleware_is_a_500_that_says_which_and_how_to_add_it() {
    let app = init!(App::new().route("/", web::get().to(forever)));
    let (status, sentence) = poll(&mut send(&app, get("/"))).unwrap();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        sentence.contains("no `Resume` of a `Hub<alloc::string::String>`"),
        "{sentence}"
    );
    assert!(sentence.contains("`.wrap(Resume::new(hub))`"), "{sentence}");
}

#[test]
fn a_handler_that_does_not_need_one_works_without() {
    async fn maybe(c: Option<Continuation<String>>) -> Outcome<&'static str> {
        match c {
            Some(c) if c.is_initial() => Err(c.suspend("go", LONG_POLL)),
            Some(_) => Ok("held"),
            None => Ok("at once"),
        }
    }
    let (hub, _clock) = hub();
    let app = init!(App::new().route("/", web::get().to(maybe)));
    assert_eq!(poll(&mut send(&app, get("/"))), ok("at once"));
    let app = init!(
        App::new()
            .route("/", web::get().to(maybe))
            .wrap(Resume::new(hub.clone()))
    );
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("held"));
}

#[test]
fn a_full_hub_sends_away() {
    let (hub, _clock) = Hub::builder().max_suspended(1).build_with_mock_clock();
    let mut held = pend(&hub);
    assert_eq!(poll(&mut held), None);
    assert!(refused(&pend(&hub).now_or_never().unwrap()));
    drop(held);
    assert_eq!(poll(&mut pend(&hub)), None, "there is room again");
}

#[test]
fn too_many_keys_are_refused() {
    let (hub, _clock) = Hub::<String>::builder().max_keys(2).build_with_mock_clock();
    let greedy = web::to(async |c: Continuation<String>| {
        Outcome::<String>::Err(c.suspend_any(["a", "b", "c"], LONG_POLL))
    });
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(greedy);
    let app = init!(App::new().service(resource));
    let (status, sentence) = poll(&mut send(&app, get("/"))).unwrap();
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(sentence, "one request cannot wait for so many things");
    assert_eq!((hub.suspended_count(), hub.notify("a")), (0, 0));
}

#[test]
fn too_many_passes_are_refused() {
    let (hub, _clock) = Hub::<String>::builder()
        .max_passes(3)
        .build_with_mock_clock();
    let mut pending = pend(&hub);
    for _ in 0..3 {
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("go"), 1);
    }
    assert!(refused(&pending.now_or_never().unwrap()));
}

#[test]
fn one_that_is_held_too_long_is_refused_however_short_its_waits() {
    let (hub, clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()).max_hold(2 * LONG_POLL))
        .route(web::get().to(forever));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    for _ in 0..2 {
        assert_eq!(poll(&mut pending), None);
        assert_eq!(clock.advance(LONG_POLL), 1);
    }
    assert!(refused(&pending.now_or_never().unwrap()));
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn a_shutdown_sends_everybody_away_now_and_later() {
    let (hub, _clock) = hub();
    let mut held = pend(&hub);
    assert_eq!(poll(&mut held), None);
    assert_eq!(hub.shutdown(), 1);
    assert!(refused(&held.now_or_never().unwrap()));
    assert!(refused(&pend(&hub).now_or_never().unwrap()));
}

#[test]
fn a_token_can_be_returned_as_a_responder_too() {
    async fn either(c: Continuation<String>) -> actix_web::Either<Suspended, &'static str> {
        if c.is_initial() {
            actix_web::Either::Left(c.suspend("go", LONG_POLL))
        } else {
            actix_web::Either::Right("done")
        }
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(either));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("done"));
}

#[test]
fn an_application_with_errors_of_its_own_passes_the_token_on() {
    #[derive(Debug, thiserror::Error)]
    enum AppError {
        #[error(transparent)]
        Suspended(#[from] Suspended),
        #[error("no such room")]
        NoSuchRoom,
    }
    impl ResponseError for AppError {
        fn error_response(&self) -> HttpResponse {
            match self {
                Self::Suspended(token) => token.error_response(),
                Self::NoSuchRoom => HttpResponse::NotFound().body(self.to_string()),
            }
        }
    }
    async fn room(c: Continuation<String>) -> Result<&'static str, AppError> {
        if c.is_initial() {
            Err(c.suspend("go", LONG_POLL))?;
        }
        Err(AppError::NoSuchRoom)
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(room));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(
        poll(&mut pending),
        Some((StatusCode::NOT_FOUND, "no such room".into()))
    );
}

/// What the documentation says: the request is gone with the error, so it cannot be executed again.
#[test]
fn a_middleware_inside_that_fails_with_a_token_gets_a_500_with_a_sentence() {
    async fn impatient(
        request: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let c = request
            .extensions()
            .get::<Continuation<String>>()
            .unwrap()
            .clone();
        Err(c.suspend("go", LONG_POLL).into())
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(from_fn(impatient))
        .wrap(Resume::new(hub.clone()))
        .to(forever);
    let app = init!(App::new().service(resource));
    let error = actix_web::dev::Service::call(&app, get("/"))
        .now_or_never()
        .unwrap()
        .err()
        .unwrap();
    let response = error.error_response();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let sentence = actix_web::body::to_bytes(response.into_body())
        .now_or_never()
        .unwrap()
        .unwrap();
    assert!(
        std::str::from_utf8(&sentence)
            .unwrap()
            .contains("did not reach the `hub.run` or the layer")
    );
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn a_middleware_that_fails_after_a_wait_is_never_hidden() {
    for is_completed in [false, true] {
        let (hub, _clock) = hub();
        let (tell, told) = std::sync::mpsc::channel();
        let fail = move |request: ServiceRequest, next: Next<BoxBody>| {
            let c: Continuation<String> = request.extensions().get().cloned().unwrap();
            let tell = tell.clone();
            async move {
                if c.is_initial() {
                    c.on_end(move |end| tell.send(end).unwrap());
                    return next.call(request).await;
                }
                assert!(!is_completed || c.handle().complete(Default::default()).is_ok());
                Err(actix_web::error::ErrorBadGateway("the service has failed"))
            }
        };
        let resource = web::resource("/")
            .wrap(from_fn(fail))
            .wrap(Resume::new(hub.clone()))
            .route(web::get().to(forever));
        let app = init!(App::new().service(resource));
        let mut pending = Box::pin(actix_web::dev::Service::call(&app, get("/")));
        assert!(pending.as_mut().now_or_never().is_none());
        hub.notify("go");
        let failed = pending.now_or_never().unwrap().err().unwrap();
        assert_eq!(failed.to_string(), "the service has failed");
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [End::Failed]);
    }
}

#[test]
fn a_handler_that_panics_after_a_wait_leaves_the_hub_clean() {
    async fn bad(c: Continuation<String>) -> Outcome<String> {
        if c.is_initial() {
            return Err(c.suspend("go", LONG_POLL));
        }
        panic!("a bad handler")
    }
    let (hub, clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(bad));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    let poll = std::panic::AssertUnwindSafe(|| poll(&mut pending));
    assert!(
        std::panic::catch_unwind(poll).is_err(),
        "the panic is the framework's to handle"
    );
    drop(pending);
    assert_eq!(
        (
            hub.suspended_count(),
            hub.notify("go"),
            clock.advance(LONG_POLL)
        ),
        (0, 0, 0)
    );
}

#[test]
fn middleware_outside_finds_the_reason_of_a_refusal() {
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()).max_body_size(4))
        .to(forever);
    let app = init!(App::new().service(resource));
    let large = send(&app, post("/", "text/plain", "12345"));
    let large = large.now_or_never().unwrap();
    let reason = large.response().extensions().get().cloned();
    assert_eq!(reason, Some(BodyError::TooLarge));
    hub.shutdown();
    let late = send(&app, get("/")).now_or_never().unwrap();
    let reason = late.response().extensions().get().cloned();
    assert_eq!(reason, Some(Error::ShutDown));
}
