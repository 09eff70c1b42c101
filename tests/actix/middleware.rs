//! What other middleware sees, inside and outside.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{DefaultHeaders, Logger, Next, NormalizePath, from_fn};
use actix_web::test::TestRequest;
use actix_web::{App, Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, web};
use dacapo::actix::Resume;
use dacapo::{Continuation, Hub, Outcome, Suspended};
use futures::FutureExt;

use crate::{LONG_POLL, get, hub, init, ok, poll, post, send};

async fn once(c: Continuation<String>) -> Outcome<String> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(format!("pass {}", c.pass()))
    }
}

#[test]
fn a_middleware_that_makes_a_new_response_does_not_hide_the_suspension() {
    async fn rebuild(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let (request, response) = next.call(request).await?.into_parts();
        let status = response.status();
        Ok(ServiceResponse::new(
            request,
            HttpResponse::with_body(status, response.into_body()),
        ))
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(from_fn(rebuild))
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(once));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("pass 2"));
}

#[test]
fn inside_one_sees_every_pass_and_outside_one_request() {
    let (hub, _clock) = hub();
    let (inside, outside) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (passes, requests) = (Arc::clone(&inside), Arc::clone(&outside));
    let resource = web::resource("/")
        .wrap_fn(move |request, service| {
            passes.fetch_add(1, Ordering::SeqCst);
            service.call(request)
        })
        .wrap(Resume::new(hub.clone()))
        .wrap_fn(move |request, service| {
            requests.fetch_add(1, Ordering::SeqCst);
            service.call(request)
        })
        .route(web::get().to(once));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("pass 2"));
    assert_eq!(
        (
            inside.load(Ordering::SeqCst),
            outside.load(Ordering::SeqCst)
        ),
        (2, 1)
    );
}

#[test]
fn every_pass_starts_from_the_head_as_it_came_to_the_middleware() {
    async fn mark(
        mut request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let mark = (
            HeaderName::from_static("x-mark"),
            HeaderValue::from_static("1"),
        );
        request.headers_mut().append(mark.0, mark.1);
        next.call(request).await
    }
    async fn marks(c: Continuation<String>, request: HttpRequest) -> Outcome<String> {
        let marks = request.headers().get_all("x-mark").count();
        if c.pass() < 4 {
            Err(c.suspend("go", LONG_POLL))
        } else {
            Ok(marks.to_string())
        }
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(from_fn(mark))
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(marks));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    for _ in 0..3 {
        assert_eq!(poll(&mut pending), None);
        hub.notify("go");
    }
    assert_eq!(poll(&mut pending), ok("1"));
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
    let mut pending = send(&init!(app), get("/in/x/"));
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
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("2"));
}

#[test]
fn the_longest_hold_is_above_every_timeout() {
    async fn endless(c: Continuation<String>) -> Outcome<&'static str> {
        if c.is_expired() {
            Ok("expired")
        } else {
            Err(c.suspend("go", Duration::MAX))
        }
    }
    for (resume, seconds) in [
        (Resume::new as fn(_) -> _, 120),
        (|hub| Resume::new(hub).max_hold(Duration::from_secs(60)), 60),
    ] {
        let (hub, clock) = hub();
        let resource = web::resource("/")
            .wrap(resume(hub.clone()))
            .route(web::get().to(endless));
        let mut pending = send(&init!(App::new().service(resource)), get("/"));
        assert_eq!(poll(&mut pending), None);
        assert_eq!(clock.advance(Duration::from_secs(seconds - 1)), 0);
        assert_eq!(clock.advance(Duration::from_secs(1)), 1);
        assert_eq!(poll(&mut pending), ok("expired"));
    }
}

#[test]
fn a_middleware_inside_can_tell_a_suspension_by_the_token_in_its_response() {
    let (hub, _clock) = hub();
    let suspensions = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&suspensions);
    let resource = web::resource("/")
        .wrap_fn(move |request, service| {
            let (count, answer) = (Arc::clone(&count), service.call(request));
            async move {
                let answer = answer.await?;
                let is_suspension = answer.response().extensions().contains::<Suspended>();
                count.fetch_add(is_suspension.into(), Ordering::SeqCst);
                Ok(answer)
            }
        })
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(once));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(suspensions.load(Ordering::SeqCst), 1);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("pass 2"));
    assert_eq!(suspensions.load(Ordering::SeqCst), 1);
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
    assert_eq!(response.status(), StatusCode::OK);
}

#[test]
fn a_dropped_request_is_forgotten() {
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(once));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.suspended_count(), 1);
    drop(pending);
    assert_eq!((hub.suspended_count(), hub.notify("go")), (0, 0));
}

#[test]
fn of_two_of_one_hub_the_outer_ones_limits_apply() {
    let (hub, _clock) = hub();
    let echo = web::post().to(async |_: Continuation<String>, body: String| body);
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()).max_body_size(4))
        .wrap(Resume::new(hub.clone()).max_body_size(8))
        .route(echo);
    let app = init!(App::new().service(resource));
    assert_eq!(
        poll(&mut send(&app, post("/", "text/plain", "12345678"))),
        ok("12345678")
    );
    let answer = poll(&mut send(&app, post("/", "text/plain", "123456789")));
    assert_eq!(answer.unwrap().0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn those_of_two_hubs_serve_a_handler_that_waits_for_either() {
    #[derive(Hash)]
    struct User(u32);
    async fn either(
        news: Continuation<String>,
        friend: Continuation<User>,
    ) -> Outcome<&'static str> {
        match (news.pass(), friend.pass()) {
            (1, 1) => Err(news.suspend("go", LONG_POLL)),
            (2, 1) => Err(friend.suspend(&User(7), LONG_POLL)),
            (2, 2) => Ok("both"),
            passes => panic!("{passes:?}"),
        }
    }
    let ((rooms, _), (users, _)) = (hub(), Hub::<User>::with_mock_clock());
    let resource = web::resource("/")
        .wrap(Resume::new(users.clone()))
        .wrap(Resume::new(rooms.clone()))
        .route(web::get().to(either));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!((rooms.notify("go"), users.notify(&User(7))), (1, 0));
    assert_eq!(poll(&mut pending), None);
    assert_eq!((rooms.suspended_count(), users.suspended_count()), (0, 1));
    assert_eq!(users.notify(&User(7)), 1);
    assert_eq!(poll(&mut pending), ok("both"));
}

#[test]
fn a_request_that_is_served_once_more_is_held_once_more() {
    async fn twice(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let (request, _first) = next.call(request).await?.into_parts();
        next.call(ServiceRequest::from_parts(request, Payload::None))
            .await
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .wrap(from_fn(twice))
        .route(web::get().to(once));
    let mut pending = send(&init!(App::new().service(resource)), get("/"));
    for _ in 0..2 {
        assert_eq!(poll(&mut pending), None);
        assert_eq!((hub.suspended_count(), hub.notify("go")), (1, 1));
    }
    assert_eq!(poll(&mut pending), ok("pass 2"));
}
