//! One shard: the waiters of some keys, and their timers.

mod ending;
#[cfg(all(test, not(loom)))]
mod tests;

use std::task::Waker;

use super::arena::Arena;
use super::deadline::{Deadline, Slack};
use super::fingerprint::Fingerprint;
use super::index::KeyIndex;
use super::message::{Ending, Enrolled, Released, WaiterId, WaiterRef, stamp};
use super::revisions::{Actor, Revisions};
use super::slot::{Counting, Kind, Membership, Slot, State, span};
use super::stripes::Stripes;
use super::wheel::{Timer, Wheel};

/// The waiters whose keys fall into one shard, and their timers. What comes with a wake is a `P`, which the engine
/// carries and never looks into.
#[derive(Debug)]
pub(crate) struct Shard<P> {
    slots: Arena<Slot>,
    index: KeyIndex<P>,
    stripes: Stripes,
    /// Only once there are cursors.
    revisions: Option<Revisions>,
    wheel: Wheel,
    slack: Slack,
    /// The number of the next registration.
    next_number: u64,
    /// How many of the slots are links.
    links: usize,
    /// How many of them are watchers.
    watchers: usize,
    /// How many notifies have found no registered waiter.
    unheard: u64,
}

/// Registering and waiting: what the owner of a wait calls.
impl<P: Clone> Shard<P> {
    pub(crate) fn new(stripes_per_row: usize, slack: Slack) -> Self {
        Self {
            slots: Arena::new(),
            index: KeyIndex::new(),
            stripes: Stripes::new(stripes_per_row),
            revisions: None,
            wheel: Wheel::new(),
            slack,
            next_number: 0,
            links: 0,
            watchers: 0,
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
        let kind = Kind::Waiter(State::Enrolled, Deadline::NEVER);
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
        let WaiterRef {
            shard,
            slot,
            number,
        } = home;
        let kind = Kind::Link { shard, slot };
        self.register(Some(key), start, priority, most, number, kind)
    }

    /// If the wait of an enrolled waiter is over before it begins, returns how: a call has ended it, or `deadline` is
    /// not after `now`.
    pub(crate) fn over(&self, waiter: WaiterId, deadline: u64, now: u64) -> Option<Ending> {
        let expired = (deadline <= now).then_some(Ending::Expired { at: now });
        self.ending(waiter).or(expired)
    }

    /// Puts an enrolled waiter to sleep until `deadline`, and takes its waker. Its wait is not
    /// [`over`](Self::over). Returns the tick at which its timer is due.
    ///
    /// `deadline` is a tick before [`HORIZON`](super::HORIZON), or [`NEVER`](super::NEVER); `counts` says how the end
    /// of the wait is counted.
    pub(crate) fn park(
        &mut self,
        waiter: WaiterId,
        waker: Waker,
        deadline: u64,
        now: u64,
        counts: Counting,
    ) -> u64 {
        let deadline = self.slack.deadline(deadline, now);
        self.start_timer(waiter, deadline, 0, now);
        let slot = &mut self.slots[waiter.slot];
        let parked = State::Parked {
            counts,
            moves: 0,
            since: span(now),
        };
        slot.kind = Kind::Waiter(parked, deadline);
        let former = self.index.leave_waker(slot, waker);
        debug_assert!(former.is_none(), "only a sleeper leaves a waker");
        if counts == Counting::WithoutValue {
            self.index.count_taking_nothing(slot);
        }
        deadline.timer()
    }

    fn start_timer(&mut self, waiter: WaiterId, deadline: Deadline, moves: u16, now: u64) {
        if deadline != Deadline::NEVER {
            let timer = waiter.timer(deadline.timer(), moves);
            self.wheel.insert(timer, now);
        }
    }

    /// Registers a waiter that only a notify of its key ends, or its `deadline`, and puts it to sleep. Scans neither
    /// count nor end it. Returns it, and the tick at which its timer is due.
    pub(crate) fn watch(
        &mut self,
        key: Option<Fingerprint>,
        waker: Waker,
        deadline: u64,
        now: u64,
    ) -> Option<(WaiterId, u64)> {
        let number = self.next_number | WATCHER;
        self.next_number += 1;
        let kind = Kind::Waiter(State::Enrolled, Deadline::NEVER);
        let waiter = self
            .register(key, u64::MAX, 0, usize::MAX, number, kind)?
            .waiter;
        self.watchers += 1;
        let timer = self.park(waiter, waker, deadline, now, Counting::Never);
        Some((waiter, timer))
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

    /// Moves the deadline of a sleeping waiter, to a tick after `now` at the earliest. Returns the tick at which its
    /// timer is due, unless its wait is over, or has not begun.
    pub(crate) fn reschedule(&mut self, waiter: WaiterId, deadline: u64, now: u64) -> Option<u64> {
        if !self.lasts(waiter) {
            return None;
        }
        let deadline = self.slack.deadline(deadline.max(now + 1), now);
        let Kind::Waiter(State::Parked { moves, .. }, present) = &mut self.slots[waiter.slot].kind
        else {
            return None;
        };
        if *present == deadline {
            return Some(deadline.timer());
        }
        let former = std::mem::replace(present, deadline);
        *moves = moves.wrapping_add(1);
        let moves = *moves;
        if former != Deadline::NEVER {
            self.wheel
                .cancel(former.timer(), |timer| is_alive(&self.slots, timer));
        }
        self.start_timer(waiter, deadline, moves, now);
        Some(deadline.timer())
    }

    /// Takes a waiter, or a link, away: key, timer, waker and all.
    pub(crate) fn release(&mut self, waiter: WaiterId) -> Released<P> {
        let released = self.index.leave(&mut self.slots, waiter.slot);
        self.watchers -= usize::from(waiter.number >= WATCHER);
        match self.slots.remove(waiter.slot).kind {
            Kind::Link { .. } => self.links -= 1,
            Kind::Waiter(State::Expired, _) | Kind::Waiter(_, Deadline::NEVER) => {}
            Kind::Waiter(_, deadline) => self
                .wheel
                .cancel(deadline.timer(), |timer| is_alive(&self.slots, timer)),
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
        let missed = key.is_some_and(|key| self.stripes.raised_since(key.stripes(), start));
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

    /// From now on the revisions of at least `most` keys are kept. Nothing is known of what was notified up to the
    /// `floor`.
    pub(crate) fn keep_revisions(&mut self, most: usize, floor: u64) {
        self.revisions
            .get_or_insert_with(|| Revisions::new(most, floor));
    }

    /// The number of the latest notify of a key by anyone but this actor, or a later number.
    pub(crate) fn revision(&self, key: Fingerprint, except: Actor) -> u64 {
        let revisions = self.revisions.as_ref();
        revisions.map_or(u64::MAX, |revisions| revisions.latest(key, except))
    }

    /// The tick at which [`expire`](Self::expire) has something to do, or [`NEVER`](super::NEVER).
    pub(crate) fn next_deadline(&self) -> u64 {
        self.wheel.next()
    }

    /// Whether this waiter is here, and its wait not over.
    fn lasts(&self, waiter: WaiterId) -> bool {
        // A link has the number of a waiter of another shard, which means nothing here.
        let here = |slot: &Slot| slot.number == waiter.number && !slot.is_link();
        self.slots.get(waiter.slot).is_some_and(here) && self.ending(waiter).is_none()
    }

    /// How a wait has ended, if it has.
    pub(crate) fn ending(&self, waiter: WaiterId) -> Option<Ending> {
        let slot = &self.slots[waiter.slot];
        debug_assert_eq!(slot.number, waiter.number);
        match slot.kind {
            _ if self.index.was_notified(slot.membership) => Some(Ending::Resumed),
            Kind::Waiter(State::Resumed, _) => Some(Ending::Resumed),
            Kind::Waiter(State::Expired, at) => Some(Ending::Expired { at: at.timer() }),
            Kind::Waiter(State::Closed, _) => Some(Ending::Closed),
            Kind::Waiter(State::Enrolled | State::Parked { .. }, _) | Kind::Link { .. } => None,
        }
    }
}

#[cfg(all(test, not(loom)))]
impl<P: Clone> Shard<P> {
    pub(crate) fn check_invariants(&self) {
        self.index.check(&self.slots);
        for (_, slot) in self.slots.iter() {
            match slot.kind {
                Kind::Link { .. } => assert!(self.index.waker(slot).is_none()),
                // A sleeping waiter has left a waker, unless a notify has taken it in order to wake it.
                Kind::Waiter(State::Parked { .. }, _) => assert_ne!(
                    self.index.waker(slot).is_some(),
                    self.index.was_notified(slot.membership)
                ),
                Kind::Waiter(..) => assert!(self.index.waker(slot).is_none()),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.len() == 0 && self.index.is_empty() && self.links + self.watchers == 0
    }
}

/// The numbers of watchers begin here, above those of all other waiters.
const WATCHER: u64 = 1 << 63;

fn is_alive(slots: &Arena<Slot>, timer: &Timer) -> bool {
    slots.get(timer.slot).is_some_and(|slot| match slot.kind {
        Kind::Waiter(State::Parked { moves, .. }, deadline) => {
            deadline.timer() == timer.when && stamp(slot.number, moves) == timer.stamp
        }
        _ => false,
    })
}
