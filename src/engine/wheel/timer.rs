//! What is in the wheel.

/// A deadline and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timer {
    /// The tick at which it is due.
    pub(crate) when: u64,
    pub(crate) slot: u32,
    /// Distinguishes the slot's present waiter from former ones whose timers are still in the wheel.
    pub(crate) stamp: u32,
}
