//! The waiters of one key, from the second on.

mod chunked;
mod priority;

use std::task::Waker;

use super::arena::Arena;
use super::fingerprint::Fingerprint;
use super::message::{Released, WaiterRef};
use super::slot::{Membership, Slot};

pub(crate) use priority::PriorityQueue;
use priority::place;

/// A queue of waiters, or what is left of it when it has been notified: members that have not
/// noticed yet.
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

    /// Returns what was left here, and what came with the notify that had ended the wait.
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
                    // Each member takes a share of it along, so it is never dropped here, under a lock.
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

    /// Returns the waker that was there.
    pub(super) fn leave_waker(&mut self, place: u64, waker: Waker) -> Option<Waker> {
        match self {
            Self::Waiting(_, members) => members.leave_waker(place, waker),
            // It would not be woken any more. Its owner is about to look.
            Self::Notified { .. } => Some(waker),
        }
    }

    /// How many wait here.
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

/// The waiters of one key, from the second on.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Waiters, and the wakers of those that sleep.
    pub(super) waiters: PriorityQueue<Waker>,
    /// Links, and where they lead. So their slots need not be looked at to follow them.
    pub(super) links: PriorityQueue<WaiterRef>,
    /// How many of the waiters sleep.
    pub(super) asleep: usize,
    /// How many of those take nothing that comes with a wake.
    pub(super) taking_nothing: usize,
    /// The number of the next to come, in whichever of the two.
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
