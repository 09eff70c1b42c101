//! The trait through which a timer or a mock clock drives the waiters.

use std::panic::RefUnwindSafe;

/// Something with deadlines that a timer drives.
pub(crate) trait Driven: Send + Sync + RefUnwindSafe {
    /// A tick before which nothing is due, or `u64::MAX` if there is no deadline.
    fn next_deadline(&self) -> u64;

    /// Like [`next_deadline`](Self::next_deadline), but waits for a thread that is about to change the deadline.
    ///
    /// A test moves its clock after it has seen that a request is suspended. The deadline of that request must be
    /// found.
    fn next_deadline_exactly(&self) -> u64;

    /// Does the work that is due at `now`, and returns the number of waits that have expired.
    fn expire(&self, now: u64) -> usize;

    /// Records a panic during [`expire`](Self::expire). No caller can handle it.
    fn panicked(&self);
}
