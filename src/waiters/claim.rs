//! A notify that was meant for one request.

use std::sync::Arc;

use crate::engine::Fingerprint;
use crate::payload::Payload;
use crate::telemetry::Event;

use super::Waiters;

/// Held by the request that a `notify_one` has chosen, until its next pass has ended.
///
/// If that pass does not end, for whatever reason, dropping the claim passes the notify on to the next waiter.
#[derive(Debug)]
#[must_use = "it is spent by the pass that it was meant for"]
pub(crate) struct Claim(Box<Notify>);

/// Boxed, because few requests have one.
#[derive(Debug)]
struct Notify {
    waiters: Arc<Waiters>,
    key: Option<Fingerprint>,
    /// What came with the notify goes on with it.
    payload: Option<Payload>,
}

impl Claim {
    pub(super) fn new(waiters: &Arc<Waiters>, key: Fingerprint, payload: Option<&Payload>) -> Self {
        Self(Box::new(Notify {
            waiters: Arc::clone(waiters),
            key: Some(key),
            payload: payload.cloned(),
        }))
    }

    /// The pass has ended.
    pub(crate) fn spend(mut self) {
        self.0.key = None;
    }
}

impl Drop for Notify {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // The panic of another request's waker is none of this one's.
            if self.waiters.pass_on(key, self.payload.as_ref()).swallow() {
                self.waiters.telemetry.tell(0, Event::Panic);
            }
        }
    }
}
