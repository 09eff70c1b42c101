//! Tests of the behaviour that the recipes in the documentation describe.

mod approval;
mod bodies;
mod cache;
mod errors;
mod layers;
mod permissions;
mod refusals;
mod stats;

use std::time::Duration;

use dacapo::{Continuation, Outcome};

const HOLD: Duration = Duration::from_secs(30);

/// Waits for the first thing that happens.
async fn news(c: Continuation<String>) -> Outcome<&'static str> {
    match c.is_initial() {
        true => Err(c.suspend("news", HOLD)),
        false if c.is_expired() => Ok("nothing new"),
        false => Ok("news"),
    }
}
