//! The queue of a key with two waiters or more.

mod chunked;
mod priority;

use std::task::Waker;

use super::arena::Arena;
use super::fingerprint::Fingerprint;
use super::message::{Released, WaiterRef};
use super::slot::{Membership, Slot};

pub(crate) use priority::PriorityQueue;
use priority::place;

/// A queue of waiters; or, after a notify of the whole queue, what the members have still to collect.
#[derive(Debug)]
pub(super) enum WaiterList<P> {
    Waiting(Fingerprint, Members),
    Notified {
        uncollected: usize,
        /// The key, if a notify of it for one waiter has chosen the only member.
        chosen: Option<Fingerprint>,
        payload: Option<P>,
    },
}

impl<P: Clone> WaiterList<P> {
    pub(super) fn join(&mut self, list: u32, slots: &mut Arena<Slot>, index: u32, priority: u8) {
        if let Self::Waiting(_, members) = self {
            let slot = &mut slots[index];
            let place = members.join(index, priority, slot.home(), slot.waker.take());
            members.taking_nothing += usize::from(slot.takes_nothing());
            slot.membership = Membership::Queued { list, place };
        }
    }

    /// Returns what the member left here, and the payload of the notify that ended its wait.
    pub(super) fn leave(&mut self, place: u64, slot: &Slot) -> Released<P> {
        match self {
            Self::Waiting(_, members) => Released {
                waker: members.leave(place, slot),
                chosen: None,
                payload: None,
            },
            Self::Notified {
                uncollected,
                chosen,
                payload,
            } => {
                *uncollected -= 1;
                Released {
                    waker: None,
                    chosen: *chosen,
                    // Each member takes a clone. So the payload is never dropped here, under a lock.
                    payload: payload.clone(),
                }
            }
        }
    }

    pub(super) fn notify(&mut self, payload: Option<P>) -> Members {
        let uncollected = self.len();
        let notified = Self::Notified {
            uncollected,
            chosen: None,
            payload,
        };
        match std::mem::replace(self, notified) {
            Self::Waiting(_, members) => members,
            Self::Notified { .. } => unreachable!("a list leaves the index as it is notified"),
        }
    }

    /// Stores a waker, and returns the previous one.
    pub(super) fn leave_waker(&mut self, place: u64, waker: Waker) -> Option<Waker> {
        match self {
            Self::Waiting(_, members) => members.leave_waker(place, waker),
            // It would not be woken any more, so it goes back. Its owner is about to check.
            Self::Notified { .. } => Some(waker),
        }
    }

    /// The number of waiters.
    pub(super) fn len(&self) -> usize {
        self.waiting().map_or(0, Members::len)
    }

    pub(super) fn waiting(&self) -> Option<&Members> {
        match self {
            Self::Waiting(_, members) => Some(members),
            Self::Notified { .. } => None,
        }
    }

    pub(super) fn waiting_mut(&mut self) -> Option<&mut Members> {
        match self {
            Self::Waiting(_, members) => Some(members),
            Self::Notified { .. } => None,
        }
    }
}

/// The waiters of a key that has two or more.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Waiters, and the wakers of those that sleep.
    pub(super) waiters: PriorityQueue<Waker>,
    /// Links, and the waiters that they lead to. So following a link does not touch its slot.
    pub(super) links: PriorityQueue<WaiterRef>,
    /// The number of sleeping waiters.
    pub(super) asleep: usize,
    /// The number of sleeping waiters that take no payload.
    pub(super) taking_nothing: usize,
    /// The number of the next member, in either queue.
    next: u64,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.waiters.len() + self.links.len()
    }

    fn join(
        &mut self,
        slot: u32,
        priority: u8,
        home: Option<WaiterRef>,
        waker: Option<Waker>,
    ) -> u64 {
        let place = place(priority, self.next);
        self.next += 1;
        self.asleep += usize::from(waker.is_some());
        match home {
            Some(_) => self.links.push(place, slot, home),
            None => self.waiters.push(place, slot, waker),
        }
        place
    }

    fn leave(&mut self, place: u64, slot: &Slot) -> Option<Waker> {
        self.taking_nothing -= usize::from(slot.takes_nothing());
        if slot.is_link() {
            self.links.remove(place);
            return None;
        }
        let waker = self.waiters.remove(place);
        self.asleep -= usize::from(waker.is_some());
        waker
    }

    pub(super) fn first(&mut self) -> Option<u32> {
        let first = [self.waiters.first(), self.links.first()];
        let (_, slot) = first.into_iter().flatten().min()?;
        Some(slot)
    }

    fn leave_waker(&mut self, place: u64, waker: Waker) -> Option<Waker> {
        let former = self.waiters.left_mut(place)?.replace(waker);
        self.asleep += usize::from(former.is_none());
        former
    }
}
