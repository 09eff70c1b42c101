//! An entry of the wheel.

/// A deadline, and the waiter that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timer {
    /// The tick at which it is due.
    pub(crate) when: u64,
    pub(crate) slot: u32,
    /// Distinguishes the slot's present waiter from earlier ones. Their timers may still be in the wheel.
    pub(crate) stamp: u32,
}
