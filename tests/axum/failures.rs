//! What a client sees when a request cannot be held.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing;
use dacapo::axum::ResumeLayer;
use dacapo::driver::BodyError;
use dacapo::{Continuation, End, Error, Hub, Outcome, Suspended};
use futures::FutureExt;
use tower::{Layer, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{LONG_POLL, get, hub, ok, poll, post, send};

async fn forever(c: Continuation<String>) -> Outcome<()> {
    Err(c.suspend("go", LONG_POLL))
}

fn app(hub: &Hub<String>) -> Router {
    Router::new().route(
        "/",
        routing::get(forever).layer(ResumeLayer::new(hub.clone())),
    )
}

fn refused(response: &Response<Body>) -> bool {
    let seconds = response
        .headers()
        .get("retry-after")
        .and_then(|seconds| seconds.to_str().ok()?.parse().ok());
    response.status() == StatusCode::SERVICE_UNAVAILABLE
        && seconds.is_some_and(|seconds: u32| (1..=10).contains(&seconds))
        && response.headers()["cache-control"] == "no-store"
}

#[test]
fn a_forgotten_layer_is_a_500_that_says_which_and_how_to_add_it() {
    let app = Router::new().route("/", routing::get(forever));
    let (status, sentence) = poll(&mut send(&app, get("/"))).unwrap();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        sentence.contains("no `ResumeLayer` of a `Hub<alloc::string::String>`"),
        "{sentence}"
    );
    assert!(
        sentence.contains("`.layer(ResumeLayer::new(hub))`"),
        "{sentence}"
    );
}

#[test]
fn so_is_a_layer_of_a_hub_with_other_keys() {
    let (other, _clock) = Hub::<u32>::with_mock_clock();
    let app = Router::new()
        .route("/", routing::get(forever))
        .layer(ResumeLayer::new(other));
    assert_eq!(
        poll(&mut send(&app, get("/"))).unwrap().0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[test]
fn a_handler_that_does_not_need_a_layer_works_without() {
    async fn maybe(c: Option<Continuation<String>>) -> Outcome<&'static str> {
        match c {
            Some(c) if c.is_initial() => Err(c.suspend("go", LONG_POLL)),
            Some(_) => Ok("held"),
            None => Ok("at once"),
        }
    }
    let (hub, _clock) = hub();
    let without = Router::new().route("/", routing::get(maybe));
    assert_eq!(poll(&mut send(&without, get("/"))), ok("at once"));
    let mut pending = send(&without.layer(ResumeLayer::new(hub.clone())), get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(poll(&mut pending), ok("held"));
}

#[test]
fn a_full_hub_sends_away() {
    let (hub, _clock) = Hub::builder().max_suspended(1).build_with_mock_clock();
    let mut held = send(&app(&hub), get("/"));
    assert_eq!(poll(&mut held), None);
    let response = send(&app(&hub), get("/")).now_or_never().unwrap();
    assert!(refused(&response), "{response:?}");
    assert_eq!(hub.suspended_count(), 1);
    drop(held);
    assert_eq!(
        poll(&mut send(&app(&hub), get("/"))),
        None,
        "there is room again"
    );
}

#[test]
fn too_many_keys_are_refused() {
    let (hub, _clock) = Hub::<String>::builder().max_keys(2).build_with_mock_clock();
    let route = routing::get(async |c: Continuation<String>| {
        Err::<(), _>(c.suspend_any(["a", "b", "c"], LONG_POLL))
    });
    let app = Router::new().route("/", route.layer(ResumeLayer::new(hub.clone())));
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
    let mut pending = send(&app(&hub), get("/"));
    for _ in 0..3 {
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("go"), 1);
    }
    assert!(refused(&pending.now_or_never().unwrap()));
}

#[test]
fn one_that_is_held_too_long_is_refused_however_short_its_waits() {
    let (hub, clock) = hub();
    let resume = ResumeLayer::new(hub.clone()).max_hold(2 * LONG_POLL);
    let app = Router::new().route("/", routing::get(forever).layer(resume));
    let mut pending = send(&app, get("/"));
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
    let held = {
        let mut held = send(&app(&hub), get("/"));
        assert_eq!(poll(&mut held), None);
        held
    };
    assert_eq!(hub.shutdown(), 1);
    assert!(refused(&held.now_or_never().unwrap()));
    assert!(refused(&send(&app(&hub), get("/")).now_or_never().unwrap()));
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
    impl IntoResponse for AppError {
        fn into_response(self) -> axum::response::Response {
            match self {
                Self::Suspended(token) => token.into_response(),
                Self::NoSuchRoom => (StatusCode::NOT_FOUND, self.to_string()).into_response(),
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
    let app = Router::new().route("/", routing::get(room).layer(ResumeLayer::new(hub.clone())));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    hub.notify("go");
    assert_eq!(
        poll(&mut pending),
        Some((StatusCode::NOT_FOUND, "no such room".into()))
    );
}

#[test]
fn a_service_that_fails_after_a_wait_is_never_hidden() {
    for is_completed in [false, true] {
        let (hub, _clock) = hub();
        let (tell, told) = std::sync::mpsc::channel();
        let service = tower::service_fn(move |request: Request<Body>| {
            let c: Continuation<String> = request.extensions().get().cloned().unwrap();
            let tell = tell.clone();
            async move {
                if c.is_initial() {
                    c.on_end(move |end| tell.send(end).unwrap());
                    return Ok(c.suspend("go", LONG_POLL).into_response());
                }
                assert!(!is_completed || c.handle().complete(Default::default()).is_ok());
                Err("the service has failed")
            }
        });
        let service = ResumeLayer::new(hub.clone()).layer(service);
        let mut pending = Box::pin(service.oneshot(get("/")));
        assert!(pending.as_mut().now_or_never().is_none());
        hub.notify("go");
        let failed = pending.now_or_never().unwrap().unwrap_err();
        assert_eq!(failed, "the service has failed");
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [End::Failed]);
    }
}

#[test]
fn a_service_that_fails_although_it_has_made_a_token_a_response_has_failed() {
    let (hub, _clock) = hub();
    let service = tower::service_fn(async |request: Request<Body>| {
        let c: Continuation<String> = request.extensions().get().cloned().unwrap();
        let _discarded = c.suspend("go", LONG_POLL).into_response();
        Err::<Response<Body>, _>("the service has failed")
    });
    let service = ResumeLayer::new(hub.clone()).layer(service);
    let failed = service.oneshot(get("/")).now_or_never().unwrap();
    assert_eq!(failed.unwrap_err(), "the service has failed");
    assert_eq!(hub.suspended_count(), 0);
}

/// Panics after a wait.
async fn bad(c: Continuation<String>) -> Outcome<()> {
    if c.is_initial() {
        return Err(c.suspend("go", LONG_POLL));
    }
    panic!("a bad handler")
}

#[test]
fn a_handler_that_panics_after_a_wait_leaves_the_hub_clean() {
    let (hub, clock) = hub();
    let app = Router::new().route("/", routing::get(bad).layer(ResumeLayer::new(hub.clone())));
    let mut pending = send(&app, get("/"));
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

/// What a real server does, which has no such layer, is in `tests/sockets`.
#[test]
fn a_panic_after_a_wait_is_a_500_where_a_layer_catches_panics() {
    type Place = fn(Router, ResumeLayer<String>) -> Router;
    let places: [Place; 2] = [
        |routes, resume| routes.layer(resume).layer(CatchPanicLayer::new()),
        |routes, resume| routes.layer(CatchPanicLayer::new()).layer(resume),
    ];
    for place in places {
        let (hub, clock) = hub();
        let routes = Router::new()
            .route("/", routing::get(forever))
            .route("/bad", routing::get(bad));
        let app = place(routes, ResumeLayer::new(hub.clone()));
        let mut pending = send(&app, get("/bad"));
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("go"), 1);
        let (status, _) = poll(&mut pending).unwrap();
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!((hub.suspended_count(), clock.advance(LONG_POLL)), (0, 0));

        let mut next = send(&app, get("/"));
        assert_eq!(poll(&mut next), None);
        assert_eq!((hub.suspended_count(), hub.notify("go")), (1, 1));
    }
}

#[test]
fn a_needless_wake_at_the_longest_hold_does_not_spare_the_expired_pass() {
    async fn look(c: Continuation<String>) -> Outcome<&'static str> {
        match c.is_expired() {
            true => Ok("nothing new"),
            false => Err(c.suspend("go", LONG_POLL)),
        }
    }
    let (hub, clock) = hub();
    let resume = ResumeLayer::new(hub.clone()).max_hold(LONG_POLL / 3);
    let app = Router::new().route("/", routing::get(look).layer(resume));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    clock.advance(LONG_POLL / 3 - Duration::from_millis(1));
    assert_eq!(hub.notify("go"), 1);
    clock.advance(Duration::from_millis(2));
    assert_eq!(poll(&mut pending), None, "the wait is over as it begins");
    assert_eq!(poll(&mut pending), ok("nothing new"));
}

#[test]
fn middleware_outside_finds_the_reason_of_a_refusal() {
    let (hub, _clock) = hub();
    let resume = ResumeLayer::new(hub.clone()).max_body_size(4);
    let app = Router::new().route("/", routing::any(forever).layer(resume));
    let large = send(&app, post("/", "text/plain", "12345"));
    let large = large.now_or_never().unwrap();
    assert_eq!(large.extensions().get(), Some(&BodyError::TooLarge));
    let held = send(&app, get("/"));
    hub.shutdown();
    let late = held.now_or_never().unwrap();
    assert_eq!(late.extensions().get(), Some(&Error::ShutDown));
    let late = send(&app, post("/", "text/plain", "1234"))
        .now_or_never()
        .unwrap();
    assert_eq!(late.extensions().get(), Some(&Error::ShutDown));
}
