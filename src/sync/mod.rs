//! All locks, atomics and parked threads of the crate: parking_lot and std, or loom under `cfg(loom)`.

mod mutex;
pub(crate) mod order;
mod raw;

pub(crate) use mutex::Mutex;
#[cfg(all(test, not(loom)))]
pub(crate) use raw::no_threads;
pub(crate) use raw::{OnceLock, Thread, atomic, park_timeout, spawn};

/// For counters that nothing depends on. A model need not check them.
pub(crate) use std::sync::atomic as counting;

/// A value with cache lines to itself: two, since processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(pub(crate) T);

impl<T> std::ops::Deref for CachePadded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
