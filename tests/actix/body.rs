//! The body, as actix has it: upgrades, tunnels, and a payload that has become an error further out.

use std::time::Duration;

use actix_web::App;
use actix_web::dev::{Payload, Service};
use actix_web::error::PayloadError;
use actix_web::web::{self, Bytes};
use dacapo::actix::{Resume, handler};
use dacapo::{Continuation, Hub, Outcome};
use futures::{Stream, StreamExt, stream};
use http::{Method, Request, Response, StatusCode};
use support::{Body, Server, on_actix};

use crate::{LONG_POLL, hub, ok, poll};

async fn echo(c: Continuation<String>, body: Bytes) -> Outcome<Bytes> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(body)
    }
}

fn resume(hub: &Hub<String>) -> Resume<String> {
    Resume::new(hub.clone())
        .max_body_size(8)
        .body_timeout(Duration::from_secs(5))
}

fn server(hub: &Hub<String>) -> Server {
    let resource = web::resource("/").wrap(resume(hub)).route(web::to(echo));
    on_actix::server(App::new().service(resource))
}

#[track_caller]
fn is_answered_with(status: StatusCode, server: &Server, request: Request<Body>) {
    assert_eq!(poll(&mut server.send(request)).unwrap().0, status);
}

/// A request that says that it is an upgrade.
fn tunnel(
    method: Method,
    pieces: impl Stream<Item = &'static str> + Send + 'static,
) -> Request<Body> {
    let request = Request::builder().method(method).uri("/");
    let request = request.header("upgrade", "websocket");
    request.body(Body::from_stream(pieces.map(Ok))).unwrap()
}

#[test]
fn what_follows_an_upgrade_or_a_connect_is_not_read_before_a_pass_reads_it() {
    async fn first_piece(c: Continuation<String>, mut stream: web::Payload) -> Outcome<Bytes> {
        match c.pass() {
            1 => Err(c.suspend("go", LONG_POLL)),
            2 => {
                assert_eq!(stream.next().await.unwrap().unwrap(), "one");
                Err(c.suspend("go", LONG_POLL))
            }
            _ => Ok(stream.next().await.unwrap().unwrap()),
        }
    }
    let (hub, _clock) = hub();
    for method in [Method::GET, Method::CONNECT] {
        let resource = web::resource("/")
            .wrap(Resume::new(hub.clone()).max_body_size(0))
            .route(web::to(first_piece));
        let server = on_actix::server(App::new().service(resource));
        let endless = stream::iter(["one", "two"]).chain(stream::pending());
        let mut pending = server.send(tunnel(method, endless));
        for _ in 0..2 {
            assert_eq!(poll(&mut pending), None);
            assert_eq!(hub.notify("go"), 1);
        }
        assert_eq!(poll(&mut pending), ok("two"));
    }
}

#[test]
fn a_handler_without_a_framework_gets_no_body_of_what_has_none() {
    async fn length(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
        match c.is_initial() {
            true => Err(c.suspend("go", LONG_POLL)),
            false => Ok(Response::new(request.body().len().to_string().into())),
        }
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::to(handler(length)));
    let server = on_actix::server(App::new().service(resource));
    let frames = stream::iter(["frames"]).chain(stream::pending());
    let mut pending = server.send(tunnel(Method::GET, frames));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("go"), 1);
    assert_eq!(poll(&mut pending), ok("0"));
}

#[test]
fn a_body_with_an_end_of_its_own_does_not_get_around_the_limits_by_the_name_of_an_upgrade() {
    let (hub, _clock) = hub();
    for (method, header, value) in [
        (Method::GET, "transfer-encoding", "chunked"),
        (Method::CONNECT, "content-length", "9"),
        (Method::CONNECT, "transfer-encoding", "chunked"),
    ] {
        let mut request = tunnel(method, stream::iter(["12345", "6789"]));
        let headers = request.headers_mut();
        headers.insert(header, value.parse().unwrap());
        is_answered_with(StatusCode::PAYLOAD_TOO_LARGE, &server(&hub), request);
    }
}

#[test]
fn a_body_that_only_claims_to_be_an_upgrade_does_not_get_around_the_limits() {
    let (hub, clock) = hub();
    let mut slow = server(&hub).send(tunnel(Method::POST, stream::pending()));
    assert_eq!(poll(&mut slow), None);
    clock.advance(Duration::from_secs(5));
    assert_eq!(poll(&mut slow).unwrap().0, StatusCode::REQUEST_TIMEOUT);
    let large = tunnel(Method::POST, stream::iter(["12345", "6789"]));
    is_answered_with(StatusCode::PAYLOAD_TOO_LARGE, &server(&hub), large);
}

#[test]
fn a_limit_of_a_middleware_further_out_is_answered_as_what_it_is() {
    let (hub, _clock) = hub();
    let resource = web::resource("/").wrap(resume(&hub)).route(web::to(echo));
    let app = App::new().service(resource);
    let server = on_actix::server(app.wrap_fn(|mut request, service| {
        let limited = stream::iter([Ok(Bytes::from("12")), Err(PayloadError::Overflow)]);
        request.set_payload(Payload::from(limited.boxed_local()));
        service.call(request)
    }));
    let request = Request::post("/").body(Body::empty()).unwrap();
    is_answered_with(StatusCode::PAYLOAD_TOO_LARGE, &server, request);
}
