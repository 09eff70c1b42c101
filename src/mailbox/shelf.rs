//! Several keys, and which of them has been quiet for the longest time.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, HashMap};
use std::hash::BuildHasherDefault;
use std::time::Duration;

use crate::generations::Prehashed;

use super::dropped::Dropped;
use super::limits::Limits;
use super::queue::Queue;
use super::reading::Reading;
use super::stored::Stored;

/// The queues of some keys. It has no lock and no clock.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    queues: HashMap<u128, Queue<T>, BuildHasherDefault<Prehashed>>,
    /// Each key once, with one of its items. That is its latest or an earlier one, so a push need
    /// not move the key: it moves when it has come to the top.
    quietest: BinaryHeap<Reverse<Since>>,
    /// Of the keys that were thrown away, none had an item with a higher id.
    floor: u64,
    bytes: usize,
}

/// Since when a key has been quiet: the id and the time of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Since {
    pub(super) id: u64,
    pub(super) time: Duration,
    key: u128,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) keys: usize,
    pub(super) bytes: usize,
}

impl<T> Shelf<T> {
    /// `floor`: up to this id, nothing is known.
    pub(super) fn new(floor: u64) -> Self {
        Self {
            queues: HashMap::default(),
            quietest: BinaryHeap::new(),
            floor,
            bytes: 0,
        }
    }

    pub(super) fn size(&self) -> Size {
        Size {
            keys: self.queues.len(),
            bytes: self.bytes,
        }
    }

    /// No key has been quiet for longer. There is none if there is no key.
    pub(super) fn quiet_since(&self) -> Option<Since> {
        self.quietest.peek().map(|top| top.0)
    }

    /// Whether an item with this name has come before under a key.
    pub(super) fn has_seen(&self, key: u128, name: u128, now: Duration, age: Duration) -> bool {
        let queue = self.queues.get(&key);
        queue.is_some_and(|queue| queue.has_seen(name, now, age))
    }

    /// Adds an item, which fits, and throws away what no longer does.
    pub(super) fn push(
        &mut self,
        key: u128,
        name: Option<u128>,
        item: Stored<T>,
        limits: &Limits,
        dropped: &mut Dropped<T>,
    ) {
        let queue = self.queues.entry(key).or_insert_with(|| {
            let (id, time) = (item.id, item.pushed_at);
            self.quietest.push(Reverse(Since { id, time, key }));
            Queue::new(self.floor)
        });
        let before = queue.bytes();
        queue.push(item, limits, dropped);
        if let Some(name) = name {
            queue.remember(name, limits);
        }
        self.bytes = self.bytes - before + queue.bytes();
    }

    /// Whether a read has to look at a key: there is something new, or nothing is kept of the key.
    pub(super) fn has_news_for(&self, key: u128, reading: &Reading<T>) -> bool {
        let queue = self.queues.get(&key);
        queue.is_none_or(|queue| reading.is_behind(queue))
    }

    /// Collects what a read finds under a key.
    pub(super) fn read(
        &mut self,
        key: u128,
        reading: &mut Reading<T>,
        age: Duration,
        now: impl FnOnce() -> Duration,
    ) {
        let Some(queue) = self.queues.get_mut(&key) else {
            return reading.miss_up_to(self.floor);
        };
        let before = queue.bytes();
        if age != Duration::MAX {
            queue.expire(now(), age, &mut reading.expired);
        }
        reading.take_from(queue);
        self.bytes = self.bytes - before + queue.bytes();
    }

    /// Throws away the items of a key up to an id.
    pub(super) fn forget(&mut self, key: u128, id: u64, dropped: &mut Dropped<T>) {
        if let Some(queue) = self.queues.get_mut(&key) {
            let before = queue.bytes();
            queue.forget(id, dropped);
            self.bytes = self.bytes - before + queue.bytes();
        }
    }

    /// Throws away some keys that have only items that are too old. It does a bounded amount of work.
    pub(super) fn sweep(&mut self, now: Duration, age: Duration, dropped: &mut Dropped<T>) {
        for _ in 0..STEPS {
            let is_over = |top: &Reverse<Since>| now.saturating_sub(top.0.time) >= age;
            if !self.quietest.peek().is_some_and(is_over) {
                return;
            }
            self.evict(dropped);
        }
    }

    /// Takes one step towards throwing away the quietest key.
    pub(super) fn evict(&mut self, dropped: &mut Dropped<T>) {
        let Some(mut top) = self.quietest.peek_mut() else {
            return;
        };
        let key = top.0.key;
        let queue = &self.queues[&key];
        let latest = Since {
            id: queue.latest(),
            time: queue.pushed_at(),
            key,
        };
        if top.0 != latest {
            top.0 = latest;
            return;
        }
        PeekMut::pop(top);
        self.remove(key, dropped);
    }

    fn remove(&mut self, key: u128, dropped: &mut Dropped<T>) {
        if let Some(queue) = self.queues.remove(&key) {
            self.floor = self.floor.max(queue.latest());
            self.bytes -= queue.bytes();
            queue.into_items().for_each(|item| dropped.push(item));
        }
        if self.queues.len() < self.queues.capacity() / 4 {
            self.queues.shrink_to_fit();
            self.quietest.shrink_to_fit();
        }
    }
}

/// The keys that one push looks at, so that no push takes long.
const STEPS: usize = 8;
