//! Changes between two polls of a client that sends its cursor back, on every framework.

mod actors;
mod board;
mod keys;
mod polls;
mod round_robin;
mod text;

use std::time::Duration;

const HOLD: Duration = Duration::from_secs(30);
