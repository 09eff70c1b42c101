//! What actix has that no other framework has: upgrades, its errors, request extensions, its readiness.
//!
//! What it has in common with axum is in `tests/frameworks`.

mod body;
mod failures;
mod kept;
mod middleware;

use std::time::Duration;

use dacapo::{Hub, MockClock};
use support::{ok, poll};

const LONG_POLL: Duration = Duration::from_secs(30);

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}
