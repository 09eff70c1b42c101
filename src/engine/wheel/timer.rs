//! What is in the wheel.

/// A deadline and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timer {
    /// The tick at which it is due.
    pub(crate) when: u64,
    pub(crate) slot: u32,
    /// Tells the slot's present tenant from former ones whose timers still lie about.
    pub(crate) stamp: u32,
}
