//! What a client may send and hold.

use std::time::Duration;

use super::Execution;

/// What an adapter lets a client send and hold, unless it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestLimits {
    /// Bytes that a body may have: 2 MiB.
    pub max_body_size: usize,
    /// Time that a body may take to arrive: 30 seconds.
    pub body_timeout: Duration,
    /// Time that a request may be held in all: what the hub [allows](crate::HubBuilder::max_hold), if it is `None`.
    pub max_hold: Option<Duration>,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            max_body_size: 2 << 20,
            body_timeout: Duration::from_secs(30),
            max_hold: None,
        }
    }
}

impl RequestLimits {
    /// Sets how long a request may be held, if that is said here.
    pub fn hold<K, D>(&self, execution: Execution<K, D>) -> Execution<K, D> {
        match self.max_hold {
            Some(limit) => execution.max_hold(limit),
            None => execution,
        }
    }
}
