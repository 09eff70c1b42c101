//! A read on its way from key to key.

use super::batch::{Batch, Item, Read};
use super::dropped::Dropped;
use super::position::{Position, Start};
use super::queue::Queue;

/// What a read has found until now.
#[derive(Debug)]
pub(super) struct Reading<T> {
    epoch: u64,
    start: Start,
    /// The id of the latest item of all keys when the read began. What is later is left for the
    /// next read.
    latest: u64,
    limit: usize,
    found: Vec<Item<T>>,
    /// Under its keys, no item with a higher id was thrown away.
    trimmed: u64,
    /// What it has found to be too old.
    pub(super) expired: Dropped<T>,
}

impl<T> Reading<T> {
    pub(super) fn new(epoch: u64, latest: u64, after: &Position, limit: usize) -> Self {
        Self {
            epoch,
            start: after.start(epoch, latest),
            latest,
            limit: limit.max(1),
            found: Vec::new(),
            trimmed: 0,
            expired: Dropped::default(),
        }
    }

    /// Whether the latest item of a key is news.
    pub(super) fn is_behind(&self, queue: &Queue<T>) -> bool {
        queue.latest() > self.after()
    }

    /// Collects what a key has. One item more than the limit tells that there are more.
    pub(super) fn take_from(&mut self, queue: &Queue<T>) {
        self.miss_up_to(queue.trimmed());
        let (epoch, items) = (self.epoch, queue.between(self.after(), self.latest));
        let items = items.take(self.limit.saturating_add(1));
        self.found.extend(items.map(|item| Item::of(epoch, item)));
    }

    /// Of a key, everything up to this id may have been thrown away.
    pub(super) fn miss_up_to(&mut self, trimmed: u64) {
        self.trimmed = self.trimmed.max(trimmed);
    }

    /// Merges what the keys have, in the order of all pushes, and only then cuts it: what is left
    /// out is later than all that is in, under any key.
    pub(super) fn finish(mut self) -> Read<T> {
        self.found.sort_unstable_by_key(Item::id);
        self.found.dedup_by_key(|item| item.id()); // a key was named twice
        let has_more = self.found.len() > self.limit;
        self.found.truncate(self.limit);
        let last = self.found.last().filter(|_| has_more);
        let batch = Batch {
            next: Position::new(self.epoch, last.map_or(self.latest, Item::id)),
            has_more,
            items: self.found,
        };
        let is_gap = match self.start {
            Start::Beginning => false,
            Start::Lost => true,
            Start::After(id) => id < self.trimmed,
        };
        match is_gap {
            true => Read::Gap(batch),
            false => Read::Batch(batch),
        }
    }

    fn after(&self) -> u64 {
        match self.start {
            Start::After(id) => id,
            Start::Beginning | Start::Lost => 0,
        }
    }
}
