//! What axum has that no other framework has: its layers, their readiness, its errors and its extractors.
//!
//! What it has in common with actix is in `tests/frameworks`.

mod body;
mod failures;
mod layers;
mod middleware;

use std::time::Duration;

use axum::Router;
use dacapo::{Hub, MockClock};
use http::Request;
use support::{Body, Pending, get, ok, on_axum, poll};

const LONG_POLL: Duration = Duration::from_secs(30);

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}

fn send(app: &Router, request: Request<Body>) -> Pending {
    on_axum::server(app.clone()).send(request)
}
