//! Until when a timer is parked, and when another thread must unpark it.

use std::sync::Weak;

use crate::panics::catch_panic;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::time::{Clock, Driven};

/// Until when a timer is parked.
///
/// It parks until the next deadline, and without a limit while there is none. A thread that makes an earlier deadline
/// must unpark it, and should not have to do so otherwise. This is Dekker's problem, and has his solution:
///
/// ```text
///   timer:   wakes_at = next;      fence;   read the deadlines again
///   others:  write the deadline;   fence;   read wakes_at
/// ```
///
/// One of the two sees what the other wrote. Without *both* fences the timer can sleep past a deadline.
#[derive(Debug, Default)]
pub(super) struct Parker {
    /// The tick until which it is parked; `AWAKE` while it is not.
    wakes_at: AtomicU64,
}

impl Parker {
    /// Whether the timer must be unparked for a deadline that has been written.
    pub(super) fn must_unpark(&self, deadline: u64) -> bool {
        fence(Ordering::SeqCst);
        deadline < self.wakes_at.load(Ordering::Relaxed)
    }

    /// Does what is due, and returns the tick until which the timer sleeps. If an earlier deadline has come in, that
    /// tick has passed already. Returns `None` if what the timer drives is gone.
    pub(super) fn turn(&self, clock: &Clock, driven: &Weak<dyn Driven>) -> Option<u64> {
        let target = driven.upgrade()?;
        self.wakes_at.store(AWAKE, Ordering::Relaxed);
        // There is no caller that could be told of a waker's panic, and it must not stop the time for all others.
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

/// Earlier than every deadline.
pub(super) const AWAKE: u64 = 0;
