//! The order of the layers around a hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use support::on_axum::server;
use support::{Server, poll};
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::{HOLD, news};

const A_MINUTE: Duration = Duration::from_secs(60);

/// How many times a session was looked up. It stands for a session layer.
type Sessions = Arc<AtomicU32>;

async fn sessions(State(looked_up): State<Sessions>, request: Request, next: Next) -> Response {
    looked_up.fetch_add(1, Relaxed);
    next.run(request).await
}

fn timeout(after: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, after)
}

/// The layer, in its place.
fn under_the_layer(hub: &Hub<String>, after: Duration, looked_up: &Sessions) -> Server {
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(from_fn_with_state(looked_up.clone(), sessions))
        .layer(timeout(after))
        .layer(ResumeLayer::new(hub.clone()))
        .layer(GlobalConcurrencyLimitLayer::new(1));
    server(Router::new().route("/", get(news)).layer(layers))
}

/// `run` in a handler: everything stands outside.
fn in_a_handler(hub: &Hub<String>, after: Duration, limit: usize) -> Server {
    async fn handler(State(hub): State<Hub<String>>) -> Result<Answer<&'static str>, Error> {
        hub.run(news).await
    }
    let layers = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(timeout(after))
        .layer(GlobalConcurrencyLimitLayer::new(limit));
    let app = Router::new().route("/", get(handler)).layer(layers);
    server(app.with_state(hub.clone()))
}

#[tokio::test]
async fn under_the_layer_a_limit_of_one_lets_two_requests_be_held() {
    let (hub, _clock) = Hub::with_mock_clock();
    let looked_up = Sessions::default();
    let app = under_the_layer(&hub, A_MINUTE, &looked_up);
    let mut held = [app.get("/"), app.get("/")];
    assert!(held.iter_mut().all(|request| poll(request).is_none()));
    assert_eq!(hub.suspended_count(), 2);

    assert_eq!(hub.notify("news"), 2);
    for request in &mut held {
        assert_eq!(poll(request), Some((StatusCode::OK, "news".into())));
    }
    assert_eq!(looked_up.load(Relaxed), 2); // once for each request, not for each pass
    assert_eq!(hub.stats().passes.total(), 4);
}

#[tokio::test]
async fn in_a_handler_a_limit_of_one_lets_one_request_be_held() {
    let (hub, _clock) = Hub::with_mock_clock();
    let app = in_a_handler(&hub, A_MINUTE, 1);
    let mut held = [app.get("/"), app.get("/")];
    assert!(held.iter_mut().all(|request| poll(request).is_none()));
    assert_eq!(hub.suspended_count(), 1);

    hub.notify("news"); // the second has not checked yet, and is not held before the first has its answer
    assert_eq!(poll(&mut held[0]), Some((StatusCode::OK, "news".into())));
    assert_eq!(hub.suspended_count(), 0);
    assert_eq!(poll(&mut held[1]), None);
    assert_eq!(hub.suspended_count(), 1);
}

#[tokio::test]
async fn in_a_handler_the_hub_limits_how_many_are_held() {
    let (hub, _clock) = Hub::builder().max_suspended(1).build_with_mock_clock();
    let app = in_a_handler(&hub, A_MINUTE, usize::MAX >> 3);
    let (mut held, mut refused) = (app.get("/"), app.get("/"));
    assert_eq!(poll(&mut held), None);
    let (status, _) = poll(&mut refused).unwrap();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_permit_that_is_taken_in_the_closure_limits_passes_and_not_held_requests() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let passes = Semaphore::new(1);
    let look = async |c: Continuation<String>| -> Outcome<()> {
        let _permit = passes.acquire().await;
        Err(c.suspend("news", HOLD))
    };
    let (mut one, mut two) = (Box::pin(hub.run(look)), Box::pin(hub.run(look)));
    assert!(one.as_mut().now_or_never().is_none() && two.as_mut().now_or_never().is_none());
    assert_eq!((hub.suspended_count(), passes.available_permits()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_that_is_shorter_than_the_hold_cuts_the_request_and_the_hub_forgets_it() {
    let (hub, _clock) = Hub::with_mock_clock(); // a clock that stands still
    let shorter = HOLD / 2;
    let looked_up = Sessions::default();
    for app in [
        under_the_layer(&hub, shorter, &looked_up),
        in_a_handler(&hub, shorter, 1),
    ] {
        let mut request = app.get("/");
        assert_eq!(poll(&mut request), None);
        assert_eq!(hub.waiter_count("news"), 1);
        let cut = tokio::time::timeout(HOLD, request).await.unwrap();
        assert_eq!(cut.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((hub.suspended_count(), hub.waiter_count("news")), (0, 0));
    }
    assert_eq!(hub.stats().ended.cancelled, 2);
}

#[tokio::test(start_paused = true)]
async fn with_the_longest_hold_below_the_timeout_the_handler_has_the_last_word() {
    let below = A_MINUTE - Duration::from_secs(5);
    let hub = Hub::builder().max_hold(below).build_on_tokio();
    async fn long(c: Continuation<String>) -> Outcome<&'static str> {
        match c.is_expired() {
            true => Ok("nothing new"),
            false => Err(c.suspend("news", 10 * A_MINUTE)),
        }
    }
    let layers = ServiceBuilder::new()
        .layer(timeout(A_MINUTE))
        .layer(ResumeLayer::new(hub.clone()));
    let layered = Router::new().route("/", get(long)).layer(layers);
    let handler = async move || hub.run(long).await;
    let plain = Router::new()
        .route("/", get(handler))
        .layer(timeout(A_MINUTE));
    for app in [server(layered), server(plain)] {
        let response = app.get("/").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.body(), "nothing new");
    }
}
