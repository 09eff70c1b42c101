//! The number of suspended requests.

use crate::error::Error;
use crate::sync::CachePadded;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Counts suspended requests and occupied slots.
///
/// A request keeps its slot from its first suspension to its end. So a new request cannot take the slot while the
/// handler runs again.
#[derive(Debug, Default)]
pub(super) struct Capacity {
    /// The lower half is the number of suspended requests. The upper half is the number of occupied slots.
    counts: CachePadded<AtomicU64>,
}

/// One suspended request, and one occupied slot, in `counts`.
const ONE: u64 = 1;
const SLOT: u64 = 1 << 32;

impl Capacity {
    pub(super) fn suspended(&self) -> usize {
        (self.counts.load(Ordering::Relaxed) % SLOT) as usize
    }

    /// Counts a request that is suspended for the first time, if a slot is free.
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

    /// Counts a suspended request that has a slot already.
    pub(super) fn suspend_again(&self) {
        self.counts.fetch_add(ONE, Ordering::Relaxed);
    }

    /// Counts a suspended request as resumed, and returns whether it was the last one.
    pub(super) fn resume(&self) -> bool {
        let before = self.counts.fetch_sub(ONE, Ordering::Relaxed);
        before % SLOT == ONE
    }

    pub(super) fn free_slot(&self) {
        self.counts.fetch_sub(SLOT, Ordering::Relaxed);
    }
}
