//! A notify for a single request.

use std::sync::Arc;

use crate::engine::Fingerprint;
use crate::payload::Payload;

use super::Waiters;

/// Held by the request that a `notify_one` has chosen, until its next pass has ended.
///
/// If that pass does not end, for any reason, the claim is dropped and passes the notify on to the next waiter.
#[derive(Debug)]
#[must_use = "spend it when the pass has ended, or the notify is passed on"]
pub(crate) struct Claim(Box<Notify>);

/// Boxed, because few requests have one.
#[derive(Debug)]
struct Notify {
    waiters: Arc<Waiters>,
    key: Option<Fingerprint>,
    /// The payload of the notify, which is passed on with it.
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

    /// The pass has ended, so the notify has done its work.
    pub(crate) fn spend(mut self) {
        self.0.key = None;
    }
}

impl Drop for Notify {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let first_panic = self.waiters.pass_on(key, self.payload.as_ref());
            self.waiters.swallow(first_panic);
        }
    }
}
