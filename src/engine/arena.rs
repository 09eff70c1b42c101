//! Storage with stable indices. It grows without large copies and returns memory when it empties.

use std::ops::{Index, IndexMut};

use slab::Slab;

/// A slab in pages of bounded size.
///
/// A plain slab copies itself when it grows, while its shard is locked, and it never shrinks. Here, a new value goes
/// to the first page with room. So the upper pages become empty after a flood, and empty pages are freed.
#[derive(Debug)]
pub(super) struct Arena<T> {
    pages: Vec<Slab<T>>,
    /// The pages before this one are full.
    roomy: usize,
    len: usize,
}

impl<T> Arena<T> {
    pub(super) fn new() -> Self {
        Self {
            pages: Vec::new(),
            roomy: 0,
            len: 0,
        }
    }

    pub(super) fn insert(&mut self, value: T) -> u32 {
        while self
            .pages
            .get(self.roomy)
            .is_some_and(|page| page.len() == PAGE)
        {
            self.roomy += 1;
        }
        if self.roomy == self.pages.len() {
            self.pages.push(Slab::new());
        }
        self.len += 1;
        let within = self.pages[self.roomy].insert(value);
        (self.roomy * PAGE + within) as u32
    }

    pub(super) fn get(&self, index: u32) -> Option<&T> {
        self.pages
            .get(index as usize / PAGE)?
            .get(index as usize % PAGE)
    }

    /// Removes and returns a value.
    ///
    /// # Panics
    ///
    /// If the index holds no value: an index is used until its value is removed, and once only.
    pub(super) fn remove(&mut self, index: u32) -> T {
        let at = index as usize / PAGE;
        let value = self.pages[at].remove(index as usize % PAGE);
        self.len -= 1;
        self.roomy = self.roomy.min(at);
        if self.len == 0 {
            self.free_all();
        } else if self.pages[at].is_empty() && self.has_room_elsewhere() {
            self.free(at);
        }
        value
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// One more than the highest index in use.
    pub(super) fn end(&self) -> u32 {
        let pages = self.pages.iter().enumerate().rev();
        let highest = |(at, page): (usize, &Slab<T>)| Some(at * PAGE + page.iter().next_back()?.0);
        pages
            .filter_map(highest)
            .next()
            .map_or(0, |highest| highest as u32 + 1)
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let pages = self.pages.iter().enumerate();
        pages.flat_map(|(at, page)| {
            page.iter()
                .map(move |(within, value)| ((at * PAGE + within) as u32, value))
        })
    }

    /// Keeps a small first page. Without it, a hub with one request at a time would allocate and free memory for
    /// each.
    fn free_all(&mut self) {
        if self.pages.len() > 1 || self.pages[0].capacity() > SMALL {
            *self = Self::new();
        }
    }

    fn has_room_elsewhere(&self) -> bool {
        let others = self.pages.iter().filter(|page| !page.is_empty()).count();
        others * PAGE >= self.len + PAGE / 2
    }

    fn free(&mut self, at: usize) {
        self.pages[at] = Slab::new();
        while self.pages.last().is_some_and(|page| page.capacity() == 0) {
            self.pages.pop();
        }
        self.roomy = self.roomy.min(self.pages.len());
    }
}

impl<T> Index<u32> for Arena<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        &self.pages[index as usize / PAGE][index as usize % PAGE]
    }
}

impl<T> IndexMut<u32> for Arena<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.pages[index as usize / PAGE][index as usize % PAGE]
    }
}

/// Values per page.
const PAGE: usize = if cfg!(loom) { 2 } else { 1 << 10 };

/// An empty arena keeps memory for this number of values.
const SMALL: usize = if cfg!(loom) { 1 } else { 64 };

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity(arena: &Arena<u32>) -> usize {
        arena.pages.iter().map(Slab::capacity).sum()
    }

    #[test]
    fn a_value_stays_where_it_was_put() {
        let mut arena = Arena::new();
        let places: Vec<_> = (0..3000).map(|value| arena.insert(value)).collect();
        for (value, &place) in (0..).zip(&places).filter(|(value, _)| value % 3 == 0) {
            assert_eq!(arena.remove(place), value);
        }
        for (value, &place) in (0..).zip(&places) {
            assert_eq!(arena.get(place).copied(), (value % 3 != 0).then_some(value));
        }
        assert_eq!(arena.len(), 2000);
        assert_eq!(arena.iter().count(), 2000);
    }

    #[test]
    fn an_empty_arena_keeps_little_memory() {
        let mut arena = Arena::new();
        let places: Vec<_> = (0..100_000).map(|value| arena.insert(value)).collect();
        for place in places {
            arena.remove(place);
        }
        assert!(capacity(&arena) <= SMALL);
    }

    #[test]
    fn after_a_flood_the_remaining_values_do_not_keep_its_memory() {
        let mut arena = Arena::new();
        let early = arena.insert(0);
        let flood: Vec<_> = (0..100 * PAGE as u32)
            .map(|value| arena.insert(value))
            .collect();
        for place in flood {
            arena.remove(place);
        }
        assert!(capacity(&arena) <= 2 * PAGE, "{}", capacity(&arena));
        assert_eq!(arena.remove(early), 0);
    }

    #[test]
    fn new_values_fill_the_lower_pages_first() {
        let mut arena = Arena::new();
        let places: Vec<_> = (0..3 * PAGE as u32)
            .map(|value| arena.insert(value))
            .collect();
        arena.remove(places[5]);
        arena.remove(places[2 * PAGE + 5]);
        assert_eq!(arena.insert(0), places[5]);
        assert_eq!(arena.insert(0), places[2 * PAGE + 5]);
    }
}
