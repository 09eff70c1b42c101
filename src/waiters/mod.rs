//! Waiters behind locks: shards, and operations across them. This room knows keys and wakers. It carries the payloads
//! and errors of a request without looking into them.
//!
//! A shard is locked for one call of the [engine](crate::engine). What the call returns is acted on after unlocking.
//! [`sync::order`](crate::sync::order) has the order of all locks.

mod capacity;
mod claim;
mod crowd;
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
pub(crate) use crowd::Rate;
pub use drained::Drained;
pub(crate) use keys::{Keys, NamedKeys};
pub(crate) use registration::{Registration, Wakeup};
pub use sleep::Sleep;
pub(crate) use wait::Wait;

/// All waiters of a hub, in shards by key.
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
    /// The number before the first notify.
    first: u64,
    revisions: Revisions,
    closed: AtomicBool,
    shards: Box<[CachePadded<Locked>]>,
}

/// Limits on waiters, and the precision of their timers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) suspended: usize,
    pub(crate) per_key: usize,
    /// How the waiters of a notify are woken, if not all at once.
    pub(crate) rate: Option<Rate>,
    /// The time by which the timer of a long wait may be late. A mock clock is exact.
    pub(crate) timer_slack: Duration,
    /// The number of keys that have revisions, at least.
    pub(crate) revisions: usize,
}

/// A shard behind its lock.
#[derive(Debug)]
struct Locked {
    shard: Mutex<Shard<Payload>, { order::SHARD }>,
    /// The shard's next deadline. It can be read without the lock.
    next_deadline: AtomicU64,
}

/// No foreign code runs while a change is half done, so a panic of such code leaves a consistent state.
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

    /// See [`Clock::first_number`].
    pub(crate) fn first_number(&self) -> u64 {
        self.clock.first_number()
    }

    /// The number of the latest notify. A pass that begins now sees the changes of this notify and of all before it.
    ///
    /// Read it before any code of the pass runs. The pass may or may not see a change that is made later.
    pub(crate) fn start_of_pass(&self) -> u64 {
        // Acquire: a pass that counts a notify sees everything that happened before it.
        self.latest.load(Ordering::Acquire)
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Calls `act` while a shard is locked. `act` must not run foreign code.
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

    /// A shard for a waiter without a key. The waiter supplies some number, so that such waiters are spread.
    fn shard_for(&self, number: u64) -> u32 {
        number as u32 & (self.shards.len() as u32 - 1)
    }
}

/// The number of suspended requests.
impl Waiters {
    pub(crate) fn suspended_count(&self) -> usize {
        self.capacity.suspended()
    }

    /// Counts a request as suspended. If it `has_slot`, it was suspended before and has kept its slot.
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

    /// Counts a suspended request as resumed. If it was the last one, this wakes the [`Drained`] futures, so the
    /// caller must not hold a lock.
    fn count_resumed(&self) -> FirstPanic {
        self.telemetry.tell(0, Event::Rise);
        match self.capacity.resume() {
            true => self.wake_drained(),
            false => FirstPanic::default(),
        }
    }

    /// Frees the slot of a request that has ended.
    pub(crate) fn free_slot(&self) {
        self.capacity.free_slot();
    }
}

/// Time.
impl Waiters {
    /// The time for a caller that is about to lock a shard, if it may be read before that.
    ///
    /// A mock clock must be read under the lock. Then, if a test moves it at this moment, either the clock finds the
    /// waiter or the waiter sees the new time.
    fn early_now(&self) -> Option<Instant> {
        (!self.clock.is_mock()).then(|| self.now())
    }

    /// Moves the expiry of a wait, unless the wait is over. `moved` records the new time in the request. It is called
    /// before another call can end the wait.
    pub(crate) fn reschedule(
        self: &Arc<Self>,
        at: WaiterRef,
        due: Instant,
        moved: impl FnOnce(),
    ) -> bool {
        let deadline = deadline(due, self.now());
        // Starting the timer may fail, so it comes first. After that nothing can fail.
        if deadline != NEVER && self.keep(NEVER).is_err() {
            return false;
        }
        let timer = self.with_shard(at.shard, |shard| {
            let now = self.now().tick();
            let timer = shard.reschedule(at.waiter(), deadline, now);
            if timer.is_some() {
                moved();
            }
            timer
        });
        timer.is_some_and(|timer| timer == NEVER || self.keep(timer).is_ok())
    }

    /// Makes sure that the timer wakes up for a deadline that is stored in a shard.
    fn keep(self: &Arc<Self>, deadline: u64) -> Result<(), Error> {
        if self.clock.is_mock() {
            // When a mock clock is moved, it looks for what is due.
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

/// Inspection.
impl Waiters {
    /// The number of waiters under a key.
    pub(crate) fn waiter_count(&self, key: Fingerprint) -> usize {
        self.with_shard(self.shard_of(key), |shard| shard.waiter_count(key))
    }

    /// The counters, and the present state of the waiters. `requests` is called to count the requests.
    pub(crate) fn stats(&self, requests: impl FnOnce() -> u64) -> Stats {
        let now = self.now();
        let (mut longest, mut unheard) = (None, 0);
        for shard in 0..self.shards.len() as u32 {
            let look = |shard: &mut Shard<_>| (shard.slots_end(), shard.unheard());
            let (end, count) = self.with_shard(shard, look);
            unheard += count;
            for first in (0..end).step_by(BATCH) {
                let range = first..end.min(first + BATCH as u32);
                let look = |shard: &mut Shard<_>| shard.longest_sleep(range, now.tick());
                longest = longest.max(self.with_shard(shard, look));
            }
        }
        let since_creation = now.since(Instant::BEGINNING);
        let stats = self.telemetry.stats(requests(), since_creation);
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

/// The tick at which a wait with this due time expires. If it is already due, that is the present tick and not the
/// next.
fn deadline(due: Instant, now: Instant) -> u64 {
    match due.next_tick() {
        _ if due <= now => now.tick(),
        tick if tick < HORIZON => tick,
        _ => NEVER,
    }
}

/// Enough shards that two threads seldom want the same one, and not more: each shard has a wheel, and the timer looks
/// at all of them at each tick.
fn number_of_shards() -> usize {
    if cfg!(loom) {
        return 2;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    (4 * threads).next_power_of_two().clamp(32, STRIPES / 2)
}

/// Stripes of a whole hub, in two rows: 512 KiB. With 100,000 notifies a second and passes of 5 ms, two passes in ten
/// thousand are needless.
const STRIPES: usize = if cfg!(loom) { 4 } else { 1 << 16 };

/// The number of waiters or timers that are handled before a shard's lock is released.
const BATCH: usize = if cfg!(loom) { 1 } else { 1024 };

#[cfg(all(test, loom))]
mod models {
    use crate::Hub;

    #[test]
    fn the_keys_of_the_models_are_in_the_expected_shards() {
        loom::model(|| {
            let (hub, _clock) = Hub::<u8>::with_mock_clock();
            let shared = hub.shared();
            let shard = |key: u8| shared.waiters.shard_of(shared.fingerprint(&key));
            assert_eq!(shard(1), shard(2));
            assert_ne!(shard(1), shard(0));
        });
    }
}
