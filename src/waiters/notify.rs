//! Ending the waits for a key.

use std::sync::Arc;
use std::task::Waker;
use std::vec::IntoIter;

use crate::engine::{
    Actor, Change, Fingerprint, Notified, PriorityQueue, WaiterRef, WakeAll, Woken,
};
use crate::payload::Payload;
use crate::sync::atomic::Ordering;
use crate::telemetry::Event;

use super::Waiters;
use super::crowd::{Crowd, Rate};
use super::wake::{FirstPanic, wake};

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
        let mut first_panic = FirstPanic::default();
        let Some(rate) = self.limits.rate else {
            let waits = self.end_many(woken, remotes, payload, &mut first_panic);
            return (waits, first_panic);
        };
        let mut wakers = Vec::with_capacity(woken.count);
        let waits = self.end_many(woken, remotes, payload, &mut wakers);
        let mut wakers = wakers.into_iter();
        let first: Vec<_> = wakers.by_ref().take(rate.at_once()).collect();
        // Before the first run, because they wake the others.
        let is_kept = self.wake_later(wakers, rate);
        first_panic.wake_all(first.into_iter());
        if !is_kept {
            first_panic.keep(self.wake_the_rest());
        }
        (waits, first_panic)
    }

    /// Ends the waits of those, too, that wait in other shards. Returns how many waits there were.
    #[inline]
    fn end_many(
        &self,
        woken: Woken,
        remotes: PriorityQueue<WaiterRef>,
        payload: Option<&Payload>,
        waking: &mut impl WakeAll,
    ) -> usize {
        let mut waits = woken.count;
        woken.wake_with(waking);
        remotes.into_left().for_each(|at| {
            let woken = self.end_wait(at, payload);
            waits += woken.count;
            woken.wake_with(waking);
        });
        waits
    }

    fn end_wait(&self, at: WaiterRef, payload: Option<&Payload>) -> Woken {
        self.with_shard(at.shard, |shard| shard.resume(at.waiter(), payload))
    }

    /// Has wakers woken at this rate. Returns false if there will be no ticks, and none may be forgotten.
    fn wake_later(self: &Arc<Self>, wakers: IntoIter<Waker>, rate: Rate) -> bool {
        if wakers.len() == 0 {
            return true;
        }
        let crowd = || Crowd::new(wakers, rate, self.now().tick());
        let latest = self.pacer.wake(crowd);
        self.keep(latest).is_ok()
    }

    /// A waiter has left the shards: it runs, or is gone. So others are woken, if it is their turn.
    #[inline]
    pub(super) fn one_runs(&self) {
        if let Some(wakers) = self.pacer.one_runs(|| self.now().tick()) {
            self.wake_others(wakers);
        }
    }

    #[cold]
    fn wake_others(&self, wakers: Vec<Waker>) {
        let mut first_panic = FirstPanic::default();
        first_panic.wake_all(wakers.into_iter());
        self.swallow(first_panic);
    }

    /// The panic of another request's waker must not affect the request that happens to run.
    pub(super) fn swallow(&self, first_panic: FirstPanic) {
        if first_panic.swallow() {
            self.telemetry.tell(0, Event::Panic);
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
            let woken = self.with_shard(at.shard, |shard| shard.choose(at.waiter(), key, payload));
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
