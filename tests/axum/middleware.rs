//! What axum lets a middleware do: extensions, places that are taken by being ready, a request that is kept.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Outcome};
use futures::FutureExt;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{ServiceBuilder, ServiceExt};

use crate::{LONG_POLL, get, hub, ok, poll, send};

async fn once(c: Continuation<String>) -> Outcome<String> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(format!("pass {}", c.pass()))
    }
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
    let send = || Box::pin(app.clone().oneshot(Request::new(Body::empty())));
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
fn a_request_that_is_kept_and_served_once_more_is_held_once_more() {
    let (hub, _clock) = hub();
    let kept = Arc::new(Mutex::new(None));
    let keep = {
        let kept = Arc::clone(&kept);
        routing::get(async move |request: Request| *kept.lock().unwrap() = Some(request))
    };
    let first = Router::new().route("/", keep.layer(ResumeLayer::new(hub.clone())));
    assert_eq!(poll(&mut send(&first, get("/"))), ok(""));

    let then = routing::get(once).layer(ResumeLayer::new(hub.clone()));
    let then = Router::new().route("/", then);
    let request = kept.lock().unwrap().take().unwrap();
    let mut pending = send(&then, request.map(|_| support::Body::empty()));
    assert_eq!(poll(&mut pending), None);
    assert_eq!((hub.suspended_count(), hub.notify("go")), (1, 1));
    assert_eq!(poll(&mut pending), ok("pass 2"));
}
