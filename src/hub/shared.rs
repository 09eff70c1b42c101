//! What all clones of a hub share: the shards, and what happens across them.

use std::hash::Hash;
use std::panic::RefUnwindSafe;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Duration;

use crate::clock::{Clock, Timed, tick_after, tick_at, time_of};
use crate::engine::{
    self, Away, Chosen, Fingerprint, HORIZON, Heard, Home, NEVER, Parcel, Shard, Stretch, Swept,
    Woken,
};
use crate::error::Error;
use crate::key::Secret;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{CachePadded, Mutex};
use crate::telemetry::{Happening, Stats, Telemetry};
use crate::timekeeper::Timekeeper;

use super::backlog::Backlog;
use super::builder::Limits;
use super::clients::Clients;
use super::names::Names;
use super::occupancy::Occupancy;
use super::sweep::Sweep;
use super::wake::{Burst, Caught, wake};

/// A hub without the type of its keys.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) secret: Secret,
    pub(crate) limits: Limits,
    pub(crate) names: Names,
    pub(super) clients: Clients,
    pub(crate) occupancy: Occupancy,
    pub(crate) telemetry: Telemetry,
    clock: Clock,
    timekeeper: Timekeeper,
    backlog: Backlog,
    /// How many notifies there have been: the number of the latest.
    notifies: CachePadded<AtomicU64>,
    /// The number of the latest that was for all keys.
    notified_all: AtomicU64,
    /// How many requests there have been: the number of the next.
    requests: CachePadded<AtomicU64>,
    closed: AtomicBool,
    shards: Box<[CachePadded<Locked>]>,
}

/// A shard of the hub behind its lock.
#[derive(Debug)]
struct Locked {
    shard: Mutex<Shard>,
    /// The shard's next deadline, for those who ask without locking it.
    next_deadline: AtomicU64,
}

/// No foreign code runs while something is half done, so its panics leave nothing that is.
impl RefUnwindSafe for Shared {}

impl Shared {
    pub(super) fn new(limits: Limits, clock: Clock) -> Self {
        let shards = number_of_shards();
        let locked = || Locked {
            shard: Mutex::new(Shard::new(STRIPES / 2 / shards, limits.per_key)),
            next_deadline: AtomicU64::new(NEVER),
        };
        Self {
            secret: Secret::random(),
            limits,
            names: Names::default(),
            clients: Clients::default(),
            occupancy: Occupancy::default(),
            telemetry: Telemetry::default(),
            timekeeper: Timekeeper::of(&clock),
            clock,
            backlog: Backlog::new(),
            notifies: CachePadded::default(),
            notified_all: AtomicU64::new(0),
            requests: CachePadded::default(),
            closed: AtomicBool::new(false),
            shards: (0..shards).map(|_| CachePadded(locked())).collect(),
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// The time, for one who is about to lock a shard, if it may be read before that.
    ///
    /// A clock that a test moves may not: if it is moved at this moment, either it finds the waiter or
    /// the waiter sees it, and so it is read while the shard is locked.
    pub(super) fn early_now(&self) -> Option<Duration> {
        let is_moved = matches!(self.clock, Clock::Mock(_));
        let is_early = !is_moved || cfg!(mutant = "read-the-clock-before-locking");
        is_early.then(|| self.now())
    }

    pub(super) fn key_full(&self) -> Error {
        let limit = self.limits.per_key;
        Error::KeyFull { limit }
    }

    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// How many notifies a pass that starts now can see the consequences of.
    ///
    /// It must be asked before anything of the pass runs: of what is published later, nobody knows
    /// whether it was seen.
    pub(crate) fn start_of_pass(&self) -> u64 {
        self.notifies.load(OBSERVE)
    }

    pub(crate) fn fingerprint<Q: Hash + ?Sized>(&self, key: &Q) -> Fingerprint {
        Fingerprint::new(self.secret.fingerprint(key))
    }

    /// Does one thing to a shard while it is locked. `act` must not run foreign code.
    pub(super) fn with_shard<R>(&self, shard: u32, act: impl FnOnce(&mut Shard) -> R) -> R {
        let locked = &self.shards[shard as usize];
        let mut shard = locked.shard.lock();
        let result = act(&mut shard);
        locked
            .next_deadline
            .store(shard.next_deadline(), Ordering::Relaxed);
        result
    }

    pub(super) fn shard_of(&self, key: Fingerprint) -> u32 {
        self.shard_for(key.shard().into())
    }

    /// A shard for somebody without a key, by any number of its own.
    pub(super) fn shard_for(&self, number: u64) -> u32 {
        number as u32 & (self.shards.len() as u32 - 1)
    }
}

/// Notifying.
impl Shared {
    /// Ends all waits for a key, with a parcel for each, and returns how many.
    pub(super) fn notify(self: &Arc<Self>, key: Fingerprint, parcel: Option<&Parcel>) -> usize {
        let number = self.next_notify();
        let shard = self.shard_of(key);
        let heard = self.with_shard(shard, |shard| shard.notify(key, number, parcel));
        if cfg!(mutant = "raise-after-detaching") {
            self.with_shard(shard, |shard| shard.raise(key, number));
        }
        let (waits, caught) = match heard {
            Heard::Nobody => {
                self.telemetry.tell(0, Happening::Notify { waits: 0 });
                return 0;
            }
            Heard::One(woken) => (woken.count, wake(woken)),
            Heard::Away(home) => {
                let woken = self.end_wait(home, parcel);
                (woken.count, wake(woken))
            }
            Heard::Crowd(woken, away) => self.wake_crowd(woken, away, parcel),
        };
        self.tell_of_notify(waits);
        caught.resume();
        waits
    }

    /// Somebody was in the books.
    fn tell_of_notify(&self, waits: usize) {
        if waits == 0 {
            self.telemetry.tell(0, Happening::Unheard);
        }
        self.telemetry.tell(0, Happening::Notify { waits });
    }

    fn wake_crowd(
        self: &Arc<Self>,
        woken: Woken,
        away: Away,
        parcel: Option<&Parcel>,
    ) -> (usize, Caught) {
        let mut waits = woken.count;
        let mut burst = Burst::new(self.limits.wakes_per_tick);
        woken.wake_with(&mut burst);
        away.for_each(|home| {
            let woken = self.end_wait(home, parcel);
            waits += woken.count;
            woken.wake_with(&mut burst);
        });
        self.wake_later(burst.later);
        (waits, burst.caught)
    }

    fn end_wait(&self, home: Home, parcel: Option<&Parcel>) -> Woken {
        self.with_shard(home.shard, |shard| shard.resume(home.waiter, parcel))
    }

    /// Wakes so many at each tick from the next one on.
    fn wake_later(self: &Arc<Self>, wakers: Vec<Waker>) {
        if wakers.is_empty() {
            return;
        }
        let per_tick = self.limits.wakes_per_tick;
        let begins = self.backlog.wake(wakers, per_tick, || tick_at(self.now()));
        if self.keep(begins).is_err() {
            // There will be no ticks, and nobody may be forgotten.
            self.wake_the_rest().resume();
        }
    }

    fn wake_the_rest(&self) -> Caught {
        let mut caught = Caught::default();
        let wakers = self.backlog.take_wakers();
        wakers.into_iter().for_each(|waker| caught.wake(waker));
        caught
    }

    /// Ends the longest wait for a key, and returns whether there was one.
    pub(super) fn notify_one(&self, key: Fingerprint) -> bool {
        let number = self.next_notify();
        let shard = self.shard_of(key);
        let chosen = self.with_shard(shard, |shard| shard.notify_one(key, number));
        if let Chosen::Nobody = chosen {
            self.telemetry.tell(0, Happening::Notify { waits: 0 });
            return false;
        }
        let (found, caught) = self.give(key, chosen);
        self.tell_of_notify(found.into());
        caught.resume();
        found
    }

    /// Gives what was meant for one waiter, who came to nothing, to the next.
    pub(super) fn pass_on(&self, key: Fingerprint) -> Caught {
        if cfg!(mutant = "pass-nothing-on") {
            return Caught::default();
        }
        let shard = self.shard_of(key);
        let chosen = self.with_shard(shard, |shard| shard.pass_on(key));
        self.give(key, chosen).1
    }

    /// Wakes the one that has been chosen; if it is away and does not wait any more, the next one.
    fn give(&self, key: Fingerprint, mut chosen: Chosen) -> (bool, Caught) {
        loop {
            let home = match chosen {
                Chosen::Nobody => return (false, Caught::default()),
                Chosen::Sleeper(woken) => return (true, wake(woken)),
                Chosen::Away(home) => home,
            };
            let woken = self.with_shard(home.shard, |shard| shard.choose(home.waiter, key));
            chosen = match woken.count {
                0 if cfg!(mutant = "stop-at-who-is-away") => Chosen::Nobody,
                0 => self.with_shard(self.shard_of(key), |shard| shard.pass_on(key)),
                _ => Chosen::Sleeper(woken),
            };
        }
    }

    /// Ends one wait, whatever it waits for, and returns whether it lasted.
    pub(crate) fn resume(&self, home: Home, parcel: Option<&Parcel>) -> bool {
        let woken = self.end_wait(home, parcel);
        let resumed = woken.count == 1;
        wake(woken).resume();
        resumed
    }

    /// Ends the waits for all keys within this time, as if each had been notified now.
    pub(super) fn notify_every_key(self: &Arc<Self>, over: Duration) -> usize {
        let number = self.next_notify();
        // Before any shard is looked at: whoever comes into one later finds it.
        if !cfg!(mutant = "say-that-all-are-resumed-too-late") {
            self.notified_all.fetch_max(number, Ordering::Relaxed);
        }
        let (count, caught) = self.sweep(engine::Sweep::Resume, over);
        if cfg!(mutant = "say-that-all-are-resumed-too-late") {
            self.notified_all.fetch_max(number, Ordering::Relaxed);
        }
        caught.resume();
        count
    }

    /// Whether all keys may have been notified since this number. To be asked by one who has been
    /// registered.
    pub(super) fn all_notified_since(&self, start: u64) -> bool {
        self.notified_all.load(Ordering::Relaxed) > start
    }

    /// The number is taken outside every lock: the line it stands on is wanted by everyone.
    fn next_notify(&self) -> u64 {
        self.notifies.fetch_add(1, PUBLISH) + 1
    }
}

/// Going through all that wait.
impl Shared {
    /// Does the same to everybody, and returns how many waits it has ended, or how many requests it has
    /// found suspended if it takes its time.
    ///
    /// The waits that each shard holds now are all that it is for: a way must have been closed for
    /// others to be overlooked.
    fn sweep(self: &Arc<Self>, kind: engine::Sweep, over: Duration) -> (usize, Caught) {
        let shards = 0..self.shards.len() as u32;
        let waiters = |shard| self.with_shard(shard, |shard| shard.waiters());
        let waiters = shards.map(waiters).collect();
        let ticks = tick_after(over).min(HORIZON);
        let suspended = self.occupancy.suspended_count();
        let (mut count, mut caught) = (0, Caught::default());
        if ticks > 0 && self.keep(NEVER).is_ok() {
            let sweep = || Sweep::new(kind, waiters, tick_at(self.now()), ticks);
            let begins = self.backlog.sweep(sweep);
            // The thread is there, so it cannot fail.
            let _ = self.keep(begins);
            return (suspended, caught);
        }
        let mut sweep = Sweep::new(kind, waiters, 0, 0);
        while let Some(woken) = sweep.step(NEVER, self.sweeping()) {
            count += woken.count;
            caught.keep(wake(woken));
        }
        (count, caught)
    }

    /// Does what is to be done bit by bit, as far as its time has come.
    fn work_off(&self, now: u64) -> Caught {
        let mut caught = Caught::default();
        while let Some(woken) = self.backlog.next(now, self.sweeping()) {
            caught.keep(wake(woken));
        }
        caught
    }

    fn sweeping(&self) -> impl FnOnce(engine::Sweep, u32, Stretch) -> Swept {
        move |kind, shard, stretch| {
            self.with_shard(shard, |shard| shard.sweep(kind, stretch, BATCH as u32))
        }
    }
}

/// Time.
impl Shared {
    /// Moves the deadline of a wait that lasts, and says so to its request before anyone can end the
    /// wait.
    pub(crate) fn reschedule(
        self: &Arc<Self>,
        home: Home,
        deadline: u64,
        moved: impl FnOnce(),
    ) -> bool {
        // First the thread, which the system may not give; after that nothing can fail.
        if deadline != NEVER && self.keep(NEVER).is_err() {
            return false;
        }
        let lasts = self.with_shard(home.shard, |shard| {
            let now = tick_at(self.now());
            let lasts = shard.reschedule(home.waiter, deadline, now);
            if lasts {
                moved();
            }
            lasts
        });
        lasts && (deadline == NEVER || self.keep(deadline).is_ok())
    }

    /// Sees to it that a deadline which stands in a shard's books is kept.
    pub(super) fn keep(self: &Arc<Self>, deadline: u64) -> Result<(), Error> {
        match self.clock {
            // Whoever moves it looks for what is due.
            Clock::Mock(_) => Ok(()),
            _ => {
                let this = || -> Weak<dyn Timed> { Arc::downgrade(self) as _ };
                let kept = self.timekeeper.keep(deadline, &self.clock, this);
                kept.map_err(|error| Error::NoTimer(error.kind()))
            }
        }
    }
}

impl Timed for Shared {
    fn next_deadline(&self) -> u64 {
        let shards = self.shards.iter();
        let deadlines = shards.map(|locked| locked.next_deadline.load(Ordering::Relaxed));
        deadlines.fold(self.backlog.next_tick(), u64::min)
    }

    fn next_deadline_exactly(&self) -> u64 {
        let shards = self.shards.iter();
        let deadlines = shards.map(|locked| locked.shard.lock().next_deadline());
        deadlines.fold(self.backlog.next_tick_exactly(), u64::min)
    }

    fn expire(&self, now: u64) -> usize {
        let (mut count, mut earliest, mut caught) = (0, NEVER, Caught::default());
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
                caught.keep(wake(woken));
            }
        }
        if count > 0 {
            let lag = self.now().saturating_sub(time_of(earliest));
            self.telemetry.tell(0, Happening::Timer { lag });
        }
        if self.backlog.next_tick() <= now {
            caught.keep(self.work_off(now));
        }
        caught.resume();
        count
    }

    fn panicked(&self) {
        self.telemetry.tell(0, Happening::Panic);
    }
}

/// The end.
impl Shared {
    pub(crate) fn is_shut_down(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Ends all waits within this time and lets none begin.
    pub(super) fn shut_down(self: &Arc<Self>, over: Duration) -> usize {
        // Nobody goes to sleep any more in a shard that is locked after this.
        self.closed.store(true, Ordering::Relaxed);
        let suspended = self.occupancy.suspended_count();
        self.telemetry.tell(0, Happening::Shutdown { suspended });
        let (count, mut caught) = self.sweep(engine::Sweep::Close, over);
        if over.is_zero() {
            caught.keep(self.wake_the_rest());
        }
        caught.resume();
        count
    }
}

/// Looking.
impl Shared {
    pub(super) fn stats(&self) -> Stats {
        let now = tick_at(self.now());
        let (mut longest, mut unheard) = (None, 0);
        for shard in 0..self.shards.len() as u32 {
            let look = |shard: &mut Shard| (shard.slots_end(), shard.unheard());
            let (end, count) = self.with_shard(shard, look);
            unheard += count;
            for first in (0..end).step_by(BATCH) {
                let range = first..end.min(first + BATCH as u32);
                let look = |shard: &mut Shard| shard.longest_sleep(range, now);
                longest = longest.max(self.with_shard(shard, look));
            }
        }
        let requests = self.requests.load(Ordering::Relaxed);
        let stats = self.telemetry.stats(requests);
        Stats {
            unheard_notifies: stats.unheard_notifies + unheard,
            suspended: self.occupancy.suspended_count(),
            oldest_wait: longest.map(time_of),
            notifies: self.notifies.load(Ordering::Relaxed),
            ..stats
        }
    }
}

#[cfg(all(test, not(loom)))]
impl Shared {
    pub(super) fn check_invariants(&self) {
        for locked in &self.shards {
            locked.shard.lock().check_invariants();
        }
    }

    pub(super) fn check_empty(&self) {
        self.check_invariants();
        assert_eq!(self.occupancy.suspended_count(), 0);
        assert!(self.names.is_empty() && self.clients.is_empty());
        assert_eq!(self.next_deadline(), NEVER);
        for locked in &self.shards {
            assert!(locked.shard.lock().is_empty());
        }
    }
}

/// The tick at which a wait expires that is due then. What is due already does not wait for a tick.
pub(crate) fn deadline(due: Duration, now: Duration) -> u64 {
    match tick_after(due) {
        _ if due <= now => tick_at(now),
        tick if tick < HORIZON => tick,
        _ => NEVER,
    }
}

/// So many that two threads seldom want the same, and no more: each has a wheel of its own, and who
/// keeps the time looks at all of them at each tick.
fn number_of_shards() -> usize {
    if cfg!(loom) {
        return 2;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    (4 * threads).next_power_of_two().clamp(32, STRIPES / 2)
}

/// Who counts a notify sees what was done before it.
const PUBLISH: Ordering = if cfg!(mutant = "publish-relaxed") {
    Ordering::Relaxed
} else {
    Ordering::Release
};
const OBSERVE: Ordering = if cfg!(mutant = "observe-relaxed") {
    Ordering::Relaxed
} else {
    Ordering::Acquire
};

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
            let shard = |key: u8| shared.shard_of(shared.fingerprint(&key));
            assert_eq!(shard(1), shard(2));
            assert_ne!(shard(1), shard(0));
        });
    }
}
