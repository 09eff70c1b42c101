//! What a framework's request weighs while it is held, without its connection; and, on a socket, with it.
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

use support::allocator::{Mark, alone};

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
        let _alone = alone();
        let handler = weight(in_a_handler, Bytes::new);
        let middleware = weight(under_the_middleware, Bytes::new);
        println!("actix: {handler} bytes in a handler, {middleware} under the middleware");
        assert!(middleware <= handler + 1024, "{middleware}, {handler}");
    }

    #[test]
    fn the_memory_for_a_body_is_its_length() {
        let _alone = alone();
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
        let _alone = alone();
        let handler = weight(&in_a_handler(), Bytes::new);
        let layer = weight(&under_the_layer(), Bytes::new);
        println!("axum: {handler} bytes in a handler, {layer} under the layer");
        assert!(layer <= handler + 2048, "{layer}, {handler}");
    }

    #[test]
    fn the_memory_for_a_body_is_its_length() {
        let _alone = alone();
        let app = under_the_layer();
        let (without, with) = (weight(&app, Bytes::new), weight(&app, body));
        assert!(with <= without + 512, "{with}, {without}");
    }
}

mod over_sockets {
    use std::future::ready;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use http::Response;
    use support::{Actix, Application, Axum, Framework, Listening, Mount, on_each_mount, until};

    use super::*;

    /// A connection and what its handler does.
    #[derive(Clone, Copy)]
    enum Kind {
        /// Answers at once, so that the connection is idle.
        Idle,
        Suspended,
        /// The same, without another pass.
        Hold,
    }

    fn act(c: &Continuation<String>, kind: Kind) -> Outcome<Response<Bytes>> {
        match kind {
            Kind::Idle => Ok(Response::new("tea".into())),
            Kind::Suspended => Err(c.suspend("tea", LONG_POLL)),
            Kind::Hold => Err(c.suspend("tea", LONG_POLL).without_another_pass()),
        }
    }

    fn get(server: &Listening) -> TcpStream {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let lines = HEADERS.map(|(name, value)| format!("{name}: {value}\r\n"));
        let request = format!("GET /tea HTTP/1.1\r\n{}\r\n", lines.concat());
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    const MANY: usize = 100;

    /// The bytes that each of many connections takes, in the server and in the hub.
    fn each(on: impl Framework, mount: Mount, kind: Kind) -> usize {
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let poll = move |c, _| ready(act(&c, kind));
        let mut server = on.listen(Application::held(mount, &hub, poll));
        let connect = || {
            let held = hub.suspended_count();
            let mut streams: Vec<_> = (0..MANY).map(|_| get(&server)).collect();
            match kind {
                Kind::Idle => streams
                    .iter_mut()
                    .for_each(|stream| stream.read_exact(&mut [0]).unwrap()),
                Kind::Suspended | Kind::Hold => {
                    until("they are held", || hub.suspended_count() == held + MANY);
                }
            }
            streams
        };
        // What all of them share is there with the first.
        let first = connect();
        let mark = Mark::everywhere();
        let many = connect();
        let each = mark.bytes() / MANY;
        drop((many, first));
        // All of it has been freed when the next measurement begins.
        hub.shutdown();
        server.stop();
        server.ended();
        each
    }

    /// Bytes that a hold may take beyond its idle connection. A hold in a handler keeps what the handler has extracted.
    trait Bounds: Framework {
        fn bound(self, mount: Mount) -> usize;
    }

    impl Bounds for Axum {
        fn bound(self, mount: Mount) -> usize {
            match mount {
                Mount::InAHandler => 1536,
                Mount::UnderTheLayer => 512,
            }
        }
    }

    /// An idle connection of actix has given its request back, and all that was made to route it.
    impl Bounds for Actix {
        fn bound(self, _: Mount) -> usize {
            10 << 10
        }
    }

    on_each_mount!(
        a_hold_keeps_little_besides_its_connection_and_less_than_a_request_that_is_executed_again,
        |on, mount| {
            let _alone = alone();
            let [idle, suspended, hold] =
                [Kind::Idle, Kind::Suspended, Kind::Hold].map(|kind| each(on, mount, kind));
            println!("{mount:?}: {idle} bytes idle, {suspended} suspended, {hold} in a hold");
            // The least of it is what the adapter of actix lets go: 600 bytes.
            assert!(hold + 256 < suspended, "{hold}, {suspended}");
            let besides = hold.saturating_sub(idle);
            assert!(besides <= on.bound(mount), "{besides} bytes");
        }
    );
}
