//! Items on their way out.

use super::stored::Stored;

/// Items that were thrown away. They are dropped after unlocking, since that runs foreign code.
#[derive(Debug)]
#[must_use = "its items are to be dropped after unlocking"]
pub(super) struct Dropped<T> {
    /// Most pushes to a full key throw one away, and need no memory for that.
    first: Option<Stored<T>>,
    rest: Vec<Stored<T>>,
}

impl<T> Dropped<T> {
    pub(super) fn push(&mut self, item: Stored<T>) {
        match self.first {
            None => self.first = Some(item),
            Some(_) => self.rest.push(item),
        }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }
}

impl<T> Default for Dropped<T> {
    fn default() -> Self {
        Self {
            first: None,
            rest: Vec::new(),
        }
    }
}
