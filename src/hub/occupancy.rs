//! How many are suspended, and waiting for the last of them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::error::Error;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{CachePadded, Mutex};

use super::shared::Shared;
use super::wake::Caught;

/// The number of suspended requests, and those who wait until it is zero.
#[derive(Debug, Default)]
pub(crate) struct Occupancy {
    /// The lower half: how many requests are suspended. The upper half: how many are or have been. Each
    /// of those keeps its place to its end, or a newcomer would take it while its handler looks in vain.
    counts: CachePadded<AtomicU64>,
    drains: Mutex<Drains>,
}

/// One who is suspended, and one place, in the counts.
const ONE: u64 = 1;
const PLACE: u64 = 1 << 32;

#[derive(Debug, Default)]
struct Drains {
    wakers: Vec<(u64, Waker)>,
    /// The number of the next drain.
    next: u64,
}

impl Occupancy {
    pub(super) fn suspended_count(&self) -> usize {
        (self.counts.load(Ordering::Relaxed) % PLACE) as usize
    }

    /// Counts one more who is suspended.
    pub(crate) fn sleep(&self) {
        self.counts.fetch_add(ONE, Ordering::Relaxed);
    }

    /// Counts one more who is suspended, for the first time, if there is a place.
    pub(crate) fn take_place(&self, limit: usize) -> Result<(), Error> {
        let taken = |counts: u64| {
            let is_free = counts / PLACE < limit as u64;
            is_free.then_some(counts + PLACE + ONE)
        };
        let relaxed = Ordering::Relaxed;
        match self.counts.fetch_update(relaxed, relaxed, taken) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Full { limit }),
        }
    }

    pub(crate) fn leave_place(&self) {
        self.counts.fetch_sub(PLACE, Ordering::Relaxed);
    }

    /// Counts one less. The last one wakes those who wait for it, so no shard may be locked.
    pub(super) fn rise(&self) -> Caught {
        let mut caught = Caught::default();
        let before = self.counts.fetch_sub(ONE, Ordering::Relaxed);
        if before % PLACE == ONE {
            let drains = std::mem::take(&mut self.drains.lock().wakers);
            drains.into_iter().for_each(|(_, waker)| caught.wake(waker));
        }
        caught
    }

    fn poll_empty(&self, drain: &mut Option<u64>, waker: Waker) -> Poll<()> {
        let mut former = None;
        let early = cfg!(mutant = "count-before-locking").then(|| self.suspended_count());
        let mut drains = self.drains.lock();
        // Whoever lets the last one go locks this after counting: either the count is seen here, or
        // the waker there.
        if early.unwrap_or_else(|| self.suspended_count()) == 0 {
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
            .field("suspended", &self.hub.occupancy.suspended_count())
            .finish_non_exhaustive()
    }
}
