//! How many are suspended, and waiting for the last of them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::error::Error;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{CachePadded, Mutex};

use super::shared::Shared;
use super::wake::Caught;

/// The number of suspended requests, and those who wait until it is zero.
#[derive(Debug, Default)]
pub(crate) struct Occupancy {
    suspended: CachePadded<AtomicUsize>,
    /// How many requests are suspended or have been. Each of them keeps its place to its end, or a
    /// newcomer would take it while its handler looks in vain.
    places: CachePadded<AtomicUsize>,
    drains: Mutex<Drains>,
}

#[derive(Debug, Default)]
struct Drains {
    wakers: Vec<(u64, Waker)>,
    /// The number of the next drain.
    next: u64,
}

impl Occupancy {
    pub(super) fn suspended(&self) -> usize {
        self.suspended.load(Ordering::Relaxed)
    }

    /// Takes a place, if there is one.
    pub(crate) fn take_place(&self, limit: usize) -> Result<(), Error> {
        let before = self.places.fetch_add(1, Ordering::Relaxed);
        if before < limit {
            return Ok(());
        }
        self.leave_place();
        Err(Error::Full { limit })
    }

    pub(crate) fn leave_place(&self) {
        self.places.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts one more who is suspended.
    pub(super) fn sleep(&self) {
        self.suspended.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one less. The last one wakes those who wait for it, so no shard may be locked.
    pub(super) fn rise(&self) -> Caught {
        let mut caught = Caught::default();
        if self.suspended.fetch_sub(1, Ordering::Relaxed) == 1 {
            let drains = std::mem::take(&mut self.drains.lock().wakers);
            drains.into_iter().for_each(|(_, waker)| caught.wake(waker));
        }
        caught
    }

    fn poll_empty(&self, drain: &mut Option<u64>, waker: Waker) -> Poll<()> {
        let mut former = None;
        let early = cfg!(mutant = "count-before-locking").then(|| self.suspended());
        let mut drains = self.drains.lock();
        // Whoever lets the last one go locks this after counting: either the count is seen here, or
        // the waker there.
        if early.unwrap_or_else(|| self.suspended()) == 0 {
            return Poll::Ready(());
        }
        let known = drains
            .wakers
            .iter_mut()
            .find(|(number, _)| Some(*number) == *drain);
        match known {
            Some((_, known)) => former = Some(std::mem::replace(known, waker)),
            None => {
                let number = drains.next;
                drains.next += 1;
                drains.wakers.push((number, waker));
                *drain = Some(number);
            }
        }
        // A waker is dropped with nothing locked.
        drop(drains);
        drop(former);
        Poll::Pending
    }

    fn forget(&self, drain: u64) {
        let forgotten = {
            let mut drains = self.drains.lock();
            let at = drains
                .wakers
                .iter()
                .position(|(number, _)| *number == drain);
            at.map(|at| drains.wakers.swap_remove(at))
        };
        drop(forgotten);
    }
}

/// Waits until no request of a hub is suspended. Made by [`Hub::drained`](super::Hub::drained).
#[must_use = "futures do nothing unless polled"]
pub struct Drained {
    hub: Arc<Shared>,
    /// Its number among those who wait, once it does.
    drain: Option<u64>,
}

impl Drained {
    pub(super) fn new(hub: Arc<Shared>) -> Self {
        Self { hub, drain: None }
    }
}

impl Future for Drained {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let waker = cx.waker().clone();
        this.hub.occupancy.poll_empty(&mut this.drain, waker)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        if let Some(drain) = self.drain {
            self.hub.occupancy.forget(drain);
        }
    }
}

impl fmt::Debug for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drained")
            .field("suspended", &self.hub.occupancy.suspended())
            .finish_non_exhaustive()
    }
}
