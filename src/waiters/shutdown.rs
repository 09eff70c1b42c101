//! Ending all waits: at a shutdown, or because notifies may have been missed.

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
    /// Ends the waits for all keys within this time, as if each key had been notified now.
    pub(crate) fn notify_every_key(self: &Arc<Self>, within: Duration) -> usize {
        // This comes before the scan of any shard, so that a waiter that registers later sees the number.
        self.publish_gap();
        let (count, first_panic) = self.scan(ScanKind::Resume, within);
        first_panic.resume();
        count
    }

    /// Ends all waits within this time. No new wait can begin.
    pub(crate) fn shut_down(self: &Arc<Self>, within: Duration) -> usize {
        // A shard that is locked after this accepts no new wait.
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

    /// Ends the waits that each shard holds now. Returns the number of waits that have ended or, if `within` is not
    /// zero, the number of suspended requests. If a scan that resumes is under way in the same time, another round of
    /// it ends them.
    ///
    /// The caller makes sure that later waits need no scan.
    fn scan(self: &Arc<Self>, kind: ScanKind, within: Duration) -> (usize, FirstPanic) {
        let ticks = Instant::BEGINNING.after(within).next_tick().min(HORIZON);
        let suspended = self.suspended_count();
        let (mut count, mut first_panic) = (0, FirstPanic::default());
        if ticks > 0 && self.keep(NEVER).is_ok() {
            let new = || Scan::new(kind, self.census(), self.now().tick(), ticks);
            self.pacer.scan(kind, ticks, new);
            // The first visit may be due already.
            first_panic.keep(self.run_due_tasks(self.now().tick()));
            // The timer is running, so this cannot fail.
            let _ = self.keep(self.pacer.next_tick());
            return (suspended, first_panic);
        }
        let mut scan = Scan::new(kind, self.census(), 0, 0);
        while let Some(woken) = scan.step(NEVER, self.scanning()) {
            count += woken.count;
            first_panic.keep(wake(woken));
        }
        (count, first_panic)
    }

    /// All waiters there are now.
    fn census(&self) -> Box<[ScanRange]> {
        let shards = 0..self.shards.len() as u32;
        let census = |shard| self.with_shard(shard, |shard| shard.census());
        shards.map(census).collect()
    }

    /// Does the paced work that is due at `now`.
    pub(super) fn run_due_tasks(&self, now: u64) -> FirstPanic {
        let mut first_panic = FirstPanic::default();
        while let Some(woken) = self.pacer.next(now, || self.census(), self.scanning()) {
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
