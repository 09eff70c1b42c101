//! The primitives themselves: parking_lot and std, or loom.

#[cfg(not(loom))]
mod real {
    pub(crate) use parking_lot::{Mutex as RawMutex, MutexGuard as RawGuard};
    use std::io;
    pub(crate) use std::sync::{OnceLock, atomic};
    use std::thread::Builder;
    pub(crate) use std::thread::{Thread, park_timeout};

    /// Starts a thread that is never joined.
    pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
        #[cfg(test)]
        super::no_threads::refuse()?;
        Ok(Builder::new()
            .name(name.to_owned())
            .spawn(run)?
            .thread()
            .clone())
    }
}
#[cfg(not(loom))]
pub(crate) use real::*;

/// A system without threads, for tests.
#[cfg(all(test, not(loom)))]
pub(crate) mod no_threads {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static NO_THREADS: Cell<bool> = const { Cell::new(false) };
    }

    pub(crate) fn refuse() -> io::Result<()> {
        match NO_THREADS.get() {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => Ok(()),
        }
    }

    /// Sets whether this thread fails to start other threads from now on.
    pub(crate) fn set(is_so: bool) {
        NO_THREADS.set(is_so);
    }
}

#[cfg(loom)]
mod model {
    pub(crate) use loom::sync::atomic;
    pub(crate) use loom::thread::Thread;
    use std::io;
    use std::time::Duration;

    pub(crate) use loom::sync::MutexGuard as RawGuard;

    /// loom's mutex with parking_lot's interface.
    #[derive(Debug, Default)]
    pub(crate) struct RawMutex<T>(loom::sync::Mutex<T>);

    impl<T> RawMutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> RawGuard<'_, T> {
            self.0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0
                .get_mut()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }

    /// std's cell, with a flag. The flag lets loom see which reads come before the cell is filled and which after.
    #[derive(Debug)]
    pub(crate) struct OnceLock<T> {
        cell: std::sync::OnceLock<T>,
        filled: atomic::AtomicBool,
    }

    impl<T> OnceLock<T> {
        pub(crate) fn get(&self) -> Option<&T> {
            let filled = self.filled.load(atomic::Ordering::Acquire);
            filled.then(|| self.cell.get()).flatten()
        }

        pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
            self.cell.get_mut()
        }

        pub(crate) fn get_or_init(&self, value: impl FnOnce() -> T) -> &T {
            let value = self.cell.get_or_init(value);
            self.filled.store(true, atomic::Ordering::Release);
            value
        }
    }

    impl<T> Default for OnceLock<T> {
        fn default() -> Self {
            Self {
                cell: std::sync::OnceLock::new(),
                filled: atomic::AtomicBool::new(false),
            }
        }
    }

    /// Starts a thread of the model.
    pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
        Ok(loom::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)?
            .thread()
            .clone())
    }

    /// No time passes in a model. A thread that parks for some time must be unparked by another thread. Otherwise it
    /// never wakes, and loom reports that.
    pub(crate) fn park_timeout(timeout: Duration) {
        if !timeout.is_zero() {
            loom::thread::park();
        }
    }
}
#[cfg(loom)]
pub(crate) use model::*;
