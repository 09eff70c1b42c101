//! Functions of an application that are called once.

use std::fmt;

use crate::panics::undisturbed;

/// Functions that are called once, in the order in which they were added, with nothing locked.
pub(crate) struct Callbacks<T>(Vec<Box<dyn FnOnce(T) + Send>>);

impl<T: Clone> Callbacks<T> {
    pub(crate) fn add(&mut self, callback: impl FnOnce(T) + Send + 'static) {
        self.0.push(Box::new(callback));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls them all, whichever of them panics, and returns how many have.
    pub(crate) fn call(self, event: &T) -> usize {
        let panics = |callback: Box<dyn FnOnce(T) + Send>| !undisturbed(|| callback(event.clone()));
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
