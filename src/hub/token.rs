//! The notify that was meant for one.

use std::sync::Arc;

use crate::engine::Fingerprint;
use crate::telemetry::Happening;

use super::shared::Shared;

/// Held by the request that a `notify_one` has chosen, until its next pass has ended.
///
/// If that does not come about, whatever the reason, dropping the token passes it on to the next
/// one who waits for the key.
#[derive(Debug)]
#[must_use = "it is spent by the pass that it was meant for"]
pub(crate) struct Token {
    hub: Arc<Shared>,
    key: Option<Fingerprint>,
}

impl Token {
    pub(super) fn new(hub: &Arc<Shared>, key: Fingerprint) -> Self {
        Self {
            hub: Arc::clone(hub),
            key: Some(key),
        }
    }

    /// The pass has ended.
    pub(crate) fn spend(mut self) {
        self.key = None;
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // Whoever goes away has no part in what the waker of another one does.
            if self.hub.pass_on(key).swallow() {
                self.hub.telemetry.tell(0, Happening::Panic);
            }
        }
    }
}
