//! The memory of a framework's request while it is held, without its connection.
#![cfg(all(feature = "axum", feature = "actix"))]

use std::time::Duration;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{App, web};
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use axum::{Router, http};
use bytes::Bytes;
use dacapo::actix::Resume;
use dacapo::axum::ResumeLayer;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use tower::ServiceExt;

use support::allocator::Mark;

const LONG_POLL: Duration = Duration::from_secs(30);

/// As many headers as a browser sends.
const HEADERS: [(&str, &str); 8] = [
    ("host", "localhost:3000"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101",
    ),
    ("accept", "*/*"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate"),
    ("connection", "keep-alive"),
    ("cookie", "session=abcdefghijklmnopqrstuvwxyz"),
    ("referer", "http://localhost:3000/"),
];

/// A small part of a large buffer, as a server reads it.
fn body() -> Bytes {
    Bytes::from(vec![b'x'; 1 << 20]).slice(..10)
}

fn waits(c: &Continuation<String>) -> Outcome<String> {
    Err(c.suspend("tea", LONG_POLL))
}

/// The bytes of each of many held requests, less those that `of` was given.
fn each<'a>(of: impl Fn() -> LocalBoxFuture<'a, ()>) -> usize {
    // What all requests share exists from the first one on.
    let first = held(of());
    let mark = Mark::here();
    let many: Vec<_> = (0..100).map(|_| held(of())).collect();
    let each = mark.bytes() / many.len();
    drop((many, first));
    each
}

fn held(mut request: LocalBoxFuture<'_, ()>) -> LocalBoxFuture<'_, ()> {
    assert!(request.as_mut().now_or_never().is_none());
    request
}

mod on_actix {
    use super::*;

    fn request() -> TestRequest {
        let request = TestRequest::post().uri("/tea");
        HEADERS
            .into_iter()
            .fold(request, TestRequest::insert_header)
    }

    /// The bytes of a held request with this body, in an application.
    fn weight(routes: impl FnOnce(&mut ServiceConfig), body: impl Fn() -> Bytes) -> usize {
        let app = init_service(App::new().configure(routes));
        let app = app.now_or_never().unwrap();
        each(|| {
            let request = request().set_payload(body()).to_request();
            app.call(request)
                .map(|answer: Result<ServiceResponse<_>, _>| drop(answer))
                .boxed_local()
        })
    }

    fn in_a_handler(app: &mut ServiceConfig) {
        let hub = Data::new(Hub::<String>::with_mock_clock().0);
        let poll =
            async |hub: Data<Hub<String>>, _: Path<String>| -> Result<Answer<String>, Error> {
                hub.run(async |c| waits(&c)).await
            };
        app.app_data(hub).route("/{topic}", web::post().to(poll));
    }

    fn under_the_middleware(app: &mut ServiceConfig) {
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let poll = async |c: Continuation<String>, _: Path<String>| waits(&c);
        let poll = web::post().to(poll).wrap(Resume::new(hub));
        app.route("/{topic}", poll);
    }

    #[test]
    fn the_middleware_takes_no_more_than_a_kilobyte_on_top() {
        let handler = weight(in_a_handler, Bytes::new);
        let middleware = weight(under_the_middleware, Bytes::new);
        println!("actix: {handler} bytes in a handler, {middleware} under the middleware");
        assert!(middleware <= handler + 1024, "{middleware}, {handler}");
    }

    #[test]
    fn the_memory_for_a_body_is_its_length() {
        let without = weight(under_the_middleware, Bytes::new);
        let with = weight(under_the_middleware, body);
        assert!(with <= without + 512, "{with}, {without}");
    }
}

mod on_axum {
    use super::*;

    fn weight(app: &Router, body: impl Fn() -> Bytes) -> usize {
        each(|| {
            let request = http::Request::post("/tea");
            let request = HEADERS.into_iter().fold(request, |request, (name, value)| {
                request.header(name, value)
            });
            let request = request.body(Body::from(body())).unwrap();
            app.clone().oneshot(request).map(drop).boxed_local()
        })
    }

    fn in_a_handler() -> Router {
        let poll = async |State(hub): State<Hub<String>>| -> Result<Answer<String>, Error> {
            hub.run(async |c| waits(&c)).await
        };
        Router::new()
            .route("/{topic}", get(poll).post(poll))
            .with_state(Hub::with_mock_clock().0)
    }

    fn under_the_layer() -> Router {
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let poll = async |c: Continuation<String>| waits(&c);
        Router::new().route(
            "/{topic}",
            get(poll).post(poll).layer(ResumeLayer::new(hub)),
        )
    }

    #[test]
    fn the_layer_takes_no_more_than_the_request_that_it_keeps() {
        let handler = weight(&in_a_handler(), Bytes::new);
        let layer = weight(&under_the_layer(), Bytes::new);
        println!("axum: {handler} bytes in a handler, {layer} under the layer");
        assert!(layer <= handler + 2560, "{layer}, {handler}");
    }

    #[test]
    fn the_memory_for_a_body_is_its_length() {
        let app = under_the_layer();
        let (without, with) = (weight(&app, Bytes::new), weight(&app, body));
        assert!(with <= without + 512, "{with}, {without}");
    }
}
