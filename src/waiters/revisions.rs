//! Changes since a pass began.

use crate::engine::{Actor, Fingerprint};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, order};

use super::Waiters;

/// Changes that concern all keys. The revisions of single keys are in their shards.
#[derive(Debug)]
pub(super) struct Revisions {
    /// The number of keys of a shard that have revisions, at least.
    most_per_shard: usize,
    /// Whether revisions are kept, which is so from the first cursor on.
    are_kept: AtomicBool,
    /// The number of the latest notify of every key, or [`IN_PROGRESS`].
    latest_gap: AtomicU64,
    /// Held while a gap is numbered.
    numbering: Mutex<(), { order::GAP }>,
}

/// A gap is being numbered. This is above every number, so every key counts as changed until the gap has its number.
const IN_PROGRESS: u64 = u64::MAX;

impl Revisions {
    pub(super) fn new(most: usize, shards: usize) -> Self {
        Self {
            most_per_shard: most.div_ceil(shards),
            are_kept: AtomicBool::new(false),
            latest_gap: AtomicU64::new(0),
            numbering: Mutex::new(()),
        }
    }
}

impl Waiters {
    /// Numbers a notify of every key. It means that changes of any key may have been missed.
    pub(super) fn publish_gap(&self) {
        let _numbering = self.revisions.numbering.lock();
        let gap = &self.revisions.latest_gap;
        // Published before it has a number. Otherwise a pass with that number might not find the gap.
        gap.store(IN_PROGRESS, Ordering::Relaxed);
        gap.store(self.next_number(), Ordering::Relaxed);
    }

    /// Whether all keys may have been notified since this number.
    pub(super) fn all_notified_since(&self, start: u64) -> bool {
        self.revisions.latest_gap.load(Ordering::Relaxed) > start
    }

    /// Keeps revisions from now on. Earlier notifies count as changes at this moment.
    pub(crate) fn keep_revisions(&self) {
        if self.revisions.are_kept.load(Ordering::Relaxed) {
            return;
        }
        for shard in 0..self.shards.len() as u32 {
            self.with_shard(shard, |shard| {
                let floor = self.latest.load(Ordering::Relaxed);
                shard.keep_revisions(self.revisions.most_per_shard, floor);
            });
        }
        self.revisions.are_kept.store(true, Ordering::Relaxed);
    }

    /// Whether a key may have been changed after this number by another actor. `false` is certain.
    ///
    /// `since` must be the number of an earlier pass. The pass that asks must have begun before it asks.
    pub(crate) fn changed(&self, key: Fingerprint, since: u64, except: Actor) -> bool {
        let shard = self.shard_of(key);
        self.all_notified_since(since)
            || since > self.latest.load(Ordering::Relaxed)
            || self.with_shard(shard, |shard| shard.revision(key, except)) > since
    }
}
