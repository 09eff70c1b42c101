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

use std::ops::Range;
use std::task::Waker;

use arena::Arena;
use crowd::Left;
use registry::{Found, Registry};
use slot::{Role, Seat, Slot, State, span, ticks_since};
use stripes::Stripes;
use waiter::stamp;
use wheel::{Step, Timer, Wheel};

pub(crate) use fingerprint::Fingerprint;
pub(crate) use waiter::{
    Ending, Enrolled, Entry, Home, Parcel, Released, Stretch, Sweep, Swept, WaiterId,
};
pub(crate) use wheel::{HORIZON, NEVER};
pub(crate) use woken::{Away, Chosen, Heard, Waking, Woken};

/// The waiters whose keys fall into one shard, and their timers.
#[derive(Debug)]
pub(crate) struct Shard {
    slots: Arena<Slot>,
    registry: Registry,
    stripes: Stripes,
    wheel: Wheel,
    /// The number of the next registration.
    next_number: u64,
    /// How many may be registered under one key.
    most_per_key: usize,
    /// How many of the slots are links.
    links: usize,
    /// How many notifies have found nobody registered.
    unheard: u64,
}

/// Registering and waiting: what the owner of a wait calls.
impl Shard {
    pub(crate) fn new(stripes_per_row: usize, most_per_key: usize) -> Self {
        Self {
            slots: Arena::new(),
            registry: Registry::new(),
            stripes: Stripes::new(stripes_per_row),
            wheel: Wheel::new(),
            next_number: 0,
            most_per_key,
            links: 0,
            unheard: 0,
        }
    }

    /// Registers a waiter, under a key or under none; or does not, if its key has no room.
    pub(crate) fn enroll(&mut self, key: Option<Fingerprint>, entry: Entry) -> Option<Enrolled> {
        let number = self.next_number;
        self.next_number += 1;
        self.register(key, entry, number, Role::Waiter(State::Enrolled, NEVER))
    }

    /// Registers under a key of this shard a waiter whose slot is in another one; or does not, if the
    /// key has no room.
    pub(crate) fn link(&mut self, key: Fingerprint, entry: Entry, home: Home) -> Option<Enrolled> {
        let Home { shard, waiter } = home;
        let slot = waiter.slot;
        self.register(Some(key), entry, waiter.number, Role::Link { shard, slot })
    }

    /// How the wait of an enrolled waiter is over already that would last until `deadline`, if it is.
    pub(crate) fn over(&self, waiter: WaiterId, deadline: u64, now: u64) -> Option<Ending> {
        let expired = (deadline <= now).then_some(Ending::Expired { at: now });
        let ending = self
            .ending(waiter)
            .filter(|_| !cfg!(mutant = "park-without-looking"));
        ending.or(expired)
    }

    /// Puts an enrolled waiter to sleep until `deadline`, and takes its waker. Its wait is not
    /// [`over`](Self::over).
    ///
    /// `deadline` is a tick before [`HORIZON`], or [`NEVER`]; `counts` says whether the end of the
    /// wait is to be counted.
    pub(crate) fn park(
        &mut self,
        waiter: WaiterId,
        waker: Waker,
        deadline: u64,
        now: u64,
        counts: bool,
    ) {
        if deadline != NEVER {
            self.wheel.insert(waiter.timer(deadline, 0), now);
        }
        let slot = &mut self.slots[waiter.slot];
        let parked = State::Parked {
            counts,
            moves: 0,
            since: span(now),
        };
        slot.role = Role::Waiter(parked, deadline);
        let former = self.registry.leave_waker(slot, waker);
        debug_assert!(former.is_none(), "only a sleeper leaves a waker");
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
        match self.slots.remove(waiter.slot).role {
            Role::Link { .. } => self.links -= 1,
            Role::Waiter(State::Expired, _) | Role::Waiter(_, NEVER) => {}
            Role::Waiter(_, deadline) => self
                .wheel
                .cancel(deadline, |timer| is_alive(&self.slots, timer)),
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
    ) -> Option<Enrolled> {
        self.links += usize::from(matches!(role, Role::Link { .. }));
        let slot = self.slots.insert(Slot {
            number,
            waker: None,
            seat: Seat::Free,
            role,
        });
        let missed = key.is_some_and(|key| {
            !cfg!(mutant = "register-without-comparing")
                && self.stripes.raised_since(key.stripes(), entry.start)
        });
        let most = self.most_per_key;
        let joined = key.is_none_or(|key| {
            let slots = &mut self.slots;
            self.registry.join(slots, key, slot, entry.priority, most)
        });
        if !joined {
            let refused = self.slots.remove(slot);
            self.links -= usize::from(refused.is_link());
            return None;
        }
        Some(Enrolled {
            waiter: WaiterId { slot, number },
            missed,
        })
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
    ) -> Heard {
        if !cfg!(mutant = "raise-after-detaching") {
            self.raise(key, number);
        }
        match self.registry.detach(&mut self.slots, key, parcel) {
            Found::Nobody => {
                self.unheard += 1;
                Heard::Nobody
            }
            Found::One(index) => match self.slots[index].home() {
                Some(home) => Heard::Away(home),
                None => {
                    let waker = self.end(index, State::Resumed);
                    self.deliver(index, parcel);
                    Heard::One(Woken::one(waker))
                }
            },
            Found::Many(crowd) => Heard::crowd(crowd.waiters, crowd.asleep, crowd.links),
        }
    }

    /// Ends the wait for a key that has lasted longest, and leaves word for the passes that run.
    pub(crate) fn notify_one(&mut self, key: Fingerprint, number: u64) -> Chosen {
        if !cfg!(mutant = "choose-without-raising") {
            self.raise(key, number);
        }
        let chosen = self.pass_on(key);
        self.unheard += u64::from(matches!(chosen, Chosen::Nobody));
        chosen
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

    /// Sweeps a stretch of the shard, or as much of it as may be done at once.
    pub(crate) fn sweep(&mut self, sweep: Sweep, stretch: Stretch, most_slots: u32) -> Swept {
        let (mut wakers, mut count, mut passed) = (Vec::new(), 0, 0);
        let end = self.slots.end();
        let mut slot = stretch.slot;
        while slot < end && passed < stretch.waiters && slot - stretch.slot < most_slots {
            if self.slots.get(slot).is_some_and(|slot| !slot.is_link()) {
                passed += 1;
                count += usize::from(self.sweep_over(slot, sweep, &mut wakers));
            }
            slot += 1;
        }
        Swept {
            woken: Woken::some(wakers, count),
            waiters: passed,
            next_slot: (slot < end).then_some(slot),
        }
    }

    /// Tells whether it has ended a wait that counts.
    fn sweep_over(&mut self, index: u32, sweep: Sweep, wakers: &mut Vec<Waker>) -> bool {
        match sweep {
            Sweep::Close => self.end_sleep(index, State::Closed, wakers),
            Sweep::Resume if self.awaits_a_key(index) => {
                let waker = self.end(index, State::Resumed);
                let slept = waker.is_some();
                wakers.extend(waker);
                slept
            }
            Sweep::Resume => false,
        }
    }

    /// How many waiters are here, links not counted.
    pub(crate) fn waiters(&self) -> usize {
        self.slots.len() - self.links
    }

    /// How long the one in `range` has slept who has slept longest, in ticks, of those who count.
    pub(crate) fn longest_sleep(&self, range: Range<u32>, now: u64) -> Option<u64> {
        let slept = |index| match self.slots.get(index)?.role {
            Role::Waiter(State::Parked { counts, since, .. }, _) => {
                counts.then(|| ticks_since(since, now))
            }
            _ => None,
        };
        range.filter_map(slept).max()
    }

    /// How many notifies have found nobody who was registered.
    pub(crate) fn unheard(&self) -> u64 {
        self.unheard
    }

    /// One more than the highest slot that is taken.
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

    /// Whether somebody waits in the slot for a key, or is about to.
    fn awaits_a_key(&self, index: u32) -> bool {
        let Slot { seat, role, .. } = self.slots[index];
        let is_registered = matches!(seat, Seat::Alone { .. } | Seat::Queued { .. });
        match role {
            Role::Waiter(State::Enrolled, _) if cfg!(mutant = "resume-sleepers-only") => false,
            Role::Waiter(State::Enrolled | State::Parked { .. }, _) => {
                is_registered && !self.registry.was_notified(seat)
            }
            _ => false,
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
