//! One table of tests for every framework, without a socket and without a runtime.
//!
//! `tests/axum` and `tests/actix` have what really differs between the two.

mod body;
mod extractors;
mod failures;
mod middleware;
mod placement;
mod portable;

use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, MockClock, Outcome};
use http::{Request, Response};

const LONG_POLL: Duration = Duration::from_secs(30);

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}

/// Suspends in its first pass; in the second it says so.
async fn once(c: Continuation<String>, _: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL)),
        false => says(format!("pass {}", c.pass())),
    }
}

/// Suspends in every pass.
async fn always(c: Continuation<String>, _: Request<Bytes>) -> Outcome<Response<Bytes>> {
    Err(c.suspend("go", LONG_POLL))
}

/// An answer.
fn says(what: impl Into<Bytes>) -> Outcome<Response<Bytes>> {
    Ok(Response::new(what.into()))
}
