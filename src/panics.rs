//! Panics of foreign code that are nobody else's.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does something of which no panic concerns anybody else. The panic hook has reported it.
pub(crate) fn undisturbed(act: impl FnOnce()) {
    let done = catch_unwind(AssertUnwindSafe(act));
    // What a panic carries may panic when it is dropped.
    std::mem::forget(done);
}
