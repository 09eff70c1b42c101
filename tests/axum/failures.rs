//! What goes wrong in axum's own terms: extractors, errors and services that fail, panics that a layer catches.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, End, Hub, Outcome, Suspended};
use futures::FutureExt;
use tower::{Layer, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{LONG_POLL, get, hub, ok, poll, send};

async fn forever(c: Continuation<String>) -> Outcome<()> {
    Err(c.suspend("go", LONG_POLL))
}

#[test]
fn a_layer_of_a_hub_with_other_keys_is_as_good_as_none() {
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
        let mut pending = Box::pin(service.oneshot(Request::new(Body::empty())));
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
    let failed = service
        .oneshot(Request::new(Body::empty()))
        .now_or_never()
        .unwrap();
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
