//! Waking, with no lock held. A waker may do anything, even panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

use crate::engine::{Notified, WakeAll, Woken};
use crate::sync::order::nothing_is_held;

/// Wakes all of them in order, even if some of the wakers panic.
pub(super) fn wake(woken: Woken) -> FirstPanic {
    let mut first_panic = FirstPanic::default();
    woken.wake_with(&mut first_panic);
    first_panic
}

/// Wakes the waiters of this shard that a notify has found.
pub(super) fn wake_notified(notified: Notified) -> FirstPanic {
    match notified {
        Notified::Local(woken) | Notified::Many(woken, _) => wake(woken),
        Notified::None | Notified::Remote(_) => FirstPanic::default(),
    }
}

/// Keeps them for later.
impl WakeAll for Vec<Waker> {
    fn wake_all(&mut self, wakers: impl Iterator<Item = Waker>) {
        self.extend(wakers);
    }
}

/// Goes on with the next waker after a panic.
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
#[must_use = "resume the panic when all waiters have been woken"]
pub(super) struct FirstPanic(Option<Box<dyn Any + Send>>);

impl FirstPanic {
    pub(super) fn wake(&mut self, waker: Waker) {
        self.wake_all(std::iter::once(waker));
    }

    /// Keeps the earlier of two panics.
    pub(super) fn keep(&mut self, later: Self) {
        match (&self.0, later.0) {
            (None, panic) => self.0 = panic,
            // Dropping the payload of a panic may panic again, and that could not be caught.
            (Some(_), panic) => std::mem::forget(panic),
        }
    }

    /// Discards the panic, and returns whether there was one.
    pub(super) fn swallow(self) -> bool {
        let panicked = self.0.is_some();
        std::mem::forget(self.0);
        panicked
    }

    /// Resumes the panic, unless this thread is panicking already: a second panic would abort the process.
    #[inline]
    pub(super) fn resume(self) {
        match self.0 {
            None => {}
            Some(panic) if std::thread::panicking() => std::mem::forget(panic),
            Some(panic) => resume_unwind(panic),
        }
    }
}
