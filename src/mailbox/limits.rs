//! How much a mailbox keeps.

use std::time::Duration;

#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// Items of a key.
    pub(super) len: usize,
    pub(super) age: Duration,
    pub(super) bytes_per_key: usize,
    pub(super) keys: usize,
    /// Bytes in all.
    pub(super) bytes: usize,
}

impl Limits {
    /// The same, with room for one key that has one item at least, and for all that one key may
    /// keep.
    pub(super) fn possible(self) -> Self {
        Self {
            len: self.len.max(1),
            bytes_per_key: self.bytes_per_key.min(self.bytes),
            keys: self.keys.max(1),
            ..self
        }
    }

    /// Whether items ever become too old.
    pub(super) fn has_age(&self) -> bool {
        self.age != Duration::MAX
    }
}
