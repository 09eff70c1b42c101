//! Layers of two hubs, and the layer as a service of tower.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use futures::future::FusedFuture;
use tower::{Layer, Service};

use crate::{LONG_POLL, get, hub, ok, poll, send};

#[test]
fn layers_of_two_hubs_serve_a_handler_that_waits_for_either() {
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
    let app = Router::new().route("/", routing::get(either));
    let app = app
        .layer(ResumeLayer::new(users.clone()))
        .layer(ResumeLayer::new(rooms.clone()));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!((rooms.notify("go"), users.notify(&User(7))), (1, 0));
    assert_eq!(poll(&mut pending), None);
    assert_eq!((rooms.suspended_count(), users.suspended_count()), (0, 1));
    assert_eq!(users.notify(&User(7)), 1);
    assert_eq!(poll(&mut pending), ok("both"));
}

#[test]
fn a_future_says_when_it_has_been_ready_inside_another_layer_too() {
    let (hub, _clock) = hub();
    let service = tower::service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let mut inner = ResumeLayer::new(hub.clone()).layer(service);
    let mut alone = Box::pin(inner.call(Request::new(Body::empty())));
    assert!(!alone.is_terminated());
    assert!(alone.as_mut().now_or_never().is_some() && alone.is_terminated());
    let inside = hub.run(|c| {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(c);
        let mut future = inner.call(request);
        async move {
            assert!(!future.is_terminated());
            let _response = (&mut future).await.unwrap();
            Outcome::Ok(future.is_terminated())
        }
    });
    assert_eq!(inside.now_or_never(), Some(Ok(true.into())));
}
