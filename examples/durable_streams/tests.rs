//! What the protocol's authors do not test.

use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use dacapo::{Hub, MockClock};
use futures::FutureExt;
use tower::ServiceExt;

const HOLD: Duration = Duration::from_secs(300);

fn app() -> (axum::Router, MockClock) {
    let (hub, clock) = Hub::builder().jitter(0.0).build_with_mock_clock();
    (crate::app(hub, HOLD), clock)
}

/// The status of the answer, which comes at once.
fn ask(app: &axum::Router, method: Method, ttl: &str) -> StatusCode {
    let request = Request::builder().method(method).uri("/tea");
    let request = request.header("stream-ttl", ttl).body(Body::from("hello"));
    let answer = app.clone().oneshot(request.unwrap()).now_or_never();
    answer.unwrap().unwrap().status()
}

#[test]
fn a_lifetime_beyond_all_dates_is_refused() {
    let (app, _clock) = app();
    for ttl in ["9007199254740991", "253402300800"] {
        assert_eq!(ask(&app, Method::PUT, ttl), StatusCode::BAD_REQUEST);
        assert_eq!(ask(&app, Method::HEAD, ""), StatusCode::NOT_FOUND);
    }
    assert_eq!(ask(&app, Method::PUT, "3600"), StatusCode::CREATED);
}

#[test]
fn a_poll_is_held_for_as_long_as_the_server_is_told_to() {
    let (app, clock) = app();
    assert_eq!(ask(&app, Method::PUT, "3600"), StatusCode::CREATED);
    let poll = Request::get("/tea?offset=now&live=long-poll");
    let mut poll = pin!(app.oneshot(poll.body(Body::empty()).unwrap()));
    assert!(poll.as_mut().now_or_never().is_none());
    clock.advance(HOLD - Duration::from_millis(1));
    assert!(poll.as_mut().now_or_never().is_none());
    clock.advance(Duration::from_millis(1));
    let answer = poll.as_mut().now_or_never().unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}
