//! Whom to wake, carried out from under a lock.

use std::task::Waker;

use super::Home;
use super::queue::Queue;

/// Waiters whose waiting is over. They sleep on until their wakers are woken, with no lock held.
#[derive(Debug, Default)]
#[must_use = "these waiters sleep on until they are woken, after unlocking"]
pub(crate) struct Woken {
    wakers: Wakers,
    /// How many waits have been ended.
    pub(crate) count: usize,
    /// Waiters whose slots are in other shards: each is to be resumed there.
    pub(crate) away: Vec<Home>,
}

#[derive(Debug, Default)]
enum Wakers {
    #[default]
    None,
    One(Waker),
    Some(Vec<Waker>),
    All(Queue),
}

impl Woken {
    pub(super) fn one(waker: Option<Waker>) -> Self {
        let count = usize::from(waker.is_some());
        Self {
            wakers: waker.map_or(Wakers::None, Wakers::One),
            count,
            ..Self::default()
        }
    }

    pub(super) fn all(queue: Queue, count: usize, away: Vec<Home>) -> Self {
        Self {
            wakers: Wakers::All(queue),
            count,
            away,
        }
    }

    pub(super) fn away(home: Home) -> Self {
        Self {
            away: vec![home],
            ..Self::default()
        }
    }

    /// Hands out the wakers, first come first.
    pub(crate) fn for_each(self, wake: impl FnMut(Waker)) {
        match self.wakers {
            Wakers::None => {}
            Wakers::One(waker) => std::iter::once(waker).for_each(wake),
            Wakers::Some(wakers) => wakers.into_iter().for_each(wake),
            Wakers::All(queue) => queue.into_wakers().for_each(wake),
        }
    }
}

impl From<Vec<Waker>> for Woken {
    fn from(wakers: Vec<Waker>) -> Self {
        Self {
            count: wakers.len(),
            wakers: Wakers::Some(wakers),
            away: Vec::new(),
        }
    }
}
