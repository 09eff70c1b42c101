//! Waking, with no lock held, whatever the wakers do.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::engine::Woken;

/// Wakes them all, first come first, whichever of the wakers panic.
pub(super) fn wake(woken: Woken) -> Caught {
    let mut caught = Caught::default();
    woken.for_each(|waker| {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
            caught.0.get_or_insert(panic);
        }
    });
    caught
}

/// The first panic of some wakers. It must not keep anybody from being woken, nor be lost.
#[derive(Debug, Default)]
#[must_use = "the panic goes on once everybody has been woken"]
pub(super) struct Caught(Option<Box<dyn Any + Send>>);

impl Caught {
    /// Keeps the earlier of two panics.
    pub(super) fn or(self, later: Self) -> Self {
        Self(self.0.or(later.0))
    }

    /// Lets the panic go on, unless another one is under way: two at once would end the process.
    pub(super) fn resume(self) {
        match self.0 {
            Some(panic) if !std::thread::panicking() => resume_unwind(panic),
            _ => {}
        }
    }
}
