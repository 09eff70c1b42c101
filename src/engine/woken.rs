//! Whom to wake, carried out from under a lock.

use std::task::Waker;

use super::Home;
use super::lanes::Lanes;

/// Waiters whose waiting is over. They sleep on until their wakers are woken, with no lock held.
#[derive(Debug)]
#[must_use = "these waiters sleep on until they are woken, after unlocking"]
pub(crate) struct Woken {
    wakers: Wakers,
    /// How many waits have been ended, of those that count.
    pub(crate) count: usize,
}

#[derive(Debug)]
enum Wakers {
    Nobody,
    One(Waker),
    Some(Vec<Waker>),
    All(Lanes<Waker>),
}

/// Whoever wakes.
pub(crate) trait Waking {
    /// Wakes them all, first come first.
    fn wake_all(&mut self, wakers: impl Iterator<Item = Waker>);
}

impl Woken {
    pub(super) fn one(waker: Option<Waker>) -> Self {
        Self {
            count: waker.is_some().into(),
            wakers: waker.map_or(Wakers::Nobody, Wakers::One),
        }
    }

    pub(crate) fn some(wakers: Vec<Waker>, count: usize) -> Self {
        Self {
            wakers: Wakers::Some(wakers),
            count,
        }
    }

    fn all(lanes: Lanes<Waker>, count: usize) -> Self {
        Self {
            wakers: Wakers::All(lanes),
            count,
        }
    }

    pub(crate) fn wake_with(self, waking: &mut impl Waking) {
        match self.wakers {
            Wakers::Nobody => {}
            Wakers::One(waker) => waking.wake_all(std::iter::once(waker)),
            Wakers::Some(wakers) => waking.wake_all(wakers.into_iter()),
            Wakers::All(lanes) => waking.wake_all(lanes.into_left()),
        }
    }
}

/// Whom a notify has found.
#[derive(Debug)]
#[must_use = "those who have been found sleep on until they are woken, after unlocking"]
pub(crate) enum Heard {
    Nobody,
    /// One whose slot is here.
    One(Woken),
    /// One whose slot is in another shard, where it is to be resumed.
    Away(Home),
    Crowd(Woken, Away),
}

impl Heard {
    pub(super) fn crowd(waiters: Lanes<Waker>, asleep: usize, links: Lanes<Home>) -> Self {
        Self::Crowd(Woken::all(waiters, asleep), Away(links))
    }
}

/// Waiters of a key whose slots are in other shards: each is to be resumed there.
#[derive(Debug)]
#[must_use = "these waiters have not been told yet"]
pub(crate) struct Away(Lanes<Home>);

impl Away {
    /// Hands them out, first come first.
    pub(crate) fn for_each(self, resume: impl FnMut(Home)) {
        self.0.into_left().for_each(resume);
    }
}

/// Whom a notify that is meant for one has found.
#[derive(Debug)]
#[must_use = "who has been chosen sleeps on until it is woken, after unlocking"]
pub(crate) enum Chosen {
    Nobody,
    Sleeper(Woken),
    /// One whose slot is in another shard, where it is to be resumed.
    Away(Home),
}
