//! The engine: one shard of waiters, without a lock, a clock, a thread or a word of http.
//!
//! Whoever owns a [`Shard`] locks it, calls one method, unlocks it, and then does what the returned
//! value says: wakes the [`Woken`], follows those who are away, drops the wakers that came back.
//! The engine itself runs no foreign code: it neither wakes, clones nor drops a waker.
//!
//! Three invariants make "no notify is lost" (the proof is in the crate's root documentation). What
//! they rest on can be broken on purpose, by `cfg(mutant = "…")`, and then a model must fail:
//!
//! * **I1.** Before the section of a notify of `k` on the shard of `k` ends, the stripes of `k` are
//!   at its number or above, and nobody is registered under `k` who was so before the section; of
//!   `notify_one`, the oldest of the highest priority is not, and what it was given is passed on if
//!   it dies before its pass has ended.
//! * **I2.** A waiter sleeps under `k` only if the stripes of `k` were not above the number that
//!   its pass started with, or if it has been registered under `k` without a break since before
//!   that pass started.
//! * **I3.** A sleeper whose wait is ended is woken after that, through the waker that it left
//!   last.

mod arena;
mod crowd;
mod fingerprint;
mod lanes;
mod queue;
mod registry;
mod slot;
mod stripes;
mod waiter;
mod wheel;
mod woken;

use std::task::Waker;

use arena::Arena;
use crowd::Left;
use registry::{Found, Registry};
use slot::{Role, Seat, Slot, State};
use stripes::Stripes;
use waiter::stamp;
use wheel::{Step, Timer, Wheel};

pub(crate) use fingerprint::Fingerprint;
pub(crate) use waiter::{Ending, Enrolled, Entry, Home, Parcel, Released, WaiterId};
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

    /// Registers a waiter, under a key or under none.
    pub(crate) fn enroll(&mut self, key: Option<Fingerprint>, entry: Entry) -> Enrolled {
        let number = self.next_number;
        self.next_number += 1;
        self.register(key, entry, number, Role::Waiter(State::Enrolled, NEVER))
    }

    /// Registers under a key of this shard a waiter whose slot is in another one.
    pub(crate) fn link(&mut self, key: Fingerprint, entry: Entry, home: Home) -> Enrolled {
        let Home { shard, waiter } = home;
        let slot = waiter.slot;
        self.register(Some(key), entry, waiter.number, Role::Link { shard, slot })
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
        let ending = self.ending(waiter);
        if ending.is_some() && !cfg!(mutant = "park-without-looking") {
            return ending;
        }
        if deadline <= now {
            return Some(Ending::Expired { at: now });
        }
        if deadline != NEVER {
            self.wheel.insert(waiter.timer(deadline, 0), now);
        }
        let slot = &mut self.slots[waiter.slot];
        let parked = State::Parked { counts, moves: 0 };
        slot.role = Role::Waiter(parked, deadline);
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

    /// Moves the deadline of one who sleeps, to a tick after `now` at the earliest. False if its wait
    /// is over, or has not begun.
    pub(crate) fn reschedule(&mut self, waiter: WaiterId, deadline: u64, now: u64) -> bool {
        if !self.lasts(waiter) {
            return false;
        }
        let deadline = deadline.max(now + 1);
        let Role::Waiter(State::Parked { moves, .. }, present) = &mut self.slots[waiter.slot].role
        else {
            return false;
        };
        if *present == deadline {
            return true;
        }
        let former = std::mem::replace(present, deadline);
        *moves = moves.wrapping_add(1);
        let moves = *moves;
        if former != NEVER {
            self.wheel
                .cancel(former, |timer| is_alive(&self.slots, timer));
        }
        if deadline != NEVER {
            self.wheel.insert(waiter.timer(deadline, moves), now);
        }
        true
    }

    /// Takes a waiter, or a link, away: key, timer, waker and all.
    pub(crate) fn release(&mut self, waiter: WaiterId) -> Released {
        let chosen = match self.slots[waiter.slot].seat {
            Seat::Chosen(key) => Some(key),
            _ => None,
        };
        let Left { waker, parcel } = self.registry.leave(&mut self.slots, waiter.slot);
        if let Role::Waiter(state, deadline) = self.slots.remove(waiter.slot).role {
            if state != State::Expired && deadline != NEVER {
                self.wheel
                    .cancel(deadline, |timer| is_alive(&self.slots, timer));
            }
        }
        Released {
            waker,
            chosen,
            parcel,
        }
    }

    fn register(
        &mut self,
        key: Option<Fingerprint>,
        entry: Entry,
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
            self.registry
                .join(&mut self.slots, key, slot, entry.priority);
            !cfg!(mutant = "register-without-comparing")
                && self.stripes.raised_since(key.stripes(), entry.start)
        });
        Enrolled {
            waiter: WaiterId { slot, number },
            missed,
        }
    }

    /// How a wait has ended, if it has.
    pub(crate) fn ending(&self, waiter: WaiterId) -> Option<Ending> {
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
    /// notify's own, and the parcel is for everyone who is registered.
    pub(crate) fn notify(
        &mut self,
        key: Fingerprint,
        number: u64,
        parcel: Option<&Parcel>,
    ) -> (Woken, Away) {
        if !cfg!(mutant = "raise-after-detaching") {
            self.raise(key, number);
        }
        match self.registry.detach(&mut self.slots, key, parcel) {
            Found::Nobody => (Woken::one(None), Away::one(None)),
            Found::One(index) => match self.slots[index].home() {
                Some(home) => (Woken::one(None), Away::one(Some(home))),
                None => {
                    let waker = self.end(index, State::Resumed);
                    self.deliver(index, parcel);
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
        if !cfg!(mutant = "choose-without-raising") {
            self.raise(key, number);
        }
        self.pass_on(key)
    }

    /// Leaves word of a notify for the passes that run.
    pub(crate) fn raise(&mut self, key: Fingerprint, number: u64) {
        self.stripes.raise(key.stripes(), number);
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

    /// Ends one wait, if it lasts, with a parcel for the one who waited.
    pub(crate) fn resume(&mut self, waiter: WaiterId, parcel: Option<&Parcel>) -> Woken {
        if !self.lasts(waiter) {
            return Woken::one(None);
        }
        let waker = self.end(waiter.slot, State::Resumed);
        self.deliver(waiter.slot, parcel);
        Woken::one(waker)
    }

    /// Ends one wait, if it lasts, as that of the one whom a notify of this key was meant for.
    pub(crate) fn choose(&mut self, waiter: WaiterId, key: Fingerprint) -> Woken {
        if !self.lasts(waiter) {
            return Woken::one(None);
        }
        let waker = self.end(waiter.slot, State::Resumed);
        if waker.is_some() {
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
            Role::Waiter(State::Parked { counts, .. }, _)
                if !self.registry.was_notified(slot.seat)
                    || cfg!(mutant = "expire-the-notified") =>
            {
                wakers.extend(self.end(index, state));
                counts
            }
            _ => false,
        }
    }

    /// Ends the wait in a slot that is enrolled or parked, and returns the sleeper's waker.
    fn end(&mut self, index: u32, state: State) -> Option<Waker> {
        let left = self.registry.leave(&mut self.slots, index);
        if let Role::Waiter(present, _) = &mut self.slots[index].role {
            *present = state;
        }
        left.waker
    }

    /// Lets one whose wait has been ended find a parcel.
    fn deliver(&mut self, index: u32, parcel: Option<&Parcel>) {
        if let Some(parcel) = parcel {
            self.slots[index].seat = self.registry.bequeath(parcel.clone());
        }
    }

    /// Whether this waiter is here, and its wait not over.
    fn lasts(&self, waiter: WaiterId) -> bool {
        // A link has the number of a waiter of another shard, which means nothing here.
        let same = |slot: &Slot| slot.number == waiter.number || cfg!(mutant = "resume-any-tenant");
        let here = |slot: &Slot| same(slot) && !slot.is_link();
        self.slots.get(waiter.slot).is_some_and(here) && self.ending(waiter).is_none()
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

fn is_alive(slots: &Arena<Slot>, timer: &Timer) -> bool {
    slots.get(timer.slot).is_some_and(|slot| match slot.role {
        Role::Waiter(State::Parked { moves, .. }, deadline) => {
            deadline == timer.when && stamp(slot.number, moves) == timer.stamp
        }
        _ => false,
    })
}
