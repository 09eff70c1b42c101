//! What a clock drives.

use std::panic::RefUnwindSafe;

/// What a clock drives: things that become due.
pub(crate) trait Driven: Send + Sync + RefUnwindSafe {
    /// A tick before which nothing is due, or `u64::MAX`.
    fn next_deadline(&self) -> u64;

    /// The same, and it waits for whoever is about to change it.
    ///
    /// A test moves its clock when it has seen that a request is suspended: that one must be found.
    fn next_deadline_exactly(&self) -> u64;

    /// Does what is due at `now`, and returns how much that was.
    fn expire(&self, now: u64) -> usize;

    /// Notes that something has panicked while that was done, and that nobody else was told.
    fn panicked(&self);
}
