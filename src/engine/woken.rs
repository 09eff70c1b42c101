//! What the engine returns to its owner, to be acted on after unlocking: waiters to wake, and shards to continue in.

use std::task::Waker;

use super::list::PriorityQueue;
use super::message::WaiterRef;

/// Waiters to wake, because their waits have ended. Wake them with no lock held.
#[derive(Debug)]
#[must_use = "these waiters sleep until you wake them, after unlocking"]
pub(crate) struct Woken {
    wakers: Wakers,
    /// The number of waits that have ended, of those that count.
    pub(crate) count: usize,
}

#[derive(Debug)]
enum Wakers {
    None,
    One(Waker),
    Some(Vec<Waker>),
    All(PriorityQueue<Waker>),
}

/// Wakes wakers.
pub(crate) trait WakeAll {
    /// Wakes all of them, in order.
    fn wake_all(&mut self, wakers: impl Iterator<Item = Waker>);
}

impl Woken {
    #[inline]
    pub(super) fn one(waker: Option<Waker>) -> Self {
        Self {
            count: waker.is_some().into(),
            wakers: match waker {
                Some(waker) => Wakers::One(waker),
                None => Wakers::None,
            },
        }
    }

    /// Sets the count to 0 if the wait does not count.
    #[inline]
    pub(super) fn if_it(mut self, counts: bool) -> Self {
        if !counts {
            self.count = 0;
        }
        self
    }

    /// Whether there is nothing to wake.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self.wakers, Wakers::None)
    }

    pub(crate) fn some(wakers: Vec<Waker>, count: usize) -> Self {
        Self {
            wakers: Wakers::Some(wakers),
            count,
        }
    }

    fn all(queue: PriorityQueue<Waker>, count: usize) -> Self {
        Self {
            wakers: Wakers::All(queue),
            count,
        }
    }

    #[inline]
    pub(crate) fn wake_with(self, waking: &mut impl WakeAll) {
        match self.wakers {
            Wakers::None => {}
            Wakers::One(waker) => waking.wake_all(std::iter::once(waker)),
            Wakers::Some(wakers) => waking.wake_all(wakers.into_iter()),
            Wakers::All(queue) => waking.wake_all(queue.into_left()),
        }
    }
}

/// What a notify has found.
#[derive(Debug)]
#[must_use = "these waiters sleep until you wake them, after unlocking"]
pub(crate) enum Notified {
    None,
    /// One waiter, in this shard.
    Local(Woken),
    /// One waiter, in another shard: it must be resumed, or chosen, there.
    Remote(WaiterRef),
    /// Several waiters, and links to waiters in other shards: each of them must be resumed there.
    Many(Woken, PriorityQueue<WaiterRef>),
}

impl Notified {
    pub(super) fn many(
        waiters: PriorityQueue<Waker>,
        asleep: usize,
        links: PriorityQueue<WaiterRef>,
    ) -> Self {
        Self::Many(Woken::all(waiters, asleep), links)
    }
}
