//! The layer as a service of tower.

use std::convert::Infallible;

use axum::body::Body;
use dacapo::Outcome;
use dacapo::axum::ResumeLayer;
use futures::FutureExt;
use futures::future::FusedFuture;
use http::{Request, Response};
use tower::{Layer, Service};

use crate::hub;

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
