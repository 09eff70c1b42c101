//! What a mailbox keeps, behind its locks.

use std::sync::Arc;
use std::time::Duration;

use crate::hash::random;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::counting::{AtomicU64 as Watermark, AtomicUsize as Counter};
use crate::sync::{CachePadded, Mutex, order};

use super::batch::Read;
use super::dropped::Dropped;
use super::limits::Limits;
use super::position::{Position, Start};
use super::reading::Reading;
use super::shelf::{Shelf, Since, Size};
use super::stored::Stored;

/// The items of all keys, in parts with a lock for each.
///
/// # No position jumps over an item
///
/// An id is given to an item *inside its key's lock*, and a read loads the latest id *before* the
/// first lock. So an item with that id or a lower one is stored before the read gets the lock of
/// its key. Items with higher ids are left for the next read: of those the read may have missed
/// some, under keys that it has already left.
///
/// The locks order all of it, so the counter need not.
#[derive(Debug)]
pub(super) struct Store<T> {
    /// Which mailbox: a random number.
    epoch: u64,
    /// The id of the latest item. Before the first one, it is a number that no mailbox of this service had earlier.
    latest: AtomicU64,
    parts: [CachePadded<Part<T>>; PARTS],
    keys: Counter,
    bytes: Counter,
    limits: Limits,
}

#[derive(Debug)]
struct Part<T> {
    shelf: Mutex<Shelf<T>, { order::MAILBOX }>,
    /// The id and the time of [`Shelf::quiet_since`] as of the last unlocking.
    quiet_since: Watermark,
    quiet_at: Watermark,
}

/// An item before it is stored.
pub(super) struct New<T> {
    pub(super) value: Arc<T>,
    pub(super) weight: usize,
    /// The name under which it is pushed once, as a hash.
    pub(super) name: Option<u128>,
}

impl<T> Store<T> {
    /// `first`: the ids begin after it.
    pub(super) fn new(limits: Limits, first: u64) -> Self {
        Self {
            epoch: random(),
            latest: AtomicU64::new(first),
            parts: [(); PARTS].map(|()| CachePadded(Part::new(first))),
            keys: Counter::new(0),
            bytes: Counter::new(0),
            limits: limits.possible(),
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn size(&self) -> Size {
        Size {
            keys: self.keys.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    /// The position after all that has been stored.
    pub(super) fn position(&self) -> Position {
        Position::new(self.epoch, self.latest.load(Ordering::Relaxed))
    }

    pub(super) fn position_at(&self, number: u64) -> Position {
        match number {
            0 => Position::default(),
            number => Position::new(self.epoch, number),
        }
    }

    /// Stores an item, unless one with its name has come before. Returns its position, and what no
    /// longer fits.
    pub(super) fn push(
        &self,
        key: u128,
        new: New<T>,
        now: impl Fn() -> Duration,
    ) -> (Option<Position>, Dropped<T>) {
        // Nothing asks for the time if nothing becomes too old.
        let now = || self.limits.has_age().then(&now).unwrap_or_default();
        let mut dropped = Dropped::default();
        let Some((id, now)) = self.add(key, new, now, &mut dropped) else {
            return (None, dropped);
        };
        self.sweep(id, now, &mut dropped);
        self.make_room(&mut dropped);
        (Some(Position::new(self.epoch, id)), dropped)
    }

    /// Returns the id that the item has got, and when.
    fn add(
        &self,
        key: u128,
        new: New<T>,
        now: impl Fn() -> Duration,
        dropped: &mut Dropped<T>,
    ) -> Option<(u64, Duration)> {
        let New {
            value,
            weight,
            name,
        } = new;
        let mut value = Some(value); // dropped after unlocking
        self.with(self.part(key), |shelf| {
            let pushed_at = now();
            if name.is_some_and(|name| shelf.has_seen(key, name, pushed_at, self.limits.age)) {
                return None;
            }
            let id = self.next_id();
            let value = value.take()?;
            let item = Stored {
                id,
                pushed_at,
                weight,
                value,
            };
            shelf.push(key, name, item, &self.limits, dropped);
            Some((id, pushed_at))
        })
    }

    fn next_id(&self) -> u64 {
        self.latest.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Reads the items of several keys, with one lock at a time.
    pub(super) fn read(
        &self,
        keys: impl Iterator<Item = u128>,
        after: &Position,
        limit: usize,
        now: impl Fn() -> Duration,
    ) -> Read<T> {
        let latest = self.latest.load(Ordering::Relaxed);
        let mut reading = Reading::new(self.epoch, latest, after, limit);
        for key in keys {
            let part = self.part(key);
            let mut shelf = part.shelf.lock();
            // For most there is nothing new, so nothing has to be counted, and nothing asks for the time.
            if shelf.has_news_for(key, &reading) {
                let read =
                    |shelf: &mut Shelf<T>| shelf.read(key, &mut reading, self.limits.age, &now);
                self.count(part, &mut shelf, read);
            }
        }
        reading.finish()
    }

    /// Throws away the items of a key up to a position of this mailbox.
    pub(super) fn forget(&self, key: u128, before: &Position) -> Dropped<T> {
        let mut dropped = Dropped::default();
        let latest = self.latest.load(Ordering::Relaxed);
        if let Start::After(id) = before.start(self.epoch, latest) {
            self.with(self.part(key), |shelf| shelf.forget(key, id, &mut dropped));
        }
        dropped
    }

    /// Looks for keys that are too old in one part after the other, with each push, so that keys
    /// that are left alone give their memory back.
    fn sweep(&self, id: u64, now: Duration, dropped: &mut Dropped<T>) {
        let (part, age) = (&self.parts[id as usize % PARTS], self.limits.age);
        let quiet_at = Duration::from_nanos(part.quiet_at.load(Ordering::Relaxed));
        if now.saturating_sub(quiet_at) >= age {
            self.with(part, |shelf| shelf.sweep(now, age, dropped));
        }
    }

    /// Throws away the quietest keys, until all that is left fits.
    fn make_room(&self, dropped: &mut Dropped<T>) {
        let quiet_since = |part: &&CachePadded<Part<T>>| part.quiet_since.load(Ordering::Relaxed);
        while self.is_too_large() {
            let quietest = self.parts.iter().min_by_key(quiet_since);
            match quietest.filter(|part| quiet_since(part) < u64::MAX) {
                Some(part) => self.with(part, |shelf| shelf.evict(dropped)),
                None => return,
            }
        }
    }

    fn is_too_large(&self) -> bool {
        let Size { keys, bytes } = self.size();
        keys > self.limits.keys || bytes > self.limits.bytes
    }

    fn part(&self, key: u128) -> &Part<T> {
        &self.parts[key as usize % PARTS]
    }

    /// Locks a part, and does something to it. `act` must not run foreign code.
    fn with<R>(&self, part: &Part<T>, act: impl FnOnce(&mut Shelf<T>) -> R) -> R {
        self.count(part, &mut part.shelf.lock(), act)
    }

    /// Does something to a part, and counts what has become of it: under the lock, so that nothing is taken away before
    /// it has been added.
    fn count<R>(
        &self,
        part: &Part<T>,
        shelf: &mut Shelf<T>,
        act: impl FnOnce(&mut Shelf<T>) -> R,
    ) -> R {
        let before = shelf.size();
        let result = act(shelf);
        let after = shelf.size();
        if after != before {
            move_from(&self.keys, before.keys, after.keys);
            move_from(&self.bytes, before.bytes, after.bytes);
        }
        part.keep_watermarks(shelf.quiet_since());
        result
    }
}

fn move_from(counter: &Counter, before: usize, after: usize) {
    counter.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
}

impl<T> Part<T> {
    fn new(floor: u64) -> Self {
        Self {
            shelf: Mutex::new(Shelf::new(floor)),
            quiet_since: Watermark::new(u64::MAX),
            quiet_at: Watermark::new(u64::MAX),
        }
    }

    fn keep_watermarks(&self, quietest: Option<Since>) {
        let marks = quietest.map(|since| (since.id, since.time.as_nanos() as u64));
        let (id, time) = marks.unwrap_or((u64::MAX, u64::MAX));
        self.quiet_since.store(id, Ordering::Relaxed);
        self.quiet_at.store(time, Ordering::Relaxed);
    }
}

const PARTS: usize = if cfg!(loom) { 2 } else { 16 };
