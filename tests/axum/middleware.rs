//! What other middleware sees, inside the layer and outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Outcome, Suspended};
use futures::FutureExt;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower::{ServiceBuilder, ServiceExt};

use crate::{LONG_POLL, get, hub, ok, poll, post, send};

async fn once(c: Continuation<String>) -> Outcome<String> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(format!("pass {}", c.pass()))
    }
}

#[test]
fn a_middleware_that_makes_a_new_response_does_not_hide_the_suspension() {
    async fn rebuild(request: Request, next: Next) -> Response {
        let (parts, body) = next.run(request).await.into_parts();
        (parts.status, body).into_response()
    }
    async fn collect(request: Request, next: Next) -> Response {
        let body = axum::body::to_bytes(next.run(request).await.into_body(), 1024)
            .await
            .unwrap();
        Body::from(body).into_response()
    }
    let (hub, _clock) = hub();
    let app = Router::new().route("/", routing::get(once));
    let app = app
        .layer(from_fn(rebuild))
        .layer(from_fn(collect))
        .layer(ResumeLayer::new(hub.clone()));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("pass 2"));
}

#[test]
fn inside_one_sees_every_pass_and_outside_one_request() {
    let (hub, _clock) = hub();
    let (inside, outside) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let count = |counter: &Arc<AtomicU32>| {
        let counter = Arc::clone(counter);
        MapRequestLayer::new(move |request: Request| {
            counter.fetch_add(1, Ordering::SeqCst);
            request
        })
    };
    let app = Router::new()
        .route("/", routing::get(once))
        .layer(count(&inside));
    let app = app
        .layer(ResumeLayer::new(hub.clone()))
        .layer(count(&outside));
    let mut pending = send(&app, get("/"));
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
fn every_pass_starts_from_the_request_as_it_came_to_the_layer() {
    #[derive(Clone)]
    struct Mark;
    async fn mark(mut request: Request, next: Next) -> Response {
        assert!(
            request.extensions().get::<Mark>().is_none(),
            "the mark of an earlier pass"
        );
        assert!(
            request
                .headers_mut()
                .insert("x-mark", "1".parse().unwrap())
                .is_none()
        );
        request.extensions_mut().insert(Mark);
        next.run(request).await
    }
    let (hub, _clock) = hub();
    let app = Router::new().route("/", routing::get(once));
    let app = app
        .layer(from_fn(mark))
        .layer(ResumeLayer::new(hub.clone()));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("pass 2"));
}

#[test]
fn a_suspended_request_holds_no_place_of_a_limit_inside() {
    let (hub, _clock) = hub();
    let app = Router::new().route("/", routing::get(once));
    let app = app
        .layer(GlobalConcurrencyLimitLayer::new(1))
        .layer(ResumeLayer::new(hub.clone()));
    let mut pending: Vec<_> = (0..5).map(|_| send(&app, get("/"))).collect();
    for request in &mut pending {
        assert_eq!(poll(request), None);
    }
    assert_eq!(hub.suspended_count(), 5);
    assert_eq!(hub.notify("go"), 5);
    for request in &mut pending {
        assert_eq!(poll(request), ok("pass 2"));
    }
}

/// Between the layers of a router axum asks nobody, so here they are around it.
#[test]
fn a_limit_inside_is_asked_before_each_pass() {
    let (hub, _clock) = hub();
    async fn slow(c: Continuation<String>) -> Outcome<()> {
        if c.is_initial() {
            return Err(c.suspend("go", LONG_POLL));
        }
        std::future::pending().await
    }
    let app = ServiceBuilder::new()
        .layer(ResumeLayer::new(hub.clone()))
        .layer(GlobalConcurrencyLimitLayer::new(1))
        .service(Router::new().route("/", routing::get(slow)));
    let send = || Box::pin(app.clone().oneshot(get("/")));
    let (mut one, mut other) = (send(), send());
    assert!(one.as_mut().now_or_never().is_none());
    assert!(other.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify("go"), 2);
    assert!(one.as_mut().now_or_never().is_none());
    assert!(other.as_mut().now_or_never().is_none());
    let mut third = send();
    assert!(third.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 0, "the first one has the only place");
    drop(one);
    drop(other);
    assert!(third.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 1);
}

#[test]
fn a_limit_outside_counts_suspended_requests() {
    let (hub, _clock) = hub();
    let app = Router::new().route("/", routing::get(once));
    let app = app
        .layer(ResumeLayer::new(hub.clone()))
        .layer(GlobalConcurrencyLimitLayer::new(1));
    let (mut one, mut other) = (send(&app, get("/")), send(&app, get("/")));
    assert_eq!((poll(&mut one), poll(&mut other)), (None, None));
    assert_eq!(hub.suspended_count(), 1);
    hub.notify("go");
    assert_eq!(poll(&mut one), ok("pass 2"));
    drop(one);
    assert_eq!(poll(&mut other), None);
    assert_eq!(hub.suspended_count(), 1);
}

#[test]
fn a_notify_for_one_is_passed_on_if_that_one_goes_while_a_limit_keeps_it_from_its_pass() {
    let (hub, _clock) = hub();
    let app = Router::new()
        .route("/", routing::get(once))
        .route("/stay", routing::get(std::future::pending::<()>))
        .layer(GlobalConcurrencyLimitLayer::new(1))
        .layer(ResumeLayer::new(hub.clone()));
    let (mut chosen, mut next) = (send(&app, get("/")), send(&app, get("/")));
    assert_eq!((poll(&mut chosen), poll(&mut next)), (None, None));
    let mut in_the_way = send(&app, get("/stay"));
    assert_eq!(poll(&mut in_the_way), None);

    assert_eq!(hub.notify_one("go"), 1);
    assert_eq!(poll(&mut chosen), None);
    assert_eq!(hub.suspended_count(), 1, "the other one");
    drop(chosen);
    drop(in_the_way);
    assert_eq!(poll(&mut next), ok("pass 2"));
}

#[test]
fn a_middleware_inside_can_tell_a_suspension_by_the_token_in_its_response() {
    let (hub, _clock) = hub();
    let suspensions = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&suspensions);
    let look = MapResponseLayer::new(move |response: Response| {
        let token = response.extensions().get::<Suspended>();
        count.fetch_add(token.is_some().into(), Ordering::SeqCst);
        response
    });
    let app = Router::new().route("/", routing::get(once));
    let app = app.layer(look).layer(ResumeLayer::new(hub.clone()));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(suspensions.load(Ordering::SeqCst), 1);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("pass 2"));
    assert_eq!(suspensions.load(Ordering::SeqCst), 1);
}

#[test]
fn the_longest_hold_is_above_every_timeout_and_two_minutes_without_being_told() {
    async fn endless(c: Continuation<String>) -> Outcome<&'static str> {
        if c.is_expired() {
            Ok("expired")
        } else {
            Err(c.suspend("go", Duration::MAX))
        }
    }
    for (resume, seconds) in [
        (ResumeLayer::new as fn(_) -> _, 120),
        (
            |hub| ResumeLayer::new(hub).max_hold(Duration::from_secs(60)),
            60,
        ),
    ] {
        let (hub, clock) = hub();
        let app = Router::new().route("/", routing::get(endless).layer(resume(hub.clone())));
        let mut pending = send(&app, get("/"));
        assert_eq!(poll(&mut pending), None);
        assert_eq!(clock.advance(Duration::from_secs(seconds - 1)), 0);
        assert_eq!(clock.advance(Duration::from_secs(1)), 1);
        assert_eq!(poll(&mut pending), ok("expired"));
    }
}

#[test]
fn a_dropped_request_is_forgotten_in_every_stage() {
    let (hub, _clock) = hub();
    let route = routing::get(once).layer(ResumeLayer::new(hub.clone()));
    let app = Router::new().route("/", route);
    drop(send(&app, get("/")));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.suspended_count(), 1);
    drop(pending);
    assert_eq!((hub.suspended_count(), hub.notify("go")), (0, 0));
}

#[test]
fn a_suspension_that_no_layer_takes_is_a_500_with_a_sentence() {
    let (hub, _clock) = hub();
    // The token of one request is returned from another.
    let stolen = Arc::new(std::sync::Mutex::new(None));
    let (give, take) = (Arc::clone(&stolen), stolen);
    let app = Router::new()
        .route(
            "/give",
            routing::get(async move |c: Continuation<String>| {
                *give.lock().unwrap() = Some(c.suspend("go", LONG_POLL));
            }),
        )
        .route(
            "/take",
            routing::get(async move || Err::<(), _>(take.lock().unwrap().take().unwrap())),
        )
        .layer(ResumeLayer::new(hub.clone()));
    assert_eq!(
        poll(&mut send(&app, get("/give"))).unwrap().0,
        StatusCode::OK
    );
    let (status, sentence) = poll(&mut send(&app, get("/take"))).unwrap();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        sentence.contains("did not reach the `hub.run` or the layer"),
        "{sentence}"
    );
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn a_stolen_token_does_not_disturb_the_request_it_was_made_for() {
    let (hub, _clock) = hub();
    let stolen = Arc::new(std::sync::Mutex::new(None));
    let (give, take) = (Arc::clone(&stolen), stolen);
    let (end, ended) = futures::channel::oneshot::channel();
    let ended = ended.shared();
    let app = Router::new()
        .route(
            "/give",
            routing::get(async move |c: Continuation<String>| {
                *give.lock().unwrap() = Some(c.suspend("go", LONG_POLL));
                ended.await.unwrap()
            }),
        )
        .route(
            "/take",
            routing::get(async move || Err::<(), _>(take.lock().unwrap().take().unwrap())),
        )
        .layer(ResumeLayer::new(hub.clone()));
    let mut owner = send(&app, get("/give"));
    assert_eq!(poll(&mut owner), None);
    let thief = poll(&mut send(&app, get("/take"))).unwrap();
    assert_eq!(thief.0, StatusCode::INTERNAL_SERVER_ERROR);
    end.send("mine").unwrap();
    assert_eq!(poll(&mut owner), ok("mine"));
}

#[test]
fn of_two_layers_of_one_hub_the_outer_ones_limits_apply() {
    let (hub, _clock) = hub();
    let echo = routing::post(async |_: Continuation<String>, body: String| body);
    let app = Router::new().route(
        "/",
        echo.layer(ResumeLayer::new(hub.clone()).max_body_size(4)),
    );
    let app = app.layer(ResumeLayer::new(hub.clone()).max_body_size(8));
    assert_eq!(
        poll(&mut send(&app, post("/", "text/plain", "12345678"))),
        ok("12345678")
    );
    let answer = poll(&mut send(&app, post("/", "text/plain", "123456789")));
    assert_eq!(answer.unwrap().0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_request_that_is_kept_and_served_once_more_is_held_once_more() {
    let (hub, _clock) = hub();
    let kept = Arc::new(std::sync::Mutex::new(None));
    let keep = {
        let kept = Arc::clone(&kept);
        routing::get(async move |request: Request| *kept.lock().unwrap() = Some(request))
    };
    let first = Router::new().route("/", keep.layer(ResumeLayer::new(hub.clone())));
    assert_eq!(poll(&mut send(&first, get("/"))), ok(""));

    let then = routing::get(once).layer(ResumeLayer::new(hub.clone()));
    let then = Router::new().route("/", then);
    let request = kept.lock().unwrap().take().unwrap();
    let mut pending = send(&then, request);
    assert_eq!(poll(&mut pending), None);
    assert_eq!((hub.suspended_count(), hub.notify("go")), (1, 1));
    assert_eq!(poll(&mut pending), ok("pass 2"));
}
