//! Ending all waits: at a shutdown, or because news may have been missed.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{HORIZON, NEVER, ScanKind, ScanRange, Shard, Woken};
use crate::sync::atomic::Ordering;
use crate::telemetry::Event;
use crate::time::Instant;

use super::scan::Scan;
use super::wake::{FirstPanic, wake};
use super::{BATCH, Waiters};

impl Waiters {
    /// Ends the waits for all keys within this time, as if each had been notified now.
    pub(crate) fn notify_every_key(self: &Arc<Self>, within: Duration) -> usize {
        // This comes before the scan of any shard: a waiter that registers in a shard later finds the number.
        self.publish_gap();
        let (count, first_panic) = self.scan(ScanKind::Resume, within);
        first_panic.resume();
        count
    }

    /// Ends all waits within this time and lets none begin.
    pub(crate) fn shut_down(self: &Arc<Self>, within: Duration) -> usize {
        // No wait begins in a shard that is locked after this.
        self.closed.store(true, Ordering::Relaxed);
        let suspended = self.suspended_count();
        self.telemetry.tell(0, Event::Shutdown { suspended });
        let (count, mut first_panic) = self.scan(ScanKind::Close, within);
        if within.is_zero() {
            first_panic.keep(self.wake_the_rest());
        }
        first_panic.resume();
        count
    }

    /// Goes through all waiters, and returns how many waits it has ended, or how many requests are suspended if it
    /// takes its time.
    ///
    /// It covers the waits that each shard holds now. The caller has made sure that later ones need no scan.
    fn scan(self: &Arc<Self>, kind: ScanKind, within: Duration) -> (usize, FirstPanic) {
        let shards = 0..self.shards.len() as u32;
        let census = |shard| self.with_shard(shard, |shard| shard.census());
        let ranges = shards.map(census).collect();
        let ticks = Instant::BEGINNING.after(within).next_tick().min(HORIZON);
        let suspended = self.suspended_count();
        let (mut count, mut first_panic) = (0, FirstPanic::default());
        if ticks > 0 && self.keep(NEVER).is_ok() {
            let scan = || Scan::new(kind, ranges, self.now().tick(), ticks);
            let begins = self.pacer.scan(scan);
            // The timer is there, so it cannot fail.
            let _ = self.keep(begins);
            return (suspended, first_panic);
        }
        let mut scan = Scan::new(kind, ranges, 0, 0);
        while let Some(woken) = scan.step(NEVER, self.scanning()) {
            count += woken.count;
            first_panic.keep(wake(woken));
        }
        (count, first_panic)
    }

    /// Does the part of the paced work whose time has come.
    pub(super) fn run_due_tasks(&self, now: u64) -> FirstPanic {
        let mut first_panic = FirstPanic::default();
        while let Some(woken) = self.pacer.next(now, self.scanning()) {
            first_panic.keep(wake(woken));
        }
        first_panic
    }

    fn scanning(&self) -> impl FnOnce(ScanKind, u32, &mut ScanRange, usize) -> Woken {
        move |kind, shard, range, waiters| {
            let scan = |shard: &mut Shard<_>| shard.scan(kind, range, waiters, BATCH as u32);
            self.with_shard(shard, scan)
        }
    }
}
