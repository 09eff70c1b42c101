//! The axum adapter, without a socket and without a runtime.

mod body;
mod failures;
mod middleware;
mod placement;

use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use dacapo::{Hub, MockClock};
use futures::FutureExt;
use tower::ServiceExt;

const LONG_POLL: Duration = Duration::from_secs(30);

/// A request on its way through an application.
type Pending = Pin<Box<dyn Future<Output = Response>>>;

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}

fn send(app: &Router, request: Request) -> Pending {
    Box::pin(app.clone().oneshot(request).map(|answer| answer.unwrap()))
}

fn get(uri: &str) -> Request {
    Request::get(uri).body(Body::empty()).unwrap()
}

fn post(uri: &str, content_type: &str, body: &str) -> Request {
    let request = Request::post(uri).header("content-type", content_type);
    request.body(Body::from(body.to_owned())).unwrap()
}

/// The answer, if it is there.
fn poll(pending: &mut Pending) -> Option<(StatusCode, String)> {
    let response = pending.as_mut().now_or_never()?;
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).now_or_never();
    Some((
        status,
        String::from_utf8(body.unwrap().unwrap().into()).unwrap(),
    ))
}

fn ok(body: &str) -> Option<(StatusCode, String)> {
    Some((StatusCode::OK, body.to_owned()))
}
