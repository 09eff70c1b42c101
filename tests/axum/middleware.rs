//! What axum lets a middleware do: places that are taken by being ready, a request that is kept.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
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

/// Between the layers of a router, axum polls no readiness, so here they are around it.
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
