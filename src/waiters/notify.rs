//! Ending the waits for a key.

use std::sync::Arc;
use std::task::Waker;

use crate::engine::{Actor, Change, Fingerprint, Notified, PriorityQueue, WaiterRef, Woken};
use crate::payload::Payload;
use crate::sync::atomic::Ordering;
use crate::telemetry::Event;

use super::Waiters;
use super::wake::{FirstPanic, LimitedWaker, wake};

impl Waiters {
    /// Ends all waits for a key, with a payload for each, and returns how many. `by`: the actor that made the change.
    pub(crate) fn notify(
        self: &Arc<Self>,
        key: Fingerprint,
        by: Actor,
        payload: Option<&Payload>,
    ) -> usize {
        let (waits, first_panic) = self.notify_quietly(key, by, payload);
        first_panic.resume();
        waits
    }

    /// Ends all waits for several keys, and returns how many.
    pub(crate) fn notify_many(self: &Arc<Self>, keys: impl Iterator<Item = Fingerprint>) -> usize {
        let (mut waits, mut first_panic) = (0, FirstPanic::default());
        for key in keys {
            let (count, panic) = self.notify_quietly(key, Actor::NOBODY, None);
            waits += count;
            first_panic.keep(panic);
        }
        first_panic.resume();
        waits
    }

    /// Returns the panic of a waker, if one has panicked.
    #[inline]
    fn notify_quietly(
        self: &Arc<Self>,
        key: Fingerprint,
        by: Actor,
        payload: Option<&Payload>,
    ) -> (usize, FirstPanic) {
        let shard = self.shard_of(key);
        let notified = self.with_shard(shard, |shard| {
            shard.notify(key, self.next_change(by), payload)
        });
        let (waits, first_panic) = match notified {
            Notified::None => {
                self.telemetry.tell(0, Event::Notify { waits: 0 });
                return (0, FirstPanic::default());
            }
            Notified::Local(woken) => (woken.count, wake(woken)),
            Notified::Remote(at) => {
                let woken = self.end_wait(at, payload);
                (woken.count, wake(woken))
            }
            Notified::Many(woken, remotes) => self.wake_many(woken, remotes, payload),
        };
        self.tell_of_notify(waits);
        (waits, first_panic)
    }

    /// Some waiter was registered.
    fn tell_of_notify(&self, waits: usize) {
        if waits == 0 {
            self.telemetry.tell(0, Event::Unheard);
        }
        self.telemetry.tell(0, Event::Notify { waits });
    }

    fn wake_many(
        self: &Arc<Self>,
        woken: Woken,
        remotes: PriorityQueue<WaiterRef>,
        payload: Option<&Payload>,
    ) -> (usize, FirstPanic) {
        let mut waits = woken.count;
        let mut waker = LimitedWaker::new(self.limits.wakes_per_tick);
        woken.wake_with(&mut waker);
        remotes.into_left().for_each(|at| {
            let woken = self.end_wait(at, payload);
            waits += woken.count;
            woken.wake_with(&mut waker);
        });
        self.wake_later(waker.later);
        (waits, waker.first_panic)
    }

    fn end_wait(&self, at: WaiterRef, payload: Option<&Payload>) -> Woken {
        self.with_shard(at.shard, |shard| shard.resume(at.waiter, payload))
    }

    /// Wakes some at each tick from the next one on.
    fn wake_later(self: &Arc<Self>, wakers: Vec<Waker>) {
        if wakers.is_empty() {
            return;
        }
        let per_tick = self.limits.wakes_per_tick;
        let begins = self.pacer.wake(wakers, per_tick, || self.now().tick());
        if self.keep(begins).is_err() {
            // There will be no ticks, and none may be forgotten.
            self.wake_the_rest().resume();
        }
    }

    pub(super) fn wake_the_rest(&self) -> FirstPanic {
        let mut first_panic = FirstPanic::default();
        let wakers = self.pacer.take_wakers();
        wakers.into_iter().for_each(|waker| first_panic.wake(waker));
        first_panic
    }

    /// Ends the longest wait for a key, with a payload, and returns whether there was one.
    pub(crate) fn notify_one(&self, key: Fingerprint, payload: Option<&Payload>) -> bool {
        let shard = self.shard_of(key);
        let chosen = self.with_shard(shard, |shard| {
            shard.notify_one(key, self.next_change(Actor::NOBODY), payload)
        });
        if let Notified::None = chosen {
            self.telemetry.tell(0, Event::Notify { waits: 0 });
            return false;
        }
        let (found, first_panic) = self.deliver_to_one(key, chosen, payload);
        self.tell_of_notify(found.into());
        first_panic.resume();
        found
    }

    /// Gives a notify that was meant for one waiter, and did not reach it, to the next.
    pub(super) fn pass_on(&self, key: Fingerprint, payload: Option<&Payload>) -> FirstPanic {
        let shard = self.shard_of(key);
        let chosen = self.with_shard(shard, |shard| shard.pass_on(key, payload));
        self.deliver_to_one(key, chosen, payload).1
    }

    /// Wakes the waiter that has been chosen; if its slot is in another shard and it no longer waits, the next one.
    fn deliver_to_one(
        &self,
        key: Fingerprint,
        mut chosen: Notified,
        payload: Option<&Payload>,
    ) -> (bool, FirstPanic) {
        loop {
            let at = match chosen {
                Notified::None => return (false, FirstPanic::default()),
                Notified::Local(woken) | Notified::Many(woken, _) => {
                    return (woken.count > 0, wake(woken));
                }
                Notified::Remote(at) => at,
            };
            let woken = self.with_shard(at.shard, |shard| shard.choose(at.waiter, key, payload));
            chosen = match woken.is_none() {
                true => self.with_shard(self.shard_of(key), |shard| shard.pass_on(key, payload)),
                false => Notified::Local(woken),
            };
        }
    }

    /// Ends one wait, whatever it waits for, and returns whether it lasted.
    pub(crate) fn resume(&self, at: WaiterRef, payload: Option<&Payload>) -> bool {
        let woken = self.end_wait(at, payload);
        let resumed = woken.count == 1;
        wake(woken).resume();
        resumed
    }

    /// A change whose shard is locked. So a pass that counts it, and asks for its key, finds it there.
    fn next_change(&self, by: Actor) -> Change {
        let number = self.next_number();
        Change { number, by }
    }

    pub(super) fn next_number(&self) -> u64 {
        // Release: a pass that counts this notify sees what was done before it.
        self.latest.fetch_add(1, Ordering::Release) + 1
    }
}
