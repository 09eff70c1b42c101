//! One waiter, registered under its keys.

use std::sync::Arc;
use std::task::{Poll, Waker};

use crate::engine::{Counting, Ending, Enrolled, Fingerprint, NEVER, Released, Shard, WaiterRef};
use crate::error::Error;
use crate::payload::Payload;
use crate::telemetry::Event;
use crate::time::Instant;

use super::claim::Claim;
use super::keys::Keys;
use super::wait::Wait;
use super::wake::FirstPanic;
use super::{Waiters, deadline};

/// The registrations of one waiter, one after another: each stands from a [`begin`](Self::begin) until it is deregistered.
///
/// It stands in shards that it does not keep alive, so its owner keeps both and [deregisters](Self::deregister) it at the
/// end.
#[derive(Debug)]
pub(crate) struct Registration {
    keys: Keys,
    priority: u8,
    /// The waiter's slot, until it has been collected from there.
    home: Option<WaiterRef>,
    /// Its registrations under the second key and the following.
    links: Option<Box<Links>>,
    /// It counts as suspended.
    counted: bool,
}

/// Boxed, because few requests have more than one key.
#[derive(Debug, Default)]
struct Links(Vec<WaiterRef>);

/// The end of a wait.
#[derive(Debug)]
pub(crate) struct Wakeup {
    pub(crate) ending: Ending,
    /// A notify has chosen this request and no other.
    pub(crate) claim: Option<Claim>,
    /// What came with the wake.
    pub(crate) payload: Option<Payload>,
}

/// A waiter that is about to sleep. `admit` is there if it is a request that counts as suspended. It is called under
/// the lock of the waiter's shard, and returns false if the request was woken in the meantime.
struct Candidate<A> {
    waker: Waker,
    due: Instant,
    is_hold: bool,
    admit: Option<A>,
}

impl Registration {
    pub(crate) const NONE: Self = Self {
        keys: Keys::None,
        priority: 0,
        home: None,
        links: None,
        counted: false,
    };

    /// Whether anything of it is registered.
    #[inline]
    pub(crate) fn is_registered(&self) -> bool {
        self.home.is_some() || self.counted || self.links.is_some()
    }

    /// Registers a waiter under the keys of its wait, and puts it to sleep. If it is registered in this way already,
    /// that registration stays. It expires when it is `due`. `number` spreads waiters without keys over the shards. The
    /// keys are taken out of the wait.
    ///
    /// Returns the end of the wait if it was over as it began. If one of the keys may have been notified since the pass
    /// began, the registration stands all the same, and the handler must look once more: after that pass the answer is
    /// exact.
    ///
    /// # Errors
    ///
    /// If a key is full, if the timer cannot be started, and whatever `admit` returns.
    pub(crate) fn begin(
        &mut self,
        waiters: &Arc<Waiters>,
        wait: &mut Wait,
        due: Instant,
        number: u64,
        waker: Waker,
        admit: Option<impl FnOnce(WaiterRef) -> Result<bool, Error>>,
    ) -> Result<Option<Wakeup>, Error> {
        let candidate = Candidate {
            waker,
            due,
            is_hold: wait.is_hold,
            admit,
        };
        let is_the_same = (&self.keys, self.priority) == (&wait.keys, wait.priority);
        if let Some(home) = self.home.filter(|_| is_the_same) {
            return self.sleep(waiters, home, candidate);
        }
        if self.is_registered() {
            // One for other keys is of no use.
            drop(self.deregister(waiters));
        }
        let keys = std::mem::take(&mut wait.keys);
        self.priority = wait.priority;
        let begun = match keys.as_slice() {
            [] => self.begin_with_one(waiters, waiters.shard_for(number), None, wait, candidate),
            &[key] => {
                self.begin_with_one(waiters, waiters.shard_of(key), Some(key), wait, candidate)
            }
            [first, others @ ..] => {
                self.begin_with_many(waiters, *first, others, wait.start, candidate)
            }
        };
        self.keys = keys;
        begun
    }

    /// Registers under a key, or under none, and sleeps at once, whatever was notified before and although the hub may
    /// be shut down. No scan ends this wait. Returns its end if it was due as it began.
    ///
    /// # Errors
    ///
    /// If the timer cannot be started.
    pub(super) fn watch(
        &mut self,
        waiters: &Arc<Waiters>,
        key: Option<Fingerprint>,
        due: Instant,
        waker: Waker,
    ) -> Result<Option<Wakeup>, Error> {
        let spread = || waiters.shard_for(due.as_nanos());
        let shard = key.map_or_else(spread, |key| waiters.shard_of(key));
        let (early, mut waker) = (waiters.early_now(), Some(waker));
        let slept = waiters.with_shard(shard, |locked| {
            let now = early.unwrap_or_else(|| waiters.now());
            let (deadline, now) = (deadline(due, now), now.tick());
            if deadline <= now {
                return Err(Ending::Expired { at: now });
            }
            let watching = waker
                .take()
                .and_then(|waker| locked.watch(key, waker, deadline, now));
            let (waiter, timer) = watching.unzip();
            self.home = waiter.map(|waiter| WaiterRef::new(shard, waiter));
            Ok(timer.unwrap_or(NEVER))
        });
        self.keep(waiters, slept)
    }

    /// All under one lock.
    #[inline]
    fn begin_with_one<A: FnOnce(WaiterRef) -> Result<bool, Error>>(
        &mut self,
        waiters: &Arc<Waiters>,
        shard: u32,
        key: Option<Fingerprint>,
        wait: &Wait,
        mut candidate: Candidate<A>,
    ) -> Result<Option<Wakeup>, Error> {
        let early = waiters.early_now();
        let most = waiters.limits.per_key;
        let slept = waiters.with_shard(shard, |locked| {
            let enrolled = locked.enroll(key, wait.start, wait.priority, most);
            let Enrolled { waiter, missed } = enrolled.ok_or(Error::KeyFull { limit: most })?;
            let home = WaiterRef::new(shard, waiter);
            self.home = Some(home);
            if missed || key.is_some() && waiters.all_notified_since(wait.start) {
                return Ok(None);
            }
            let slept = self.fall_asleep(waiters, locked, home, &mut candidate, early);
            slept.map(Some)
        })?;
        match slept {
            Some(slept) => self.keep(waiters, slept),
            None => Ok(Some(Wakeup::new(Ending::Resumed))),
        }
    }

    fn begin_with_many<A: FnOnce(WaiterRef) -> Result<bool, Error>>(
        &mut self,
        waiters: &Arc<Waiters>,
        first: Fingerprint,
        others: &[Fingerprint],
        start: u64,
        candidate: Candidate<A>,
    ) -> Result<Option<Wakeup>, Error> {
        let (shard, priority) = (waiters.shard_of(first), self.priority);
        let most = waiters.limits.per_key;
        let enrolled = waiters.with_shard(shard, |shard| {
            shard.enroll(Some(first), start, priority, most)
        });
        let Enrolled { waiter, missed } = enrolled.ok_or(Error::KeyFull { limit: most })?;
        let home = WaiterRef::new(shard, waiter);
        self.home = Some(home);
        let mut maybe_missed = missed || waiters.all_notified_since(start);
        let links = self.links.get_or_insert_default();
        links.0.reserve_exact(others.len());
        for &key in others {
            maybe_missed |= self.link(waiters, key, start, home)?;
        }
        match maybe_missed {
            true => Ok(Some(Wakeup::new(Ending::Resumed))),
            false => self.sleep(waiters, home, candidate),
        }
    }

    fn link(
        &mut self,
        waiters: &Waiters,
        key: Fingerprint,
        start: u64,
        home: WaiterRef,
    ) -> Result<bool, Error> {
        let (shard, priority) = (waiters.shard_of(key), self.priority);
        let most = waiters.limits.per_key;
        let linked =
            waiters.with_shard(shard, |shard| shard.link(key, start, priority, most, home));
        let Enrolled { waiter, missed } = linked.ok_or(Error::KeyFull { limit: most })?;
        let links = self.links.get_or_insert_default();
        links.0.push(WaiterRef::new(shard, waiter));
        Ok(missed)
    }

    /// Puts a waiter to sleep that is registered already.
    fn sleep<A: FnOnce(WaiterRef) -> Result<bool, Error>>(
        &mut self,
        waiters: &Arc<Waiters>,
        home: WaiterRef,
        mut candidate: Candidate<A>,
    ) -> Result<Option<Wakeup>, Error> {
        let early = waiters.early_now();
        let slept = waiters.with_shard(home.shard, |locked| {
            self.fall_asleep(waiters, locked, home, &mut candidate, early)
        })?;
        self.keep(waiters, slept)
    }

    /// Under the lock of its shard. A waker that is not taken is dropped after unlocking. Returns the tick at which
    /// its timer is due, or how its wait has ended already.
    fn fall_asleep<A: FnOnce(WaiterRef) -> Result<bool, Error>>(
        &mut self,
        waiters: &Waiters,
        shard: &mut Shard<Payload>,
        home: WaiterRef,
        candidate: &mut Candidate<A>,
        early: Option<Instant>,
    ) -> Result<Result<u64, Ending>, Error> {
        if waiters.is_shut_down() {
            return Ok(Err(Ending::Closed));
        }
        let now = early.unwrap_or_else(|| waiters.now());
        let deadline = deadline(candidate.due, now);
        if let Some(ending) = shard.over(home.waiter(), deadline, now.tick()) {
            return Ok(Err(ending));
        }
        let counts = match candidate.admit {
            None => Counting::Never,
            Some(_) if candidate.is_hold => Counting::WithoutValue,
            Some(_) => Counting::Always,
        };
        if let Some(admit) = candidate.admit.take() {
            if !admit(home)? {
                return Ok(Err(Ending::Resumed));
            }
            self.counted = true;
        }
        let waker = std::mem::replace(&mut candidate.waker, Waker::noop().clone());
        let timer = shard.park(home.waiter(), waker, deadline, now.tick(), counts);
        Ok(Ok(timer))
    }

    /// With nothing locked any more: makes sure that the deadline is kept. Returns the end of the wait if it is over.
    fn keep(
        &mut self,
        waiters: &Arc<Waiters>,
        slept: Result<u64, Ending>,
    ) -> Result<Option<Wakeup>, Error> {
        if self.counted {
            waiters.telemetry.tell(0, Event::Sleep);
        }
        let kept = match slept {
            Err(ending) => return Ok(Some(self.finish(waiters, ending))),
            Ok(NEVER) => return Ok(None),
            Ok(timer) => waiters.keep(timer),
        };
        match kept {
            Ok(()) => Ok(None),
            Err(error) => self.give_up(waiters, error).map(Some),
        }
    }

    /// The wait cannot last, because of this error, which is returned. If a call has ended the wait in the meantime,
    /// and was told so, returns that end instead.
    pub(crate) fn give_up(
        &mut self,
        waiters: &Arc<Waiters>,
        error: Error,
    ) -> Result<Wakeup, Error> {
        let home = self.home.ok_or_else(|| error.clone())?;
        let ending = waiters.with_shard(home.shard, |shard| shard.ending(home.waiter()));
        Ok(self.finish(waiters, ending.ok_or(error)?))
    }

    /// The wait is over: takes the waiter out of the shards, with what a notify has left there.
    pub(crate) fn finish(&mut self, waiters: &Arc<Waiters>, ending: Ending) -> Wakeup {
        let collected = match ending {
            Ending::Resumed => self.collect(waiters),
            Ending::Expired { .. } | Ending::Closed => None,
        };
        drop(self.deregister(waiters));
        collected.unwrap_or_else(|| Wakeup::new(ending))
    }

    /// Takes the waiter out of its slot if its wait is over.
    fn collect(&mut self, waiters: &Arc<Waiters>) -> Option<Wakeup> {
        let home = self.home?;
        let collected = waiters.with_shard(home.shard, |shard| shard.collect(home.waiter()));
        let (ending, released) = collected?;
        self.home = None;
        Some(Wakeup::collected(waiters, ending, released))
    }

    /// Takes the waiter out of its slot if its wait is over; otherwise makes sure that it is this
    /// waker that is woken.
    pub(crate) fn poll(&mut self, waiters: &Arc<Waiters>, waker: &Waker) -> Poll<Wakeup> {
        let Some(home) = self.home else {
            return Poll::Ready(Wakeup::new(Ending::Resumed));
        };
        let mut spare = None;
        loop {
            let polled = waiters.with_shard(home.shard, |shard| {
                let ended = shard.collect(home.waiter());
                if ended.is_some() {
                    return Poll::Ready(ended);
                }
                if shard.sleeps_with(home.waiter(), waker) {
                    return Poll::Pending;
                }
                match spare.take() {
                    Some(waker) => {
                        spare = shard.replace_waker(home.waiter(), waker);
                        Poll::Pending
                    }
                    None => Poll::Ready(None),
                }
            });
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some((ending, released))) => {
                    self.home = None;
                    return Poll::Ready(Wakeup::collected(waiters, ending, released));
                }
                // Wakers are cloned here, and the former one is dropped, where nothing is locked.
                Poll::Ready(None) => spare = Some(waker.clone()),
            }
        }
    }

    /// Takes the waiter out of the shards, and returns a notify that was meant for it alone.
    pub(crate) fn deregister(&mut self, waiters: &Arc<Waiters>) -> Option<Claim> {
        let release = |place: WaiterRef| {
            waiters.with_shard(place.shard, |shard| shard.release(place.waiter()))
        };
        let home = self.home.take().map(release);
        if home.is_some() {
            waiters.one_runs();
        }
        // A link leaves no waker and is not chosen; a payload it may have.
        let links = self.links.take().map(|links| links.0);
        let links = links.map(|links| links.into_iter().map(release).collect::<Vec<_>>());
        self.keys = Keys::None;
        let chosen = home.as_ref().and_then(|released| released.chosen);
        let payload = home.as_ref().and_then(|released| released.payload.as_ref());
        let claim = chosen.map(|key| Claim::new(waiters, key, payload));
        let first_panic = match std::mem::take(&mut self.counted) {
            true => waiters.count_resumed(),
            false => FirstPanic::default(),
        };
        // Last, for wakers and payloads may do anything when they are dropped.
        drop((home, links));
        first_panic.resume();
        claim
    }
}

impl Wakeup {
    pub(crate) fn new(ending: Ending) -> Self {
        Self {
            ending,
            claim: None,
            payload: None,
        }
    }

    fn collected(waiters: &Arc<Waiters>, ending: Ending, released: Released<Payload>) -> Self {
        waiters.one_runs();
        let wakeup = Self {
            ending,
            claim: released
                .chosen
                .map(|key| Claim::new(waiters, key, released.payload.as_ref())),
            payload: released.payload,
        };
        // After that, for it may do anything.
        drop(released.waker);
        wakeup
    }
}
