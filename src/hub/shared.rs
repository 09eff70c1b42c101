//! What all clones of a hub share: the shards, and what happens across them.

use std::hash::Hash;
use std::panic::RefUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::clock::{Clock, Timed, tick_after, tick_at};
use crate::engine::{Chosen, Fingerprint, HORIZON, Home, NEVER, Parcel, Shard};
use crate::error::Error;
use crate::key::Secret;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{CachePadded, Mutex};
use crate::timekeeper::Timekeeper;

use super::builder::Limits;
use super::names::Names;
use super::occupancy::Occupancy;
use super::wake::{Caught, wake};

/// A hub without the type of its keys.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) secret: Secret,
    pub(crate) limits: Limits,
    pub(crate) names: Names,
    pub(super) occupancy: Occupancy,
    clock: Clock,
    timekeeper: Timekeeper,
    /// How many notifies there have been: the number of the latest.
    notifies: CachePadded<AtomicU64>,
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
            shard: Mutex::new(Shard::new(STRIPES / 2 / shards)),
            next_deadline: AtomicU64::new(NEVER),
        };
        Self {
            secret: Secret::random(),
            limits,
            names: Names::default(),
            occupancy: Occupancy::default(),
            clock,
            timekeeper: Timekeeper::default(),
            notifies: CachePadded::default(),
            requests: CachePadded::default(),
            closed: AtomicBool::new(false),
            shards: (0..shards).map(|_| CachePadded(locked())).collect(),
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
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
    pub(super) fn notify(&self, key: Fingerprint, parcel: Option<&Parcel>) -> usize {
        let number = self.next_notify();
        let shard = self.shard_of(key);
        let (woken, away) = self.with_shard(shard, |shard| shard.notify(key, number, parcel));
        if cfg!(mutant = "raise-after-detaching") {
            self.with_shard(shard, |shard| shard.raise(key, number));
        }
        let mut count = woken.count;
        let mut caught = wake(woken);
        away.for_each(|home| {
            let woken = self.with_shard(home.shard, |shard| shard.resume(home.waiter, parcel));
            count += woken.count;
            caught.keep(wake(woken));
        });
        caught.resume();
        count
    }

    /// Ends the longest wait for a key, and returns whether there was one.
    pub(super) fn notify_one(&self, key: Fingerprint) -> bool {
        let number = self.next_notify();
        let shard = self.shard_of(key);
        let chosen = self.with_shard(shard, |shard| shard.notify_one(key, number));
        let (found, caught) = self.give(key, chosen);
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
        let woken = self.with_shard(home.shard, |shard| shard.resume(home.waiter, parcel));
        let resumed = woken.count == 1;
        wake(woken).resume();
        resumed
    }

    /// The number is taken outside every lock: the line it stands on is wanted by everyone.
    fn next_notify(&self) -> u64 {
        self.notifies.fetch_add(1, PUBLISH) + 1
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
            Clock::System(_) => {
                let this = || -> Weak<dyn Timed> { Arc::downgrade(self) as _ };
                let kept = self.timekeeper.keep(deadline, &self.clock, this);
                kept.map_err(|error| Error::NoTimer(error.kind()))
            }
            // Whoever moves it looks for what is due.
            Clock::Mock(_) => Ok(()),
        }
    }
}

impl Timed for Shared {
    fn next_deadline(&self) -> u64 {
        let published = |locked: &Locked| locked.next_deadline.load(Ordering::Relaxed);
        // A test moves its clock when it has seen that a request is suspended: it must find it.
        let exact = |locked: &Locked| locked.shard.lock().next_deadline();
        let next_deadline = match self.clock {
            Clock::System(_) => published,
            Clock::Mock(_) => exact,
        };
        let shards = self.shards.iter().map(|padded| next_deadline(padded));
        shards.min().unwrap_or(NEVER)
    }

    fn expire(&self, now: u64) -> usize {
        let (mut count, mut caught) = (0, Caught::default());
        for (shard, locked) in (0..).zip(&self.shards) {
            while locked.next_deadline.load(Ordering::Relaxed) <= now {
                let woken = self.with_shard(shard, |shard| shard.expire(now, BATCH));
                count += woken.count;
                caught.keep(wake(woken));
            }
        }
        caught.resume();
        count
    }
}

/// The end.
impl Shared {
    pub(crate) fn is_shut_down(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Ends all waits and lets none begin.
    pub(super) fn shut_down(&self) -> usize {
        self.closed.store(true, Ordering::Relaxed);
        let (mut count, mut caught) = (0, Caught::default());
        for shard in 0..self.shards.len() as u32 {
            // Nobody goes to sleep any more in a shard that has been locked since, so what is there
            // now is all.
            let end = self.with_shard(shard, |shard| shard.slots_end());
            for first in (0..end).step_by(BATCH) {
                let woken = self.with_shard(shard, |shard| {
                    shard.close(first..end.min(first + BATCH as u32))
                });
                count += woken.count;
                caught.keep(wake(woken));
            }
        }
        caught.resume();
        count
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
        assert_eq!(self.occupancy.suspended(), 0);
        assert!(self.names.is_empty());
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

fn number_of_shards() -> usize {
    if cfg!(loom) {
        return 2;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    (4 * threads).next_power_of_two().clamp(64, STRIPES / 2)
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
            let (hub, _clock) = Hub::<u8>::manual();
            let shared = hub.shared();
            let shard = |key: u8| shared.shard_of(shared.fingerprint(&key));
            assert_eq!(shard(1), shard(2));
            assert_ne!(shard(1), shard(0));
        });
    }
}
