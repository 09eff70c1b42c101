//! What has changed since a pass began.

use crate::engine::{Actor, Fingerprint};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, order};

use super::Waiters;

/// What is known of the changes of all keys. The revisions of single keys are in their shards.
#[derive(Debug)]
pub(super) struct Revisions {
    /// How many keys of a shard have revisions at least.
    most_per_shard: usize,
    /// Whether they are kept: only once there is a cursor.
    are_kept: AtomicBool,
    /// The number of the latest notify of every key, or [`IN_PROGRESS`].
    latest_gap: AtomicU64,
    /// Held while a gap is numbered.
    numbering: Mutex<(), { order::GAP }>,
}

/// A gap is being numbered. It is above every number, so every key counts as changed meanwhile.
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
    /// Counts a notify of every key: changes may have been missed, whichever.
    pub(super) fn publish_gap(&self) {
        let _numbering = self.revisions.numbering.lock();
        let gap = &self.revisions.latest_gap;
        // It is published before it is numbered. Otherwise a pass that counts it might not find it.
        gap.store(IN_PROGRESS, Ordering::Relaxed);
        gap.store(self.next_number(), Ordering::Relaxed);
    }

    /// Whether all keys may have been notified since this number.
    pub(super) fn all_notified_since(&self, start: u64) -> bool {
        self.revisions.latest_gap.load(Ordering::Relaxed) > start
    }

    /// From now on revisions are kept. What was notified before counts as changed just now.
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

    /// Whether a key may have been changed since this number by anyone but this actor. It has not if the answer is no.
    ///
    /// `since` must be the number of an earlier pass. The pass that asks must have begun before it asks.
    pub(crate) fn changed(&self, key: Fingerprint, since: u64, except: Actor) -> bool {
        let shard = self.shard_of(key);
        self.all_notified_since(since)
            || since > self.latest.load(Ordering::Relaxed)
            || self.with_shard(shard, |shard| shard.revision(key, except)) > since
    }
}
