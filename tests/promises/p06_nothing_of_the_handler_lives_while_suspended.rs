//! While a request is suspended, nothing of the handler lives: its future is dropped. The request, its state and one
//! waiter remain. (`tests/memory` measures their size.)

use std::future::poll_fn;
use std::sync::Arc;

use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;

use crate::LONG_POLL;

fn once(c: &Continuation<u8>) -> Outcome<()> {
    match c.is_initial() {
        true => Err(c.suspend(&0, LONG_POLL)),
        false => Ok(()),
    }
}

#[test]
fn the_handlers_future_is_dropped_when_it_suspends() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let mut request = Box::pin(hub.run(|c| lives.spend(async move { once(&c) })));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(lives.now(), 0);
    hub.notify(&0);
    assert!(request.as_mut().now_or_never().is_some());
}

#[test]
fn it_is_dropped_too_when_another_pass_follows_at_once() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let mut request = Box::pin(hub.run(|c| {
        hub.notify(&0);
        lives.spend(async move { once(&c) })
    }));
    assert!(
        request.as_mut().now_or_never().is_none(),
        "the executor has its turn"
    );
    assert_eq!(lives.now(), 0);
}

#[test]
#[cfg(feature = "axum")]
fn nothing_of_the_service_inside_lives_on_axum() {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::routing::get;
    use dacapo::axum::ResumeLayer;
    use tower::util::MapFutureLayer;
    use tower::{ServiceBuilder, ServiceExt};

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let inside = lives.clone();
    let app = ServiceBuilder::new()
        .layer(ResumeLayer::new(hub.clone()))
        .layer(MapFutureLayer::new(move |pass| inside.spend(pass)))
        .service(Router::new().route("/", get(async |c: Continuation<u8>| once(&c))));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let mut request = Box::pin(app.oneshot(request));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!((hub.suspended_count(), lives.now()), (1, 0));
    hub.notify(&0);
    assert!(request.as_mut().now_or_never().is_some());
}

#[test]
#[cfg(feature = "actix")]
fn nothing_of_the_service_inside_lives_on_actix() {
    use actix_web::dev::Service;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, web};
    use dacapo::actix::Resume;

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let inside = lives.clone();
    let resource = web::resource("/")
        .wrap_fn(move |request, service| inside.spend(service.call(request)))
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(async |c: Continuation<u8>| once(&c)));
    let app = futures::executor::block_on(init_service(App::new().service(resource)));
    let mut request = Box::pin(app.call(TestRequest::get().to_request()));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!((hub.suspended_count(), lives.now()), (1, 0));
    hub.notify(&0);
    assert!(request.as_mut().now_or_never().is_some());
}

/// Counts futures that have not been dropped, ready or not.
#[derive(Clone, Default)]
#[expect(clippy::redundant_allocation, reason = "the inner one is counted")]
struct Lives(Arc<Arc<()>>);

impl Lives {
    fn spend<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let (life, mut future) = (Arc::clone(&*self.0), Box::pin(future));
        poll_fn(move |cx| {
            let _held = &life;
            future.as_mut().poll(cx)
        })
    }

    fn now(&self) -> usize {
        Arc::strong_count(&*self.0) - 1
    }
}
