//! Functions of an application that are called once.

use std::fmt;

use crate::panics::catch_panic;

/// Functions that are called once, in the order in which they were added. No lock may be held.
pub(crate) struct Callbacks<T>(Vec<Box<dyn FnOnce(T) + Send>>);

impl<T: Clone> Callbacks<T> {
    pub(crate) fn add(&mut self, callback: impl FnOnce(T) + Send + 'static) {
        self.0.push(Box::new(callback));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls all of them, even if some panic, and returns the number of panics.
    pub(crate) fn call(self, event: &T) -> usize {
        let panics = |callback: Box<dyn FnOnce(T) + Send>| catch_panic(|| callback(event.clone()));
        self.0
            .into_iter()
            .map(panics)
            .filter(|panics| *panics)
            .count()
    }
}

impl<T> Default for Callbacks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> fmt::Debug for Callbacks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} callbacks", self.0.len())
    }
}
