//! The items of one key.

use std::collections::VecDeque;
use std::time::Duration;

use super::dropped::Dropped;
use super::limits::Limits;
use super::once::Once;
use super::stored::Stored;

/// What is kept of one key: its latest items, in the order of their ids.
#[derive(Debug)]
pub(super) struct Queue<T> {
    items: VecDeque<Stored<T>>,
    bytes: usize,
    /// The id of the latest item, whether it is kept or not.
    latest: u64,
    /// No item with a higher id was thrown away.
    trimmed: u64,
    /// When the first item came, so that a push to a long queue need not look at its far end.
    first_at: Duration,
    pushed_at: Duration,
    once: Option<Box<Once>>,
}

impl<T> Queue<T> {
    /// `floor`: up to this id, items may have been thrown away before.
    pub(super) fn new(floor: u64) -> Self {
        Self {
            items: VecDeque::new(),
            bytes: 0,
            latest: floor,
            trimmed: floor,
            first_at: Duration::MAX,
            pushed_at: Duration::ZERO,
            once: None,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn latest(&self) -> u64 {
        self.latest
    }

    /// When the latest item came.
    pub(super) fn pushed_at(&self) -> Duration {
        self.pushed_at
    }

    pub(super) fn trimmed(&self) -> u64 {
        self.trimmed
    }

    /// Adds an item, which fits, and throws away what no longer does.
    pub(super) fn push(&mut self, item: Stored<T>, limits: &Limits, dropped: &mut Dropped<T>) {
        self.expire(item.pushed_at, limits.age, dropped);
        (self.latest, self.pushed_at) = (item.id, item.pushed_at);
        self.first_at = self.first_at.min(item.pushed_at);
        self.bytes += item.weight;
        self.items.push_back(item);
        while self.items.len() > limits.len || self.bytes > limits.bytes_per_key {
            self.drop_first(dropped);
        }
    }

    /// Throws away what is too old.
    pub(super) fn expire(&mut self, now: Duration, age: Duration, dropped: &mut Dropped<T>) {
        while !self.items.is_empty() && now.saturating_sub(self.first_at) >= age {
            self.drop_first(dropped);
        }
        self.give_memory_back();
    }

    /// Throws away the items up to an id.
    pub(super) fn forget(&mut self, id: u64, dropped: &mut Dropped<T>) {
        while self.items.front().is_some_and(|item| item.id <= id) {
            self.drop_first(dropped);
        }
        self.give_memory_back();
    }

    /// The items whose ids are above `after` and not above `latest`.
    pub(super) fn between(&self, after: u64, latest: u64) -> impl Iterator<Item = &Stored<T>> {
        let behind = self.items.range(self.end_of(after)..);
        behind.take_while(move |item| item.id <= latest)
    }

    /// How many items have this id or a lower one. Most readers are close to the end.
    fn end_of(&self, id: u64) -> usize {
        let near = self.items.len().saturating_sub(NEAR);
        match self.items.get(near) {
            Some(item) if item.id <= id => {
                let later = self.items.range(near..);
                near + later.take_while(|item| item.id <= id).count()
            }
            _ => self.items.partition_point(|item| item.id <= id),
        }
    }

    pub(super) fn into_items(self) -> impl Iterator<Item = Stored<T>> {
        self.items.into_iter()
    }

    /// Whether an item with this name has come before.
    pub(super) fn has_seen(&self, name: u128, now: Duration, age: Duration) -> bool {
        let once = self.once.as_ref();
        once.is_some_and(|once| once.has_seen(name, now, age))
    }

    /// Remembers the name of the latest item.
    pub(super) fn remember(&mut self, name: u128, limits: &Limits) {
        let once = self.once.get_or_insert_default();
        once.remember(name, self.pushed_at, limits);
    }

    fn drop_first(&mut self, dropped: &mut Dropped<T>) {
        if let Some(item) = self.items.pop_front() {
            self.trimmed = item.id;
            self.bytes -= item.weight;
            dropped.push(item);
        }
        let first = self.items.front();
        self.first_at = first.map_or(Duration::MAX, |item| item.pushed_at);
    }

    /// A short queue keeps its memory, because the next item comes soon to a key with one consumer.
    fn give_memory_back(&mut self) {
        let capacity = self.items.capacity();
        if capacity > SPARE && self.items.len() < capacity / 4 {
            self.items.shrink_to(SPARE);
        }
    }
}

/// The items for which a queue always keeps memory, once it has it: as many as the first one needs.
const SPARE: usize = 4;

/// Items at the end of a queue that are looked at one after the other.
const NEAR: usize = 8;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn push(queue: &mut Queue<u64>, id: u64) {
        let item = Stored {
            id,
            pushed_at: Duration::ZERO,
            weight: 1,
            value: Arc::new(id),
        };
        let limits = Limits {
            len: 1000,
            age: Duration::MAX,
            bytes_per_key: 1000,
            keys: 1,
            bytes: 1000,
        };
        queue.push(item, &limits, &mut Dropped::default());
    }

    #[test]
    fn a_queue_that_is_emptied_after_each_item_keeps_its_memory_and_a_long_one_gives_it_back() {
        let mut queue = Queue::new(0);
        push(&mut queue, 1);
        let one = queue.items.capacity();
        queue.forget(1, &mut Dropped::default());
        assert_eq!(queue.items.capacity(), one);
        (2..100).for_each(|id| push(&mut queue, id));
        queue.forget(100, &mut Dropped::default());
        assert!(queue.items.capacity() <= SPARE);
    }
}
