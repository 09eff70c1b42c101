//! Waiting until no request is suspended.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::engine::Fingerprint;
use crate::time::Instant;

use super::Waiters;
use super::registration::Registration;
use super::wake::{FirstPanic, wake_notified};

/// Waits until no request of a hub is suspended. Made by [`Hub::drained`](crate::Hub::drained).
///
/// It is a waiter like any other, under a key that no application can have.
#[must_use = "futures do nothing unless polled"]
pub struct Drained {
    waiters: Arc<Waiters>,
    registration: Registration,
}

/// All other keys are hashed under a secret. The chance that such a hash is 0 is 1 in 2¹²⁸.
const DRAINED: Fingerprint = Fingerprint::new(0);

impl Drained {
    pub(crate) fn new(waiters: Arc<Waiters>) -> Self {
        Self {
            waiters,
            registration: Registration::NONE,
        }
    }
}

impl Waiters {
    /// Wakes these futures, after the last suspended request has been resumed.
    pub(super) fn wake_drained(&self) -> FirstPanic {
        let shard = self.shard_of(DRAINED);
        let notified = self.with_shard(shard, |shard| shard.end_key(DRAINED));
        wake_notified(notified)
    }
}

impl Future for Drained {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self {
            waiters,
            registration,
        } = self.get_mut();
        while !registration.is_registered() || registration.poll(waiters, cx.waker()).is_ready() {
            let waker = cx.waker().clone();
            // It needs no timer, so this cannot fail.
            let _ = registration.watch(waiters, Some(DRAINED), Instant::NEVER, waker);
        }
        // The last request first reduces the count and then looks for this waiter, under the lock of its shard. So
        // either this poll sees the count, or the request finds the waiter.
        match waiters.suspended_count() {
            0 => {
                drop(registration.deregister(waiters));
                Poll::Ready(())
            }
            _ => Poll::Pending,
        }
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        drop(self.registration.deregister(&self.waiters));
    }
}

impl fmt::Debug for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drained")
            .field("suspended", &self.waiters.suspended_count())
            .finish_non_exhaustive()
    }
}
