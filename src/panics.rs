//! Catching the panics of foreign code that concern no caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a function whose panic concerns nothing else, and returns whether it panicked. The panic hook has reported
/// it.
#[must_use = "a panic is counted"]
pub(crate) fn catch_panic(act: impl FnOnce()) -> bool {
    let done = catch_unwind(AssertUnwindSafe(act));
    let panicked = done.is_err();
    // What a panic carries may panic when it is dropped.
    std::mem::forget(done);
    panicked
}
