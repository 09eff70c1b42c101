//! The engine: one shard of waiters, without a lock, a clock, a thread or a word of http.
//!
//! Whoever owns a [`Shard`] locks it, calls one method, unlocks it, and then does what the returned
//! value says: wakes the [`Woken`], follows those who are away, drops the wakers that came back.
//! The engine itself runs no foreign code: it neither wakes, clones nor drops a waker.
//!
//! Three invariants make "no notify is lost" (the proof is in the crate's root documentation):
//!
//! * **I1.** Before the section of a notify of `k` on the shard of `k` ends, the stripes of `k` are
//!   at its number or above, and nobody is registered under `k` who was so before the section; of
//!   `notify_one`, the oldest is not, and what it was given is passed on if it dies before its pass
//!   starts.
//! * **I2.** A waiter sleeps under `k` only if the stripes of `k` were not above the number that
//!   its pass started with, or if it has been registered under `k` without a break since before
//!   that pass started.
//! * **I3.** A sleeper whose wait is ended is woken after that, through the waker that it left
//!   last.

mod arena;
mod fingerprint;
mod queue;
mod registry;
mod slot;
mod stripes;
mod wheel;
mod woken;

use std::task::Waker;

use arena::Arena;
use registry::{Found, Registry};
use slot::{Role, Seat, Slot, State};
use stripes::Stripes;
use wheel::{Step, Timer, Wheel};

pub(crate) use fingerprint::Fingerprint;
pub(crate) use wheel::{HORIZON, NEVER};
pub(crate) use woken::{Away, Chosen, Woken};

/// The waiters whose keys fall into one shard, and their timers.
#[derive(Debug)]
pub(crate) struct Shard {
    slots: Arena<Slot>,
    registry: Registry,
    stripes: Stripes,
    wheel: Wheel,
    /// The number of the next registration.
    next_number: u64,
}

/// Registering and waiting: what the owner of a wait calls.
impl Shard {
    pub(crate) fn new(stripes_per_row: usize) -> Self {
        Self {
            slots: Arena::new(),
            registry: Registry::new(),
            stripes: Stripes::new(stripes_per_row),
            wheel: Wheel::new(),
            next_number: 0,
        }
    }

    /// Registers a waiter, under a key or under none, for a pass that started when `start` notifies
    /// had been made.
    pub(crate) fn enroll(&mut self, key: Option<Fingerprint>, start: u64) -> Enrolled {
        let number = self.next_number;
        self.next_number += 1;
        self.register(key, start, number, Role::Waiter(State::Enrolled, NEVER))
    }

    /// Registers under a key of this shard a waiter whose slot is in another one.
    pub(crate) fn link(&mut self, key: Fingerprint, start: u64, home: Home) -> Enrolled {
        let Home { shard, waiter } = home;
        let slot = waiter.slot;
        self.register(Some(key), start, waiter.number, Role::Link { shard, slot })
    }

    /// Puts an enrolled waiter to sleep until `deadline`, and takes its waker; or says how its wait
    /// has ended already.
    ///
    /// `deadline` is a tick before [`HORIZON`], or [`NEVER`]; `counts` says whether the end of the
    /// wait is to be counted.
    pub(crate) fn park(
        &mut self,
        waiter: WaiterId,
        waker: &mut Option<Waker>,
        deadline: u64,
        now: u64,
        counts: bool,
    ) -> Option<Ending> {
        if let Some(ending) = self.ending(waiter) {
            return Some(ending);
        }
        if deadline <= now {
            return Some(Ending::Expired { at: now });
        }
        if deadline != NEVER {
            self.wheel.insert(waiter.timer(deadline), now);
        }
        let slot = &mut self.slots[waiter.slot];
        slot.role = Role::Waiter(State::Parked { counts }, deadline);
        if let Some(waker) = waker.take() {
            let former = self.registry.leave_waker(slot, waker);
            debug_assert!(former.is_none(), "only a sleeper leaves a waker");
        }
        None
    }

    /// Takes the waiter away if its wait is over.
    pub(crate) fn collect(&mut self, waiter: WaiterId) -> Option<(Ending, Released)> {
        let ending = self.ending(waiter)?;
        Some((ending, self.release(waiter)))
    }

    /// Tells whether it is this waker that a sleeper has left.
    pub(crate) fn sleeps_with(&self, waiter: WaiterId, waker: &Waker) -> bool {
        self.registry
            .waker(&self.slots[waiter.slot])
            .is_some_and(|left| left.will_wake(waker))
    }

    /// Lets a sleeper leave another waker, and returns the former one.
    pub(crate) fn replace_waker(&mut self, waiter: WaiterId, waker: Waker) -> Option<Waker> {
        self.registry
            .leave_waker(&mut self.slots[waiter.slot], waker)
    }

    /// Takes a waiter, or a link, away: key, timer, waker and all.
    pub(crate) fn release(&mut self, waiter: WaiterId) -> Released {
        let chosen = match self.slots[waiter.slot].seat {
            Seat::Chosen(key) => Some(key),
            _ => None,
        };
        let waker = self.registry.leave(&mut self.slots, waiter.slot);
        if let Role::Waiter(state, deadline) = self.slots.remove(waiter.slot).role {
            if state != State::Expired && deadline != NEVER {
                self.wheel
                    .cancel(deadline, |timer| is_alive(&self.slots, timer));
            }
        }
        Released { waker, chosen }
    }

    fn register(
        &mut self,
        key: Option<Fingerprint>,
        start: u64,
        number: u64,
        role: Role,
    ) -> Enrolled {
        let slot = self.slots.insert(Slot {
            number,
            waker: None,
            seat: Seat::Free,
            role,
        });
        let missed = key.is_some_and(|key| {
            self.registry.join(&mut self.slots, key, slot);
            self.stripes.raised_since(key.stripes(), start)
        });
        Enrolled {
            waiter: WaiterId { slot, number },
            missed,
        }
    }

    fn ending(&self, waiter: WaiterId) -> Option<Ending> {
        let slot = &self.slots[waiter.slot];
        debug_assert_eq!(slot.number, waiter.number);
        match slot.role {
            _ if self.registry.was_notified(slot.seat) => Some(Ending::Resumed),
            Role::Waiter(State::Resumed, _) => Some(Ending::Resumed),
            Role::Waiter(State::Expired, at) => Some(Ending::Expired { at }),
            Role::Waiter(State::Closed, _) => Some(Ending::Closed),
            Role::Waiter(State::Enrolled | State::Parked { .. }, _) | Role::Link { .. } => None,
        }
    }
}

/// Ending waits: what everybody else calls.
impl Shard {
    /// Ends every wait for a key, and leaves word for the passes that run. `number` is this
    /// notify's own.
    pub(crate) fn notify(&mut self, key: Fingerprint, number: u64) -> (Woken, Away) {
        self.stripes.raise(key.stripes(), number);
        match self.registry.detach(&mut self.slots, key) {
            Found::Nobody => (Woken::one(None), Away::one(None)),
            Found::One(index) => match self.slots[index].home() {
                Some(home) => (Woken::one(None), Away::one(Some(home))),
                None => {
                    let waker = self.end(index, State::Resumed);
                    (Woken::one(waker), Away::one(None))
                }
            },
            Found::Many(crowd) => {
                let woken = Woken::all(crowd.waiters, crowd.asleep);
                (woken, Away::all(crowd.links))
            }
        }
    }

    /// Ends the wait for a key that has lasted longest, and leaves word for the passes that run.
    pub(crate) fn notify_one(&mut self, key: Fingerprint, number: u64) -> Chosen {
        self.stripes.raise(key.stripes(), number);
        self.pass_on(key)
    }

    /// Gives a notify that was meant for one waiter, and did not reach it, to the next.
    pub(crate) fn pass_on(&mut self, key: Fingerprint) -> Chosen {
        while let Some(index) = self.registry.pop(&mut self.slots, key) {
            if let Some(home) = self.slots[index].home() {
                return Chosen::Away(home);
            }
            // One that is enrolled runs its handler: it is told, but it may have looked before
            // there was something to see, so it is not the one.
            if let Some(waker) = self.end(index, State::Resumed) {
                self.slots[index].seat = Seat::Chosen(key);
                return Chosen::Sleeper(Woken::one(Some(waker)));
            }
        }
        Chosen::Nobody
    }

    /// Ends one wait, if it lasts. `chosen`: as the one whom a notify of that key was meant for.
    pub(crate) fn resume(&mut self, waiter: WaiterId, chosen: Option<Fingerprint>) -> Woken {
        // A link has the number of a waiter of another shard, which means nothing here.
        let gone = |slot: &Slot| slot.number != waiter.number || slot.is_link();
        if self.slots.get(waiter.slot).is_none_or(gone) || self.ending(waiter).is_some() {
            return Woken::one(None);
        }
        let waker = self.end(waiter.slot, State::Resumed);
        if let (Some(_), Some(key)) = (&waker, chosen) {
            self.slots[waiter.slot].seat = Seat::Chosen(key);
        }
        Woken::one(waker)
    }

    /// Ends the waits whose tick has come, looking at about `budget` timers and no more.
    pub(crate) fn expire(&mut self, now: u64, mut budget: usize) -> Woken {
        let (mut wakers, mut count) = (Vec::new(), 0);
        while budget > 0 {
            match self.wheel.step(now, |timer| is_alive(&self.slots, timer)) {
                Step::Idle => break,
                Step::Moved(timers) => budget = budget.saturating_sub(timers),
                Step::Due(timer) => {
                    budget -= 1;
                    if is_alive(&self.slots, &timer) {
                        count +=
                            usize::from(self.end_sleep(timer.slot, State::Expired, &mut wakers));
                        if let Role::Waiter(State::Expired, at) = &mut self.slots[timer.slot].role {
                            *at = now.max(timer.when);
                        }
                    }
                }
            }
        }
        Woken::some(wakers, count)
    }

    /// Ends the waits in `range` of the shard's slots, for good.
    pub(crate) fn close(&mut self, range: std::ops::Range<u32>) -> Woken {
        let (mut wakers, mut count) = (Vec::new(), 0);
        for index in range {
            if self.slots.get(index).is_some() {
                count += usize::from(self.end_sleep(index, State::Closed, &mut wakers));
            }
        }
        Woken::some(wakers, count)
    }

    /// One more than the highest slot that may be taken.
    pub(crate) fn slots_end(&self) -> u32 {
        self.slots.end()
    }

    /// The tick at which [`expire`](Self::expire) has something to do, or [`NEVER`].
    pub(crate) fn next_deadline(&self) -> u64 {
        self.wheel.next()
    }

    /// Ends a wait if somebody sleeps in the slot, and tells whether it was one that counts.
    fn end_sleep(&mut self, index: u32, state: State, wakers: &mut Vec<Waker>) -> bool {
        let slot = &self.slots[index];
        match slot.role {
            Role::Waiter(State::Parked { counts }, _) if !self.registry.was_notified(slot.seat) => {
                wakers.extend(self.end(index, state));
                counts
            }
            _ => false,
        }
    }

    /// Ends the wait in a slot that is enrolled or parked, and returns the sleeper's waker.
    fn end(&mut self, index: u32, state: State) -> Option<Waker> {
        let waker = self.registry.leave(&mut self.slots, index);
        if let Role::Waiter(present, _) = &mut self.slots[index].role {
            *present = state;
        }
        waker
    }
}

#[cfg(all(test, not(loom)))]
impl Shard {
    pub(crate) fn check_invariants(&self) {
        self.registry.check(&self.slots);
        for (_, slot) in self.slots.iter() {
            match slot.role {
                Role::Link { .. } => assert!(self.registry.waker(slot).is_none()),
                // A sleeper has left a waker, unless somebody has taken it to wake it.
                Role::Waiter(State::Parked { .. }, _) => assert_ne!(
                    self.registry.waker(slot).is_some(),
                    self.registry.was_notified(slot.seat)
                ),
                Role::Waiter(..) => assert!(self.registry.waker(slot).is_none()),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.len() == 0 && self.registry.is_empty()
    }
}

/// A registration in a shard: where it is, and a number that never comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaiterId {
    slot: u32,
    number: u64,
}

impl WaiterId {
    fn timer(self, when: u64) -> Timer {
        Timer {
            when,
            slot: self.slot,
            stamp: stamp(self.number),
        }
    }
}

/// The slot that holds the truth about a waiter that waits for keys of several shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) shard: u32,
    pub(crate) waiter: WaiterId,
}

/// A registration that was made.
#[derive(Debug)]
pub(crate) struct Enrolled {
    pub(crate) waiter: WaiterId,
    /// The key may have been notified since the pass started, so the handler has to look once more.
    pub(crate) missed: bool,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Resumed,
    /// At this tick.
    Expired {
        at: u64,
    },
    Closed,
}

/// What is left of a registration that was taken away.
#[derive(Debug)]
#[must_use = "the waker is to be dropped after unlocking, and `chosen` may have to be passed on"]
pub(crate) struct Released {
    pub(crate) waker: Option<Waker>,
    /// It was the one whom a notify of this key was meant for.
    pub(crate) chosen: Option<Fingerprint>,
}

fn is_alive(slots: &Arena<Slot>, timer: &Timer) -> bool {
    slots.get(timer.slot).is_some_and(|slot| {
        let armed = matches!(slot.role, Role::Waiter(_, deadline) if deadline == timer.when);
        armed && stamp(slot.number) == timer.stamp
    })
}

/// What a timer remembers of its waiter's number: enough, since the deadline is compared as well.
fn stamp(number: u64) -> u32 {
    number as u32
}
