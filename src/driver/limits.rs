//! What a client may send and hold.

use std::time::Duration;

/// What an adapter lets a client send and hold, unless it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestLimits {
    /// Bytes that a body may have: 2 MiB.
    pub max_body_size: usize,
    /// Time that a body may take to arrive: 30 seconds.
    pub body_timeout: Duration,
    /// Time that a request may be held in all: 2 minutes.
    pub max_hold: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            max_body_size: 2 << 20,
            body_timeout: Duration::from_secs(30),
            max_hold: Duration::from_secs(120),
        }
    }
}
