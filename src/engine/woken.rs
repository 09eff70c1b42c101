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
    One(Option<Waker>),
    Some(Vec<Waker>),
    All(Lanes<Waker>),
}

impl Woken {
    pub(super) fn one(waker: Option<Waker>) -> Self {
        Self {
            count: waker.is_some().into(),
            wakers: Wakers::One(waker),
        }
    }

    pub(crate) fn some(wakers: Vec<Waker>, count: usize) -> Self {
        Self {
            wakers: Wakers::Some(wakers),
            count,
        }
    }

    pub(super) fn all(lanes: Lanes<Waker>, count: usize) -> Self {
        Self {
            wakers: Wakers::All(lanes),
            count,
        }
    }

    /// Hands out the wakers, first come first.
    pub(crate) fn for_each(self, wake: impl FnMut(Waker)) {
        match self.wakers {
            Wakers::One(waker) => waker.into_iter().for_each(wake),
            Wakers::Some(wakers) => wakers.into_iter().for_each(wake),
            Wakers::All(lanes) => lanes.into_left().for_each(wake),
        }
    }
}

/// Waiters of a key whose slots are in other shards: each is to be resumed there.
#[derive(Debug)]
#[must_use = "these waiters have not been told yet"]
pub(crate) struct Away(Homes);

#[derive(Debug)]
enum Homes {
    One(Option<Home>),
    All(Lanes<Home>),
}

impl Away {
    pub(super) fn one(home: Option<Home>) -> Self {
        Self(Homes::One(home))
    }

    pub(super) fn all(lanes: Lanes<Home>) -> Self {
        Self(Homes::All(lanes))
    }

    /// Hands them out, first come first.
    pub(crate) fn for_each(self, resume: impl FnMut(Home)) {
        match self.0 {
            Homes::One(home) => home.into_iter().for_each(resume),
            Homes::All(lanes) => lanes.into_left().for_each(resume),
        }
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
