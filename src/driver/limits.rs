//! The limits of one request.

use std::time::Duration;

use super::Execution;

/// What a client can send and hold with one request. `RequestLimits::default()` has the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestLimits {
    /// Maximum size of a body in bytes. The default is 2 MiB.
    pub max_body_size: usize,
    /// Time in which a body must arrive. The default is 30 seconds.
    pub body_timeout: Duration,
    /// Maximum time for which a request can be held. The default is `None`, which means the [hub's
    /// limit](crate::HubBuilder::max_hold).
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
    /// Applies `max_hold` to an execution, if it is set.
    pub fn hold<K, D>(&self, execution: Execution<K, D>) -> Execution<K, D> {
        match self.max_hold {
            Some(limit) => execution.max_hold(limit),
            None => execution,
        }
    }
}
