//! Those who wait for one key, from the second on.

use std::task::Waker;

use super::arena::Arena;
use super::lanes::{Lanes, place};
use super::slot::{Seat, Slot};
use super::{Fingerprint, Home, Parcel};

/// A queue of waiters, or what is left of it when it has been notified: members that have not
/// noticed yet.
#[derive(Debug)]
pub(super) enum List {
    Waiting(Fingerprint, Crowd),
    Notified { owed: usize, parcel: Option<Parcel> },
}

impl List {
    pub(super) fn join(&mut self, list: u32, slots: &mut Arena<Slot>, index: u32, priority: u8) {
        if let Self::Waiting(_, crowd) = self {
            let slot = &mut slots[index];
            let place = crowd.join(index, priority, slot.home(), slot.waker.take());
            slot.seat = Seat::Queued { list, place };
        }
    }

    pub(super) fn leave(&mut self, place: u64, is_link: bool) -> Left {
        match self {
            Self::Waiting(_, crowd) => Left {
                waker: crowd.leave(place, is_link),
                parcel: None,
            },
            Self::Notified { owed, parcel } => {
                *owed -= 1;
                // Whoever leaves has a share in it, so it is never dropped here, under a lock.
                let parcel = parcel.clone();
                Left {
                    waker: None,
                    parcel,
                }
            }
        }
    }

    pub(super) fn notify(&mut self, parcel: Option<Parcel>) -> Crowd {
        match self {
            Self::Waiting(_, crowd) => {
                let crowd = std::mem::take(crowd);
                let owed = crowd.len();
                *self = Self::Notified { owed, parcel };
                crowd
            }
            Self::Notified { .. } => Crowd::default(),
        }
    }

    /// Returns the waker that was there.
    pub(super) fn leave_waker(&mut self, place: u64, waker: Waker) -> Option<Waker> {
        match self {
            Self::Waiting(_, crowd) => crowd.leave_waker(place, waker),
            // Nobody wakes it any more; its owner is going to look.
            Self::Notified { .. } => Some(waker),
        }
    }

    /// How many wait here.
    pub(super) fn len(&self) -> usize {
        self.waiting().map_or(0, Crowd::len)
    }

    pub(super) fn waiting(&self) -> Option<&Crowd> {
        match self {
            Self::Waiting(_, crowd) => Some(crowd),
            Self::Notified { .. } => None,
        }
    }

    pub(super) fn waiting_mut(&mut self) -> Option<&mut Crowd> {
        match self {
            Self::Waiting(_, crowd) => Some(crowd),
            Self::Notified { .. } => None,
        }
    }
}

/// Those who wait for one key, from the second on.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// Waiters, and the wakers of those who sleep.
    pub(super) waiters: Lanes<Waker>,
    /// Links, and where they lead: so nobody has to look at their slots to follow them.
    pub(super) links: Lanes<Home>,
    /// How many of the waiters sleep.
    pub(super) asleep: usize,
    /// The number of the next to come, in whichever of the two.
    next: u64,
}

/// What a slot had left when it was taken out from under its key.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) waker: Option<Waker>,
    /// What came with the notify that had ended its wait.
    pub(super) parcel: Option<Parcel>,
}

impl Crowd {
    pub(super) fn len(&self) -> usize {
        self.waiters.len() + self.links.len()
    }

    fn join(&mut self, slot: u32, priority: u8, home: Option<Home>, waker: Option<Waker>) -> u64 {
        let place = place(priority, self.next);
        self.next += 1;
        self.asleep += usize::from(waker.is_some());
        match home {
            Some(_) => self.links.push(place, slot, home),
            None => self.waiters.push(place, slot, waker),
        }
        place
    }

    fn leave(&mut self, place: u64, is_link: bool) -> Option<Waker> {
        if is_link {
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
