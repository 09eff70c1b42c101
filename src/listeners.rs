//! What an application wants to be told.

use std::fmt;

use crate::panics::undisturbed;

/// Functions that are called once, in the order in which they were added, with nothing locked.
pub(crate) struct Listeners<T>(Vec<Box<dyn FnOnce(T) + Send>>);

impl<T: Clone> Listeners<T> {
    pub(crate) fn add(&mut self, listener: impl FnOnce(T) + Send + 'static) {
        self.0.push(Box::new(listener));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Calls them all, whichever of them panics, and returns how many have.
    pub(crate) fn call(self, event: &T) -> usize {
        let panics = |listener: Box<dyn FnOnce(T) + Send>| !undisturbed(|| listener(event.clone()));
        self.0
            .into_iter()
            .map(panics)
            .filter(|panics| *panics)
            .count()
    }
}

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> fmt::Debug for Listeners<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} listeners", self.0.len())
    }
}
