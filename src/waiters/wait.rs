//! What one suspension asks for.

use std::time::Duration;

use crate::engine::Fingerprint;
use crate::on_expiry::OnExpiry;

use super::keys::Keys;

/// What a suspension asks for, on its way from the token to the engine.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(crate) keys: Keys,
    /// It counts from the request's arrival or its last expiry, or from the suspension.
    pub(crate) timeout: Duration,
    pub(crate) from_now: bool,
    /// A `notify_one` chooses the highest first.
    pub(crate) priority: u8,
    pub(crate) client: Option<Fingerprint>,
    pub(crate) on_expiry: OnExpiry,
    /// How many notifies had been made when the pass began that suspends. Known once it has ended.
    pub(crate) start: u64,
    /// When the wait expires, if ever. Known once the pass has ended.
    pub(crate) due: Option<Duration>,
}

impl Wait {
    #[inline]
    pub(crate) fn new(keys: Keys, timeout: Duration) -> Self {
        Self {
            keys,
            timeout,
            from_now: false,
            priority: 0,
            client: None,
            on_expiry: OnExpiry::default(),
            start: 0,
            due: None,
        }
    }
}
