//! The body, as axum's own layers and extractors see it.

use std::task::{Context, Poll};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome};
use futures::stream;
use http::{Request, StatusCode};
use support::{Body, Lost};
use tower_http::limit::RequestBodyLimitLayer;

use crate::{LONG_POLL, hub, poll, send};

async fn echo(c: Continuation<String>, body: Bytes) -> Outcome<Bytes> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(body)
    }
}

fn app(hub: &Hub<String>) -> Router {
    let resume = ResumeLayer::new(hub.clone()).max_body_size(8);
    Router::new().route("/", post(echo)).layer(resume)
}

fn is_too_large(app: &Router, body: Body) -> bool {
    let request = Request::post("/").body(body).unwrap();
    let (status, _) = poll(&mut send(app, request)).unwrap();
    status == StatusCode::PAYLOAD_TOO_LARGE
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_asked_for() {
    let (hub, _clock) = hub();
    fn asked(_: &mut Context<'_>) -> Poll<Option<Result<Bytes, Lost>>> {
        panic!("the body was asked for");
    }
    let untouched = Body::from_stream(stream::poll_fn(asked));
    assert!(is_too_large(&app(&hub), untouched.announced(9)));
}

#[test]
fn a_limit_of_a_layer_further_out_is_answered_as_what_it_is() {
    let (hub, _clock) = hub();
    let app = app(&hub).layer(RequestBodyLimitLayer::new(4));
    assert!(is_too_large(&app, Body::pieces(&["123", "456"])));
}
