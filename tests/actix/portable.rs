//! A handler that knows no framework: the same as in the axum tests.

use actix_web::{App, web};
use bytes::Bytes;
use dacapo::actix::Resume;
use dacapo::{Continuation, Outcome};
use http::{Request, Response};

use crate::{LONG_POLL, hub, init, ok, poll, send};

async fn news(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    if c.is_initial() {
        return Err(c.suspend(request.uri().path(), LONG_POLL));
    }
    let body = [request.method().as_str(), " ", request.uri().path(), " "]
        .concat()
        .into_bytes();
    let body = [
        &body,
        request.headers()["x-word"].as_bytes(),
        b" ",
        request.body(),
    ]
    .concat();
    Ok(Response::builder()
        .status(200)
        .header("x-answer", "1")
        .body(body.into())
        .unwrap())
}

#[test]
fn it_is_mounted_and_gets_the_whole_request_in_every_pass() {
    let (hub, _clock) = hub();
    let news = web::post()
        .to(dacapo::actix::handler(news))
        .wrap(Resume::new(hub.clone()));
    let app = init!(App::new().service(web::resource("/rooms/{room}").route(news)));
    let request = actix_web::test::TestRequest::post()
        .uri("/rooms/lobby")
        .insert_header(("x-word", "da"));
    let mut pending = send(&app, request.set_payload("capo").to_request());
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("/rooms/lobby"), 1);
    assert_eq!(poll(&mut pending), ok("POST /rooms/lobby da capo"));
}
