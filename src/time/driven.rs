//! The trait through which a timer or a mock clock reaches the things that become due.

use std::panic::RefUnwindSafe;

/// What a clock drives: things that become due.
pub(crate) trait Driven: Send + Sync + RefUnwindSafe {
    /// A tick before which nothing is due, or `u64::MAX`.
    fn next_deadline(&self) -> u64;

    /// Like [`next_deadline`](Self::next_deadline), but waits for a thread that is about to change the deadline.
    ///
    /// A test moves its clock when it has seen that a request is suspended. The deadline of that request must be found.
    fn next_deadline_exactly(&self) -> u64;

    /// Does what is due at `now`, and returns how much that was.
    fn expire(&self, now: u64) -> usize;

    /// Records that something has panicked during [`expire`](Self::expire), and that no caller was told.
    fn panicked(&self);
}
