//! Whom to wake, carried out from under a lock.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

use super::Home;
use super::queue::Queue;

/// Waiters whose waiting is over. They sleep on until [`wake`](Self::wake) is called, with no lock
/// held.
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

    /// Wakes them all, first come first, whichever of the wakers panic.
    pub(crate) fn wake(self) -> Caught {
        match self.wakers {
            Wakers::None => Caught::default(),
            Wakers::One(waker) => wake_all(std::iter::once(waker)),
            Wakers::Some(wakers) => wake_all(wakers.into_iter()),
            Wakers::All(queue) => wake_all(queue.into_wakers()),
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

/// The first panic of some wakers. It must not keep anybody from being woken, nor be lost.
#[derive(Debug, Default)]
#[must_use = "the panic goes on once everybody has been woken"]
pub(crate) struct Caught(Option<Box<dyn Any + Send>>);

impl Caught {
    /// Keeps the earlier of two panics.
    pub(crate) fn or(self, later: Self) -> Self {
        Self(self.0.or(later.0))
    }

    /// Lets the panic go on, unless another one is under way: two at once would end the process.
    pub(crate) fn resume(self) {
        match self.0 {
            Some(panic) if !std::thread::panicking() => resume_unwind(panic),
            _ => {}
        }
    }
}

fn wake_all(wakers: impl Iterator<Item = Waker>) -> Caught {
    wakers.fold(Caught::default(), |caught, waker| {
        caught.or(Caught(
            catch_unwind(AssertUnwindSafe(|| waker.wake())).err(),
        ))
    })
}
