//! What goes wrong in axum's own terms: services that fail, panics that a layer catches.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, End, Outcome};
use futures::FutureExt;
use tower::{Layer, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{LONG_POLL, get, hub, poll, send};

async fn forever(c: Continuation<String>) -> Outcome<()> {
    Err(c.suspend("go", LONG_POLL))
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
