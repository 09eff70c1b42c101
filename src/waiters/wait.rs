//! What one suspension asks for.

use std::time::Duration;

use crate::engine::Fingerprint;
use crate::on_expiry::OnExpiry;

use super::keys::Keys;

/// What a suspension asks for. It travels from the token to the engine.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(crate) keys: Keys,
    /// The wait expires at the earlier of two times. `timeout` counts from the request's arrival or its last expiry,
    /// and `timeout_from_now` counts from the suspension.
    pub(crate) timeout: Duration,
    pub(crate) timeout_from_now: Option<Duration>,
    /// A `notify_one` chooses the waiter with the highest priority.
    pub(crate) priority: u8,
    pub(crate) client: Option<Fingerprint>,
    pub(crate) on_expiry: OnExpiry,
    /// The request is held until its timeout, and no pass follows.
    pub(crate) is_hold: bool,
    /// The number of the latest notify before the pass that suspends. It is known when that pass has ended.
    pub(crate) start: u64,
}

impl Wait {
    #[inline]
    pub(crate) fn new(keys: Keys, timeout: Duration) -> Self {
        Self {
            keys,
            timeout,
            timeout_from_now: None,
            priority: 0,
            client: None,
            on_expiry: OnExpiry::default(),
            is_hold: false,
            start: 0,
        }
    }

    /// Waits for the keys of both, and no longer than the shorter of them.
    pub(crate) fn unite(self, other: Self, max_keys: usize) -> Self {
        Self {
            keys: self.keys.unite(other.keys, max_keys),
            timeout: self.timeout.min(other.timeout),
            timeout_from_now: earlier(self.timeout_from_now, other.timeout_from_now),
            priority: self.priority.max(other.priority),
            client: self.client.or(other.client),
            on_expiry: self.on_expiry.and_then(other.on_expiry),
            is_hold: self.is_hold && other.is_hold,
            ..other
        }
    }
}

fn earlier(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    [one, other].into_iter().flatten().min()
}
