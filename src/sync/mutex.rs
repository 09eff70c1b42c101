//! A lock with a position in the order of all locks.

use std::ops::{Deref, DerefMut};

use super::order::Held;
use super::raw::{RawGuard, RawMutex};

/// A lock with a level: see [`order`](super::order).
#[derive(Debug, Default)]
pub(crate) struct Mutex<T, const LEVEL: u8>(RawMutex<T>);

impl<T, const LEVEL: u8> Mutex<T, LEVEL> {
    pub(crate) fn new(value: T) -> Self {
        Self(RawMutex::new(value))
    }

    #[inline]
    #[track_caller]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        let held = Held::new(LEVEL);
        Guard {
            guard: self.0.lock(),
            _held: held,
        }
    }

    /// The value, without locking: nothing shares it.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// Unlocks when it is dropped.
#[must_use = "the lock is held until this is dropped"]
pub(crate) struct Guard<'a, T> {
    guard: RawGuard<'a, T>,
    /// Dropped last.
    _held: Held,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}
