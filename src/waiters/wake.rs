//! Waking, with no lock held, whatever the wakers do.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

use crate::engine::{Notified, WakeAll, Woken};
use crate::sync::order::nothing_is_held;

/// Wakes them all, first come first, whichever of the wakers panic.
pub(super) fn wake(woken: Woken) -> FirstPanic {
    let mut first_panic = FirstPanic::default();
    woken.wake_with(&mut first_panic);
    first_panic
}

/// Wakes what a notify has found that concerns no other shard.
pub(super) fn wake_notified(notified: Notified) -> FirstPanic {
    match notified {
        Notified::Local(woken) | Notified::Many(woken, _) => wake(woken),
        Notified::None | Notified::Remote(_) => FirstPanic::default(),
    }
}

/// Wakes a limited number at once, first come first, and keeps the others for later.
#[derive(Debug)]
pub(super) struct LimitedWaker {
    /// How many may still be woken at once.
    left: usize,
    pub(super) later: Vec<Waker>,
    pub(super) first_panic: FirstPanic,
}

impl LimitedWaker {
    pub(super) fn new(most: usize) -> Self {
        Self {
            left: most,
            later: Vec::new(),
            first_panic: FirstPanic::default(),
        }
    }
}

impl WakeAll for LimitedWaker {
    fn wake_all(&mut self, mut wakers: impl Iterator<Item = Waker>) {
        let left = &mut self.left;
        self.first_panic
            .wake_all(wakers.by_ref().take(*left).inspect(|_| *left -= 1));
        self.later.extend(wakers);
    }
}

/// After a panic it goes on with the next.
impl WakeAll for FirstPanic {
    fn wake_all(&mut self, mut wakers: impl Iterator<Item = Waker>) {
        debug_assert!(nothing_is_held(), "a waker is foreign code");
        loop {
            let rest = AssertUnwindSafe(|| wakers.by_ref().for_each(Waker::wake));
            match catch_unwind(rest) {
                Ok(()) => return,
                Err(panic) => self.keep(Self(Some(panic))),
            }
        }
    }
}

/// The first panic of some wakers. The other wakers must still be woken, and the panic must not be lost.
#[derive(Debug, Default)]
#[must_use = "the panic goes on once everybody has been woken"]
pub(super) struct FirstPanic(Option<Box<dyn Any + Send>>);

impl FirstPanic {
    pub(super) fn wake(&mut self, waker: Waker) {
        self.wake_all(std::iter::once(waker));
    }

    /// Keeps the earlier of two panics.
    pub(super) fn keep(&mut self, later: Self) {
        match (&self.0, later.0) {
            (None, panic) => self.0 = panic,
            // What a panic carries may panic when it is dropped, and that could not be caught.
            (Some(_), panic) => std::mem::forget(panic),
        }
    }

    /// Drops the panic, of which no caller is told. Returns whether there was one.
    pub(super) fn swallow(self) -> bool {
        let panicked = self.0.is_some();
        std::mem::forget(self.0);
        panicked
    }

    /// Lets the panic go on, unless another one is under way: two at once would end the process.
    #[inline]
    pub(super) fn resume(self) {
        match self.0 {
            None => {}
            Some(panic) if std::thread::panicking() => std::mem::forget(panic),
            Some(panic) => resume_unwind(panic),
        }
    }
}
