//! A handler that knows no framework.

use axum::Router;
use axum::routing;
use bytes::Bytes;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Outcome};
use http::{Request, Response};

use crate::{LONG_POLL, hub, ok, poll, post, send};

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
    Ok(Response::builder().status(200).body(body.into()).unwrap())
}

#[test]
fn it_is_mounted_and_gets_the_whole_request_in_every_pass() {
    let (hub, _clock) = hub();
    let news = routing::post(dacapo::axum::handler(news)).layer(ResumeLayer::new(hub.clone()));
    let app = Router::new().route("/rooms/{room}", news);
    let mut request = post("/rooms/lobby", "text/plain", "capo");
    request
        .headers_mut()
        .insert("x-word", "da".parse().unwrap());
    let mut pending = send(&app, request);
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("/rooms/lobby"), 1);
    assert_eq!(poll(&mut pending), ok("POST /rooms/lobby da capo"));
}
