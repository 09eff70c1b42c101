//! Panics of foreign code that are nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does something of which no panic concerns anybody else, and returns whether there was none. The
/// panic hook has reported it.
#[must_use = "a panic is to be counted"]
pub(crate) fn undisturbed(act: impl FnOnce()) -> bool {
    let done = catch_unwind(AssertUnwindSafe(act));
    let undisturbed = done.is_ok();
    // What a panic carries may panic when it is dropped.
    std::mem::forget(done);
    undisturbed
}
