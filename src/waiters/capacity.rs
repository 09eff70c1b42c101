//! How many requests are suspended.

use crate::error::Error;
use crate::sync::CachePadded;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The number of suspended requests, and of the slots that are taken.
///
/// A request keeps its slot from its first suspension to its end, so that no newcomer takes it while the handler looks
/// again.
#[derive(Debug, Default)]
pub(super) struct Capacity {
    /// The lower half: how many requests are suspended. The upper half: how many slots are taken.
    counts: CachePadded<AtomicU64>,
}

/// One suspended request, and one slot, in the counts.
const ONE: u64 = 1;
const SLOT: u64 = 1 << 32;

impl Capacity {
    pub(super) fn suspended(&self) -> usize {
        (self.counts.load(Ordering::Relaxed) % SLOT) as usize
    }

    /// Counts one more that is suspended, for the first time, if there is a slot.
    pub(super) fn suspend(&self, limit: usize) -> Result<(), Error> {
        let taken = |counts: u64| {
            let is_free = counts / SLOT < limit as u64;
            is_free.then_some(counts + SLOT + ONE)
        };
        let relaxed = Ordering::Relaxed;
        match self.counts.fetch_update(relaxed, relaxed, taken) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Full { limit }),
        }
    }

    /// Counts one more that is suspended and has a slot.
    pub(super) fn suspend_again(&self) {
        self.counts.fetch_add(ONE, Ordering::Relaxed);
    }

    /// Counts one less that is suspended, and tells whether it was the last.
    pub(super) fn resume(&self) -> bool {
        let before = self.counts.fetch_sub(ONE, Ordering::Relaxed);
        before % SLOT == ONE
    }

    pub(super) fn free_slot(&self) {
        self.counts.fetch_sub(SLOT, Ordering::Relaxed);
    }
}
