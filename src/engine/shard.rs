//! One shard: the waiters of some keys, and their timers.

use std::ops::Range;
use std::task::Waker;

use super::arena::Arena;
use super::fingerprint::Fingerprint;
use super::index::{Found, KeyIndex};
use super::message::{Ending, Enrolled, Released, ScanKind, ScanRange, WaiterId, WaiterRef, stamp};
use super::slot::{Kind, Membership, Slot, State, span, ticks_since};
use super::stripes::Stripes;
use super::wheel::{NEVER, Step, Timer, Wheel};
use super::woken::{Chosen, Notified, Scanned, Woken};

/// The waiters whose keys fall into one shard, and their timers. What comes with a wake is a `P`, which the engine
/// carries and never looks into.
#[derive(Debug)]
pub(crate) struct Shard<P> {
    slots: Arena<Slot>,
    index: KeyIndex<P>,
    stripes: Stripes,
    wheel: Wheel,
    /// The number of the next registration.
    next_number: u64,
    /// How many of the slots are links.
    links: usize,
    /// How many notifies have found nobody registered.
    unheard: u64,
}

/// Registering and waiting: what the owner of a wait calls.
impl<P: Clone> Shard<P> {
    pub(crate) fn new(stripes_per_row: usize) -> Self {
        Self {
            slots: Arena::new(),
            index: KeyIndex::new(),
            stripes: Stripes::new(stripes_per_row),
            wheel: Wheel::new(),
            next_number: 0,
            links: 0,
            unheard: 0,
        }
    }

    /// Registers a waiter, under a key or under none; or does not, if its key has `most` waiters already.
    ///
    /// `start` is the number of notifies that the waiter's pass has begun with.
    pub(crate) fn enroll(
        &mut self,
        key: Option<Fingerprint>,
        start: u64,
        priority: u8,
        most: usize,
    ) -> Option<Enrolled> {
        let number = self.next_number;
        self.next_number += 1;
        let kind = Kind::Waiter(State::Enrolled, NEVER);
        self.register(key, start, priority, most, number, kind)
    }

    /// Registers under a key of this shard a waiter whose slot is in another one; or does not, if the
    /// key has `most` waiters already.
    pub(crate) fn link(
        &mut self,
        key: Fingerprint,
        start: u64,
        priority: u8,
        most: usize,
        home: WaiterRef,
    ) -> Option<Enrolled> {
        let WaiterRef { shard, waiter } = home;
        let slot = waiter.slot;
        let kind = Kind::Link { shard, slot };
        self.register(Some(key), start, priority, most, waiter.number, kind)
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
        slot.kind = Kind::Waiter(parked, deadline);
        let former = self.index.leave_waker(slot, waker);
        debug_assert!(former.is_none(), "only a sleeper leaves a waker");
    }

    /// Takes the waiter away if its wait is over.
    pub(crate) fn collect(&mut self, waiter: WaiterId) -> Option<(Ending, Released<P>)> {
        let ending = self.ending(waiter)?;
        Some((ending, self.release(waiter)))
    }

    /// Tells whether it is this waker that a sleeper has left.
    pub(crate) fn sleeps_with(&self, waiter: WaiterId, waker: &Waker) -> bool {
        self.index
            .waker(&self.slots[waiter.slot])
            .is_some_and(|left| left.will_wake(waker))
    }

    /// Lets a sleeper leave another waker, and returns the former one.
    pub(crate) fn replace_waker(&mut self, waiter: WaiterId, waker: Waker) -> Option<Waker> {
        self.index.leave_waker(&mut self.slots[waiter.slot], waker)
    }

    /// Moves the deadline of one who sleeps, to a tick after `now` at the earliest. False if its wait
    /// is over, or has not begun.
    pub(crate) fn reschedule(&mut self, waiter: WaiterId, deadline: u64, now: u64) -> bool {
        if !self.lasts(waiter) {
            return false;
        }
        let deadline = deadline.max(now + 1);
        let Kind::Waiter(State::Parked { moves, .. }, present) = &mut self.slots[waiter.slot].kind
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
    pub(crate) fn release(&mut self, waiter: WaiterId) -> Released<P> {
        let released = self.index.leave(&mut self.slots, waiter.slot);
        match self.slots.remove(waiter.slot).kind {
            Kind::Link { .. } => self.links -= 1,
            Kind::Waiter(State::Expired, _) | Kind::Waiter(_, NEVER) => {}
            Kind::Waiter(_, deadline) => self
                .wheel
                .cancel(deadline, |timer| is_alive(&self.slots, timer)),
        }
        released
    }

    fn register(
        &mut self,
        key: Option<Fingerprint>,
        start: u64,
        priority: u8,
        most: usize,
        number: u64,
        kind: Kind,
    ) -> Option<Enrolled> {
        self.links += usize::from(matches!(kind, Kind::Link { .. }));
        let slot = self.slots.insert(Slot {
            number,
            waker: None,
            membership: Membership::Free,
            kind,
        });
        let missed = key.is_some_and(|key| {
            !cfg!(mutant = "register-without-comparing")
                && self.stripes.raised_since(key.stripes(), start)
        });
        let joined = key.is_none_or(|key| {
            let slots = &mut self.slots;
            self.index.join(slots, key, slot, priority, most)
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
        match slot.kind {
            _ if self.index.was_notified(slot.membership) => Some(Ending::Resumed),
            Kind::Waiter(State::Resumed, _) => Some(Ending::Resumed),
            Kind::Waiter(State::Expired, at) => Some(Ending::Expired { at }),
            Kind::Waiter(State::Closed, _) => Some(Ending::Closed),
            Kind::Waiter(State::Enrolled | State::Parked { .. }, _) | Kind::Link { .. } => None,
        }
    }
}

/// Ending waits: what everybody else calls.
impl<P: Clone> Shard<P> {
    /// Ends every wait for a key, and leaves word for the passes that run. `number` is this
    /// notify's own, and the payload is for everyone who is registered.
    pub(crate) fn notify(
        &mut self,
        key: Fingerprint,
        number: u64,
        payload: Option<&P>,
    ) -> Notified {
        if !cfg!(mutant = "raise-after-detaching") {
            self.raise(key, number);
        }
        let notified = self.end_all(key, payload);
        self.unheard += u64::from(matches!(notified, Notified::None));
        notified
    }

    /// Ends every wait for a key, as [`notify`](Self::notify) does, and leaves no word for anybody else.
    pub(crate) fn end_all(&mut self, key: Fingerprint, payload: Option<&P>) -> Notified {
        match self.index.detach(&mut self.slots, key, payload) {
            Found::None => Notified::None,
            Found::One(index) => match self.slots[index].home() {
                Some(home) => Notified::Remote(home),
                None => {
                    let waker = self.end(index, State::Resumed);
                    self.deliver(index, payload);
                    Notified::Local(Woken::one(waker))
                }
            },
            Found::Many(members) => Notified::many(members.waiters, members.asleep, members.links),
        }
    }

    /// Ends the wait for a key that has lasted longest, and leaves word for the passes that run.
    pub(crate) fn notify_one(&mut self, key: Fingerprint, number: u64) -> Chosen {
        if !cfg!(mutant = "choose-without-raising") {
            self.raise(key, number);
        }
        let chosen = self.pass_on(key);
        self.unheard += u64::from(matches!(chosen, Chosen::None));
        chosen
    }

    /// Leaves word of a notify for the passes that run.
    pub(crate) fn raise(&mut self, key: Fingerprint, number: u64) {
        self.stripes.raise(key.stripes(), number);
    }

    /// Gives a notify that was meant for one waiter, and did not reach it, to the next.
    pub(crate) fn pass_on(&mut self, key: Fingerprint) -> Chosen {
        while let Some(index) = self.index.pop(&mut self.slots, key) {
            if let Some(home) = self.slots[index].home() {
                return Chosen::Remote(home);
            }
            // One that is enrolled runs its handler: it is told, but it may have looked before
            // there was something to see, so it is not the one.
            if let Some(waker) = self.end(index, State::Resumed) {
                self.slots[index].membership = Membership::Chosen(key);
                return Chosen::Local(Woken::one(Some(waker)));
            }
        }
        Chosen::None
    }

    /// Ends one wait, if it lasts, with a payload for the one who waited.
    pub(crate) fn resume(&mut self, waiter: WaiterId, payload: Option<&P>) -> Woken {
        if !self.lasts(waiter) {
            return Woken::one(None);
        }
        let waker = self.end(waiter.slot, State::Resumed);
        self.deliver(waiter.slot, payload);
        Woken::one(waker)
    }

    /// Ends one wait, if it lasts, as that of the one whom a notify of this key was meant for.
    pub(crate) fn choose(&mut self, waiter: WaiterId, key: Fingerprint) -> Woken {
        if !self.lasts(waiter) {
            return Woken::one(None);
        }
        let waker = self.end(waiter.slot, State::Resumed);
        if waker.is_some() {
            self.slots[waiter.slot].membership = Membership::Chosen(key);
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
                        if let Kind::Waiter(State::Expired, at) = &mut self.slots[timer.slot].kind {
                            *at = now.max(timer.when);
                        }
                    }
                }
            }
        }
        Woken::some(wakers, count)
    }

    /// Goes through a range of the shard, or through as much of it as may be done at once.
    pub(crate) fn scan(&mut self, kind: ScanKind, range: ScanRange, most_slots: u32) -> Scanned {
        let (mut wakers, mut count, mut passed) = (Vec::new(), 0, 0);
        let end = self.slots.end();
        let mut slot = range.slot;
        while slot < end && passed < range.waiters && slot - range.slot < most_slots {
            if self.slots.get(slot).is_some_and(|slot| !slot.is_link()) {
                passed += 1;
                count += usize::from(self.scan_slot(slot, kind, &mut wakers));
            }
            slot += 1;
        }
        Scanned {
            woken: Woken::some(wakers, count),
            waiters: passed,
            next_slot: (slot < end).then_some(slot),
        }
    }

    /// Tells whether it has ended a wait that counts.
    fn scan_slot(&mut self, index: u32, kind: ScanKind, wakers: &mut Vec<Waker>) -> bool {
        match kind {
            ScanKind::Close => self.end_sleep(index, State::Closed, wakers),
            ScanKind::Resume if self.awaits_a_key(index) => {
                let waker = self.end(index, State::Resumed);
                let slept = waker.is_some();
                wakers.extend(waker);
                slept
            }
            ScanKind::Resume => false,
        }
    }

    /// How many waiters are here, links not counted.
    pub(crate) fn waiters(&self) -> usize {
        self.slots.len() - self.links
    }

    /// How long the one in `range` has slept who has slept longest, in ticks, of those who count.
    pub(crate) fn longest_sleep(&self, range: Range<u32>, now: u64) -> Option<u64> {
        let slept = |index| match self.slots.get(index)?.kind {
            Kind::Waiter(State::Parked { counts, since, .. }, _) => {
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
        match slot.kind {
            Kind::Waiter(State::Parked { counts, .. }, _)
                if !self.index.was_notified(slot.membership)
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
        let left = self.index.leave(&mut self.slots, index);
        if let Kind::Waiter(present, _) = &mut self.slots[index].kind {
            *present = state;
        }
        left.waker
    }

    /// Lets one whose wait has been ended find a payload.
    fn deliver(&mut self, index: u32, payload: Option<&P>) {
        if let Some(payload) = payload {
            self.slots[index].membership = self.index.bequeath(payload.clone());
        }
    }

    /// Whether somebody waits in the slot for a key, or is about to.
    fn awaits_a_key(&self, index: u32) -> bool {
        let Slot {
            membership, kind, ..
        } = self.slots[index];
        let is_registered = matches!(
            membership,
            Membership::Alone { .. } | Membership::Queued { .. }
        );
        match kind {
            Kind::Waiter(State::Enrolled, _) if cfg!(mutant = "resume-sleepers-only") => false,
            Kind::Waiter(State::Enrolled | State::Parked { .. }, _) => {
                is_registered && !self.index.was_notified(membership)
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
impl<P: Clone> Shard<P> {
    pub(crate) fn check_invariants(&self) {
        self.index.check(&self.slots);
        for (_, slot) in self.slots.iter() {
            match slot.kind {
                Kind::Link { .. } => assert!(self.index.waker(slot).is_none()),
                // A sleeper has left a waker, unless somebody has taken it to wake it.
                Kind::Waiter(State::Parked { .. }, _) => assert_ne!(
                    self.index.waker(slot).is_some(),
                    self.index.was_notified(slot.membership)
                ),
                Kind::Waiter(..) => assert!(self.index.waker(slot).is_none()),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.len() == 0 && self.index.is_empty()
    }
}

fn is_alive(slots: &Arena<Slot>, timer: &Timer) -> bool {
    slots.get(timer.slot).is_some_and(|slot| match slot.kind {
        Kind::Waiter(State::Parked { moves, .. }, deadline) => {
            deadline == timer.when && stamp(slot.number, moves) == timer.stamp
        }
        _ => false,
    })
}
