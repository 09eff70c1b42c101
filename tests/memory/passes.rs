//! A held request does not grow with its passes.
#![cfg(all(feature = "axum", feature = "actix"))]

use std::time::Duration;

use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use support::allocator::{Mark, alone};

const LONG_POLL: Duration = Duration::from_secs(30);

/// Waits in every pass.
fn waits(c: &Continuation<String>) -> Outcome<String> {
    Err(c.suspend("tea", LONG_POLL))
}

/// The bytes by which a held request is larger after 200 passes than after 2.
fn growth<'a>(hub: &Hub<String>, of: impl Fn() -> LocalBoxFuture<'a, ()>) -> usize {
    // What requests share, for example the hub's wheel, has its full size after the first one.
    let mut first = of();
    (0..200).for_each(|_| pass(&mut first, hub));
    let mut request = of();
    (0..2).for_each(|_| pass(&mut request, hub));
    let mark = Mark::here();
    (2..200).for_each(|_| pass(&mut request, hub));
    let growth = mark.bytes();
    assert_eq!(hub.stats().passes.resumed, 2 * 199);
    growth
}

fn pass(request: &mut LocalBoxFuture<'_, ()>, hub: &Hub<String>) {
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify("tea");
}

mod on_axum {
    use ::axum::body::Body;
    use ::axum::extract::{Path, State};
    use ::axum::routing::get;
    use ::axum::{Router, http::Request};
    use dacapo::axum::ResumeLayer;
    use tower::ServiceExt;

    use super::*;

    fn grows_by(hub: &Hub<String>, app: &Router) -> usize {
        growth(hub, || {
            let request = Request::get("/tea").body(Body::empty()).unwrap();
            app.clone().oneshot(request).map(drop).boxed_local()
        })
    }

    #[test]
    fn in_a_handler_it_does_not_grow() {
        let _alone = alone();
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let poll = async |State(hub): State<Hub<String>>,
                          _: Path<String>|
               -> Result<Answer<String>, Error> {
            hub.run(async |c| waits(&c)).await
        };
        let app = Router::new().route("/{topic}", get(poll));
        assert_eq!(grows_by(&hub, &app.with_state(hub.clone())), 0);
    }

    async fn poll(c: Continuation<String>, _: Path<String>) -> Outcome<String> {
        waits(&c)
    }

    #[test]
    fn under_the_layer_around_its_handler_it_does_not_grow() {
        let _alone = alone();
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let poll = get(poll).layer(ResumeLayer::new(hub.clone()));
        assert_eq!(grows_by(&hub, &Router::new().route("/{topic}", poll)), 0);
    }

    #[test]
    fn under_the_layer_around_an_application_it_does_not_grow() {
        let _alone = alone();
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let app = Router::new().route("/{topic}", get(poll));
        let app = Router::new().nest("/api", app.clone()).merge(app);
        let app = app.layer(ResumeLayer::new(hub.clone()));
        assert_eq!(grows_by(&hub, &app), 0);
    }
}

mod on_actix {
    use actix_web::dev::{Service, ServiceResponse};
    use actix_web::test::{TestRequest, init_service};
    use actix_web::web::{self, Data, Path};
    use actix_web::{App, Responder};
    use dacapo::actix::Resume;

    use super::*;

    /// The bytes by which a request to an application grows.
    macro_rules! grows_by {
        ($hub:expr, $app:expr) => {{
            let app = init_service($app).now_or_never().unwrap();
            growth($hub, || {
                let answer = app.call(TestRequest::get().uri("/tea").to_request());
                let answer = answer.map(|answer: Result<ServiceResponse<_>, _>| drop(answer));
                answer.boxed_local()
            })
        }};
    }

    #[test]
    fn in_a_handler_it_does_not_grow() {
        let _alone = alone();
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let poll =
            async |hub: Data<Hub<String>>, _: Path<String>| -> Result<Answer<String>, Error> {
                hub.run(async |c| waits(&c)).await
            };
        let app = App::new().app_data(Data::new(hub.clone()));
        let app = app.route("/{topic}", web::get().to(poll));
        assert_eq!(grows_by!(&hub, app), 0);
    }

    async fn poll(c: Continuation<String>, _: Path<String>) -> impl Responder {
        waits(&c)
    }

    #[test]
    fn under_the_middleware_around_its_route_it_does_not_grow() {
        let _alone = alone();
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let route = web::get().to(poll).wrap(Resume::new(hub.clone()));
        assert_eq!(grows_by!(&hub, App::new().route("/{topic}", route)), 0);
    }

    /// Bytes per pass. Lists of actix double when they are full.
    const SOME: usize = 64;

    /// A limit of actix that is documented: it adds the method of each route that it asks, for a possible 405.
    #[test]
    fn under_the_middleware_around_its_resource_it_grows_by_some_bytes_a_pass() {
        let _alone = alone();
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let resource = web::resource("/{topic}").wrap(Resume::new(hub.clone()));
        let app = App::new().service(resource.route(web::get().to(poll)));
        let growth = grows_by!(&hub, app);
        println!("actix: {growth} bytes in 198 passes around a resource");
        assert!((1..=198 * SOME).contains(&growth), "{growth}");
    }

    /// The same.
    #[test]
    fn under_the_middleware_around_an_application_it_grows_by_some_bytes_a_pass() {
        let _alone = alone();
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let app = App::new().route("/{topic}", web::get().to(poll));
        let growth = grows_by!(&hub, app.wrap(Resume::new(hub.clone())));
        println!("actix: {growth} bytes in 198 passes around an application");
        assert!((1..=198 * SOME).contains(&growth), "{growth}");
    }
}
