//! Ending the waits of a shard: the calls that do not come from the owner of a wait.

use std::ops::Range;
use std::task::Waker;

use super::{Shard, is_alive};
use crate::engine::deadline::Deadline;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::index::Found;
use crate::engine::message::{Carried, ScanKind, ScanRange, WaiterId};
use crate::engine::revisions::Change;
use crate::engine::slot::{Counting, Kind, Membership, Slot, State, ticks_since};
use crate::engine::wheel::Step;
use crate::engine::woken::{Notified, Woken};

impl<P: Carried> Shard<P> {
    /// Ends every wait for a key, and raises the key's stripes so that passes that are running notice it. Every
    /// registered waiter gets the payload, and waits that cannot take it are not counted.
    pub(crate) fn notify(
        &mut self,
        key: Fingerprint,
        change: Change,
        payload: Option<&P>,
    ) -> Notified {
        self.record(key, change);
        let found = self.index.detach(&mut self.slots, key, payload);
        self.unheard += u64::from(matches!(found, Found::None));
        self.end_found(found, payload)
    }

    /// Ends every wait for a key, as [`notify`](Self::notify) does, but does not raise the stripes: running passes do
    /// not notice it.
    pub(crate) fn end_key(&mut self, key: Fingerprint) -> Notified {
        let found = self.index.detach(&mut self.slots, key, None);
        self.end_found(found, None)
    }

    #[inline]
    fn end_found(&mut self, found: Found, payload: Option<&P>) -> Notified {
        match found {
            Found::None => Notified::None,
            Found::One(index) => match self.slots[index].home() {
                Some(home) => Notified::Remote(home),
                None => {
                    let takes = self.takes(index, payload);
                    let waker = self.slots[index].end(State::Resumed);
                    self.deliver(index, payload.filter(|_| takes));
                    Notified::Local(Woken::one(waker).if_it(takes))
                }
            },
            Found::Many(members) => {
                let uncounted = match payload.is_some_and(P::is_value) {
                    true => members.taking_nothing,
                    false => 0,
                };
                let count = members.asleep - uncounted;
                Notified::many(members.waiters, count, members.links)
            }
        }
    }

    /// Whether the waiter in a slot takes this payload.
    #[inline]
    fn takes(&self, index: u32, payload: Option<&P>) -> bool {
        !(payload.is_some_and(P::is_value) && self.slots[index].takes_nothing())
    }

    /// Ends the wait for a key that has lasted longest, and raises the key's stripes so that running passes notice it.
    /// It gets the payload.
    pub(crate) fn notify_one(
        &mut self,
        key: Fingerprint,
        change: Change,
        payload: Option<&P>,
    ) -> Notified {
        self.record(key, change);
        let chosen = self.pass_on(key, payload);
        self.unheard += u64::from(matches!(chosen, Notified::None));
        chosen
    }

    /// Raises the stripes of a key to the number of a notify, so that running passes notice it, and records it for
    /// those who look later.
    fn record(&mut self, key: Fingerprint, change: Change) {
        self.stripes.raise(key.stripes(), change.number);
        if let Some(revisions) = &mut self.revisions {
            revisions.record(key, change);
        }
    }

    /// Gives a notify that was meant for one waiter, and did not reach it, to the next.
    pub(crate) fn pass_on(&mut self, key: Fingerprint, payload: Option<&P>) -> Notified {
        while let Some(index) = self.index.pop(&mut self.slots, key) {
            if let Some(home) = self.slots[index].home() {
                return Notified::Remote(home);
            }
            // An enrolled waiter is not asleep: its handler is running. Its wait is ended too, but its handler may have
            // looked before there was something to see. So it is not the chosen one.
            let takes = self.takes(index, payload);
            if let Some(waker) = self.end(index, State::Resumed) {
                self.mark_chosen(index, key, payload.filter(|_| takes));
                return Notified::Local(Woken::one(Some(waker)).if_it(takes));
            }
        }
        Notified::None
    }

    /// Ends one wait, if it lasts, with a payload for its waiter.
    pub(crate) fn resume(&mut self, waiter: WaiterId, payload: Option<&P>) -> Woken {
        if !self.lasts(waiter) {
            return Woken::one(None);
        }
        let takes = self.takes(waiter.slot, payload);
        let waker = self.end(waiter.slot, State::Resumed);
        self.deliver(waiter.slot, payload.filter(|_| takes));
        Woken::one(waker).if_it(takes)
    }

    /// Ends one wait, if it lasts, and marks its waiter as the one that a notify of this key has chosen.
    pub(crate) fn choose(
        &mut self,
        waiter: WaiterId,
        key: Fingerprint,
        payload: Option<&P>,
    ) -> Woken {
        if !self.lasts(waiter) {
            return Woken::one(None);
        }
        let takes = self.takes(waiter.slot, payload);
        let waker = self.end(waiter.slot, State::Resumed);
        if waker.is_some() {
            self.mark_chosen(waiter.slot, key, payload.filter(|_| takes));
        }
        Woken::one(waker).if_it(takes)
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
                        if let Kind::Waiter(State::Expired, due) = &mut self.slots[timer.slot].kind
                        {
                            *due = Deadline::exact(due.expired_at(now));
                        }
                    }
                }
            }
        }
        Woken::some(wakers, count)
    }

    /// Goes through this number of waiters of a range, or through as many as may be done at once.
    pub(crate) fn scan(
        &mut self,
        kind: ScanKind,
        range: &mut ScanRange,
        waiters: usize,
        most_slots: u32,
    ) -> Woken {
        let (mut wakers, mut count, mut passed) = (Vec::new(), 0, 0);
        let end = self.slots.end();
        let last = end.min(range.slot.saturating_add(most_slots));
        while range.slot < last && passed < waiters {
            if self.is_scanned(range.slot, range.before) {
                passed += 1;
                count += usize::from(self.scan_slot(range.slot, kind, &mut wakers));
            }
            range.slot += 1;
        }
        range.waiters = match range.slot < end {
            true => range.waiters - passed,
            // Of the waiters that were there when it began, some have gone.
            false => 0,
        };
        Woken::some(wakers, count)
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

    /// All waiters there are now, for a scan.
    pub(crate) fn census(&self) -> ScanRange {
        ScanRange {
            slot: 0,
            waiters: self.slots.len() - self.links - self.watchers,
            before: self.next_number,
        }
    }

    /// The longest time, in ticks, that a waiter in `range` has slept. Only waiters whose waits count are looked at.
    pub(crate) fn longest_sleep(&self, range: Range<u32>, now: u64) -> Option<u64> {
        let slept = |index| match self.slots.get(index)?.kind {
            Kind::Waiter(State::Parked { counts, since, .. }, _) => {
                (counts != Counting::Never).then(|| ticks_since(since, now))
            }
            _ => None,
        };
        range.filter_map(slept).max()
    }

    /// How many waiters are registered under a key.
    pub(crate) fn waiter_count(&self, key: Fingerprint) -> usize {
        self.index.waiter_count(&self.slots, key)
    }

    /// How many notifies have found no registered waiter.
    pub(crate) fn unheard(&self) -> u64 {
        self.unheard
    }

    /// One more than the highest slot that is taken.
    pub(crate) fn slots_end(&self) -> u32 {
        self.slots.end()
    }

    /// Ends the wait of the waiter in the slot, if it sleeps, and tells whether it was a wait that counts.
    fn end_sleep(&mut self, index: u32, state: State, wakers: &mut Vec<Waker>) -> bool {
        let slot = &self.slots[index];
        match slot.kind {
            Kind::Waiter(State::Parked { counts, .. }, _)
                if !self.index.was_notified(slot.membership) =>
            {
                wakers.extend(self.end(index, state));
                counts != Counting::Never
            }
            _ => false,
        }
    }

    /// Ends the wait in a slot that is enrolled or parked, and returns the sleeper's waker.
    #[inline]
    fn end(&mut self, index: u32, state: State) -> Option<Waker> {
        let left = self.index.leave(&mut self.slots, index);
        let slot = &mut self.slots[index];
        slot.waker = left.waker;
        slot.end(state)
    }

    /// Lets one whose wait has been ended find a payload.
    fn deliver(&mut self, index: u32, payload: Option<&P>) {
        if let Some(payload) = payload {
            self.slots[index].membership = self.index.store_payload(payload.clone(), None);
        }
    }

    /// Makes one whose wait has been ended responsible for a notify of this key.
    fn mark_chosen(&mut self, index: u32, key: Fingerprint, payload: Option<&P>) {
        self.slots[index].membership = match payload {
            None => Membership::Chosen(key),
            Some(payload) => self.index.store_payload(payload.clone(), Some(key)),
        };
    }

    /// Whether a scan concerns the slot: one that began when `before` was the number of the next waiter.
    fn is_scanned(&self, index: u32, before: u64) -> bool {
        let concerns = |slot: &Slot| !slot.is_link() && slot.number < before;
        self.slots.get(index).is_some_and(concerns)
    }

    /// Whether the waiter in the slot waits for a key, or is about to.
    fn awaits_a_key(&self, index: u32) -> bool {
        let Slot {
            membership, kind, ..
        } = self.slots[index];
        let is_registered = matches!(
            membership,
            Membership::Alone { .. } | Membership::Queued { .. }
        );
        match kind {
            Kind::Waiter(State::Enrolled | State::Parked { .. }, _) => {
                is_registered && !self.index.was_notified(membership)
            }
            _ => false,
        }
    }
}
