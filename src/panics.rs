//! Catching panics of foreign code that no caller can handle.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a function, catches its panic and returns whether it panicked. The panic hook has already reported the
/// panic.
#[must_use = "a panic is counted"]
pub(crate) fn catch_panic(act: impl FnOnce()) -> bool {
    let done = catch_unwind(AssertUnwindSafe(act));
    let panicked = done.is_err();
    // Dropping the payload of a panic may panic again.
    std::mem::forget(done);
    panicked
}
