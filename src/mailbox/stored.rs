//! An item as it is kept.

use std::sync::Arc;
use std::time::Duration;

/// An item, and what its limits are measured by.
#[derive(Debug)]
pub(super) struct Stored<T> {
    pub(super) id: u64,
    pub(super) pushed_at: Duration,
    pub(super) weight: usize,
    pub(super) value: Arc<T>,
}
