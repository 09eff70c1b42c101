//! Parks a timer until the next deadline, and decides when another thread must unpark it.

use std::sync::Weak;

use crate::panics::catch_panic;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::time::{Clock, Driven};

/// The time until which a timer is parked.
///
/// The timer parks until the next deadline, or without a limit if there is none. A thread that adds an earlier
/// deadline must unpark it. A thread that adds a later deadline should not. This is Dekker's problem, and this is his
/// solution:
///
/// ```text
///   timer:   wakes_at = next;      fence;   read the deadlines again
///   others:  write the deadline;   fence;   read wakes_at
/// ```
///
/// At least one of the two sees what the other has written. Without *both* fences, the timer can sleep past a
/// deadline.
#[derive(Debug, Default)]
pub(super) struct Parker {
    /// The tick until which the timer is parked, or `AWAKE` if it is not parked.
    wakes_at: AtomicU64,
}

impl Parker {
    /// Whether the timer must be unparked for a deadline that has been written.
    pub(super) fn must_unpark(&self, deadline: u64) -> bool {
        fence(Ordering::SeqCst);
        deadline < self.wakes_at.load(Ordering::Relaxed)
    }

    /// Ends the waits that are due, and returns the tick until which the timer sleeps. If an earlier deadline has
    /// been added, that tick is in the past. Returns `None` if the waiters have been dropped.
    pub(super) fn turn(&self, clock: &Clock, driven: &Weak<dyn Driven>) -> Option<u64> {
        let target = driven.upgrade()?;
        self.wakes_at.store(AWAKE, Ordering::Relaxed);
        // No caller can handle the panic of a waker, and it must not stop the time of all other waiters.
        if catch_panic(|| _ = target.expire(clock.now().tick())) {
            target.panicked();
        }
        let next = target.next_deadline();
        self.wakes_at.store(next, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let is_earlier = target.next_deadline() < next;
        Some(if is_earlier { AWAKE } else { next })
    }
}

/// Before every deadline.
pub(super) const AWAKE: u64 = 0;
