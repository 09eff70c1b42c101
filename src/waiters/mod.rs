//! Waiters behind locks: shards, and what happens across them. This room knows keys and wakers. It carries payloads and
//! errors for a request, and looks into neither.
//!
//! A shard is locked for one call of the [engine](crate::engine), and whatever that returns is done after unlocking. The
//! order of all locks is in [`sync::order`](crate::sync::order).

mod capacity;
mod claim;
mod drained;
mod keys;
mod notify;
mod pacer;
mod registration;
mod revisions;
mod scan;
mod shutdown;
mod sleep;
mod wait;
mod wake;

use std::panic::RefUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::engine::{Fingerprint, HORIZON, NEVER, Shard, Slack, WaiterRef};
use crate::error::Error;
use crate::payload::Payload;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{CachePadded, Mutex, order};
use crate::telemetry::{Event, Stats, Telemetry};
use crate::time::{Clock, Driven, Instant, Timer};

use capacity::Capacity;
use pacer::Pacer;
use revisions::Revisions;
use wake::{FirstPanic, wake};

pub(crate) use claim::Claim;
pub use drained::Drained;
pub(crate) use keys::{Keys, NamedKeys};
pub(crate) use registration::{Registration, Wakeup};
pub use sleep::Sleep;
pub(crate) use wait::Wait;

/// All waiters of a hub, by the shards of their keys.
#[derive(Debug)]
pub(crate) struct Waiters {
    pub(crate) telemetry: Telemetry,
    limits: Limits,
    capacity: Capacity,
    clock: Clock,
    timer: Timer,
    pacer: Pacer,
    /// The number of the latest notify.
    latest: CachePadded<AtomicU64>,
    /// What that was before the first.
    first: u64,
    revisions: Revisions,
    closed: AtomicBool,
    shards: Box<[CachePadded<Locked>]>,
}

/// How many may wait, and how exactly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) suspended: usize,
    pub(crate) per_key: usize,
    pub(crate) wakes_per_tick: usize,
    /// By how much the timer may be late for a long wait. A mock clock is exact.
    pub(crate) timer_slack: Duration,
    /// How many keys have revisions at least.
    pub(crate) revisions: usize,
}

/// A shard behind its lock.
#[derive(Debug)]
struct Locked {
    shard: Mutex<Shard<Payload>, { order::SHARD }>,
    /// The shard's next deadline, to be read without the lock.
    next_deadline: AtomicU64,
}

/// No foreign code runs while something is half done, so its panics leave nothing that is.
impl RefUnwindSafe for Waiters {}

impl Waiters {
    pub(crate) fn new(limits: Limits, clock: Clock) -> Self {
        let shards = number_of_shards();
        let first = clock.first_number();
        let slack = Slack::new(match clock.is_mock() {
            true => 0,
            false => Instant::BEGINNING.after(limits.timer_slack).tick(),
        });
        let locked = || Locked {
            shard: Mutex::new(Shard::new(STRIPES / 2 / shards, slack)),
            next_deadline: AtomicU64::new(NEVER),
        };
        Self {
            telemetry: Telemetry::default(),
            limits,
            capacity: Capacity::default(),
            timer: Timer::of(&clock),
            clock,
            pacer: Pacer::new(),
            latest: CachePadded(AtomicU64::new(first)),
            first,
            revisions: Revisions::new(limits.revisions, shards),
            closed: AtomicBool::new(false),
            shards: (0..shards).map(|_| CachePadded(locked())).collect(),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The number of notifies whose changes a pass that begins now can see.
    ///
    /// It must be read before anything of the pass runs: what is published later may be seen or not.
    pub(crate) fn start_of_pass(&self) -> u64 {
        // Acquire: a pass that counts a notify sees what was done before it.
        self.latest.load(Ordering::Acquire)
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Does one thing to a shard while it is locked. `act` must not run foreign code.
    fn with_shard<R>(&self, shard: u32, act: impl FnOnce(&mut Shard<Payload>) -> R) -> R {
        let locked = &self.shards[shard as usize];
        let mut shard = locked.shard.lock();
        let result = act(&mut shard);
        locked
            .next_deadline
            .store(shard.next_deadline(), Ordering::Relaxed);
        result
    }

    fn shard_of(&self, key: Fingerprint) -> u32 {
        self.shard_for(key.shard().into())
    }

    /// A shard for a waiter without a key, by any number of its own.
    fn shard_for(&self, number: u64) -> u32 {
        number as u32 & (self.shards.len() as u32 - 1)
    }
}

/// How many are suspended.
impl Waiters {
    pub(crate) fn suspended_count(&self) -> usize {
        self.capacity.suspended()
    }

    /// Counts a request as suspended. One that `has_slot` has been suspended before, and kept its slot.
    ///
    /// # Errors
    ///
    /// If it has no slot yet and none is free.
    pub(crate) fn count_suspended(&self, has_slot: bool) -> Result<(), Error> {
        match has_slot {
            true => self.capacity.suspend_again(),
            false => self.capacity.suspend(self.limits.suspended)?,
        }
        Ok(())
    }

    /// Counts one suspended request less. If it was the last one, the futures that wait for that ([`Drained`]) are
    /// woken, so nothing may be locked.
    fn count_resumed(&self) -> FirstPanic {
        self.telemetry.tell(0, Event::Rise);
        match self.capacity.resume() {
            true => self.wake_drained(),
            false => FirstPanic::default(),
        }
    }

    /// A request that has been suspended has ended.
    pub(crate) fn free_slot(&self) {
        self.capacity.free_slot();
    }
}

/// Time.
impl Waiters {
    /// The time for a caller that is about to lock a shard, if it may be read before that.
    ///
    /// A mock clock must be read under the lock: if a test moves it at this moment, either it finds the waiter or the
    /// waiter sees the new time.
    fn early_now(&self) -> Option<Instant> {
        (!self.clock.is_mock()).then(|| self.now())
    }

    /// Moves the time at which a wait expires, unless the wait is over. `moved` tells the request, and is called before
    /// another call can end the wait.
    pub(crate) fn reschedule(
        self: &Arc<Self>,
        at: WaiterRef,
        due: Instant,
        moved: impl FnOnce(),
    ) -> bool {
        let deadline = deadline(due, self.now());
        // The timer comes first, because it may not start. After that nothing can fail.
        if deadline != NEVER && self.keep(NEVER).is_err() {
            return false;
        }
        let timer = self.with_shard(at.shard, |shard| {
            let now = self.now().tick();
            let timer = shard.reschedule(at.waiter, deadline, now);
            if timer.is_some() {
                moved();
            }
            timer
        });
        timer.is_some_and(|timer| timer == NEVER || self.keep(timer).is_ok())
    }

    /// Makes sure that the timer wakes for a deadline that is stored in a shard.
    fn keep(self: &Arc<Self>, deadline: u64) -> Result<(), Error> {
        if self.clock.is_mock() {
            // Moving it looks for what is due.
            return Ok(());
        }
        let this = || -> Weak<dyn Driven> { Arc::downgrade(self) as _ };
        let kept = self.timer.keep(deadline, &self.clock, this);
        kept.map_err(|error| Error::NoTimer(error.kind()))
    }
}

impl Driven for Waiters {
    fn next_deadline(&self) -> u64 {
        let shards = self.shards.iter();
        let deadlines = shards.map(|locked| locked.next_deadline.load(Ordering::Relaxed));
        deadlines.fold(self.pacer.next_tick(), u64::min)
    }

    fn next_deadline_exactly(&self) -> u64 {
        let shards = self.shards.iter();
        let deadlines = shards.map(|locked| locked.shard.lock().next_deadline());
        deadlines.fold(self.pacer.next_tick_exactly(), u64::min)
    }

    fn expire(&self, now: u64) -> usize {
        let (mut count, mut earliest, mut first_panic) = (0, NEVER, FirstPanic::default());
        for (shard, locked) in (0..).zip(&self.shards) {
            loop {
                let due = locked.next_deadline.load(Ordering::Relaxed);
                if due > now {
                    break;
                }
                let woken = self.with_shard(shard, |shard| shard.expire(now, BATCH));
                if woken.count > 0 {
                    earliest = earliest.min(due);
                }
                count += woken.count;
                first_panic.keep(wake(woken));
            }
        }
        if count > 0 {
            let lag = self.now().since(Instant::of_tick(earliest));
            self.telemetry.tell(0, Event::Timer { lag });
        }
        if self.pacer.next_tick() <= now {
            first_panic.keep(self.run_due_tasks(now));
        }
        first_panic.resume();
        count
    }

    fn panicked(&self) {
        self.telemetry.tell(0, Event::Panic);
    }
}

/// Looking.
impl Waiters {
    /// How many waiters are registered under a key.
    pub(crate) fn waiter_count(&self, key: Fingerprint) -> usize {
        self.with_shard(self.shard_of(key), |shard| shard.waiter_count(key))
    }

    /// What has happened, to as many requests as `requests` counts, and what waits now.
    pub(crate) fn stats(&self, requests: impl FnOnce() -> u64) -> Stats {
        let now = self.now().tick();
        let (mut longest, mut unheard) = (None, 0);
        for shard in 0..self.shards.len() as u32 {
            let look = |shard: &mut Shard<_>| (shard.slots_end(), shard.unheard());
            let (end, count) = self.with_shard(shard, look);
            unheard += count;
            for first in (0..end).step_by(BATCH) {
                let range = first..end.min(first + BATCH as u32);
                let look = |shard: &mut Shard<_>| shard.longest_sleep(range, now);
                longest = longest.max(self.with_shard(shard, look));
            }
        }
        let stats = self.telemetry.stats(requests());
        Stats {
            unheard_notifies: stats.unheard_notifies + unheard,
            suspended: self.suspended_count(),
            oldest_wait: longest.map(Duration::from_millis),
            notifies: self.latest.load(Ordering::Relaxed) - self.first,
            ..stats
        }
    }
}

#[cfg(all(test, not(loom)))]
impl Waiters {
    pub(crate) fn check_invariants(&self) {
        for locked in &self.shards {
            locked.shard.lock().check_invariants();
        }
    }

    pub(crate) fn check_empty(&self) {
        self.check_invariants();
        assert_eq!(self.suspended_count(), 0);
        assert_eq!(self.next_deadline(), NEVER);
        for locked in &self.shards {
            assert!(locked.shard.lock().is_empty());
        }
    }
}

/// The tick at which a wait expires that is due at `due`. If it is due already, it does not wait for another tick.
fn deadline(due: Instant, now: Instant) -> u64 {
    match due.next_tick() {
        _ if due <= now => now.tick(),
        tick if tick < HORIZON => tick,
        _ => NEVER,
    }
}

/// Enough that two threads seldom want the same one, and no more: each has a wheel, and the timer looks at all of them
/// at each tick.
fn number_of_shards() -> usize {
    if cfg!(loom) {
        return 2;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    (4 * threads).next_power_of_two().clamp(32, STRIPES / 2)
}

/// Stripes of a whole hub, in two rows: 512 KiB. At 100,000 notifies a second and 5 ms a pass, two
/// in ten thousand passes are needless.
const STRIPES: usize = if cfg!(loom) { 4 } else { 1 << 16 };

/// Waiters or timers that are dealt with before a shard's lock is given up.
const BATCH: usize = if cfg!(loom) { 1 } else { 1024 };

#[cfg(all(test, loom))]
mod models {
    use crate::Hub;

    #[test]
    fn the_keys_of_the_models_lie_in_the_shards_that_they_say() {
        loom::model(|| {
            let (hub, _clock) = Hub::<u8>::with_mock_clock();
            let shared = hub.shared();
            let shard = |key: u8| shared.waiters.shard_of(shared.fingerprint(&key));
            assert_eq!(shard(1), shard(2));
            assert_ne!(shard(1), shard(0));
        });
    }
}
