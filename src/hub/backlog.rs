//! What is done bit by bit, so that not everybody runs at once.

use std::task::Waker;

use crate::engine::{self, NEVER, Stretch, Swept, Woken};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};

use super::sweep::Sweep;

/// Sweeps that are under way, and wakers whose turn has not come.
#[derive(Debug)]
pub(super) struct Backlog {
    works: Mutex<Vec<Work>>,
    /// The tick at which there is something to do.
    next_tick: AtomicU64,
}

#[derive(Debug)]
enum Work {
    Sweep(Sweep),
    /// The rest of those whom a notify has woken, so many of them at each tick.
    Wake {
        wakers: std::vec::IntoIter<Waker>,
        per_tick: usize,
        next_tick: u64,
    },
}

impl Backlog {
    pub(super) fn new() -> Self {
        Self {
            works: Mutex::default(),
            next_tick: AtomicU64::new(NEVER),
        }
    }

    pub(super) fn next_tick(&self) -> u64 {
        self.next_tick.load(Ordering::Relaxed)
    }

    /// The same, when whoever is about to add something has done so.
    pub(super) fn next_tick_exactly(&self) -> u64 {
        let _works = self.works.lock();
        self.next_tick()
    }

    /// Returns the tick at which it begins.
    pub(super) fn sweep(&self, sweep: impl FnOnce() -> Sweep) -> u64 {
        self.add(|| Work::Sweep(sweep()))
    }

    /// Returns the tick at which it begins, the one after `now`.
    pub(super) fn wake(
        &self,
        wakers: Vec<Waker>,
        per_tick: usize,
        now: impl FnOnce() -> u64,
    ) -> u64 {
        self.add(|| Work::Wake {
            wakers: wakers.into_iter(),
            per_tick,
            next_tick: now() + 1,
        })
    }

    fn add(&self, work: impl FnOnce() -> Work) -> u64 {
        let mut works = self.works.lock();
        let work = work();
        let begins = work.next_tick();
        works.push(work);
        self.publish(&works);
        begins
    }

    /// Does the next bit that is due at `now`, and returns whom it has woken. `sweep` sweeps a stretch of
    /// a shard, and is called with the backlog locked.
    pub(super) fn next(
        &self,
        now: u64,
        sweep: impl FnOnce(engine::Sweep, u32, Stretch) -> Swept,
    ) -> Option<Woken> {
        let mut works = self.works.lock();
        let work = works.iter_mut().find(|work| work.next_tick() <= now)?;
        let woken = work.next(now, sweep);
        works.retain(|work| work.next_tick() != NEVER);
        self.publish(&works);
        woken
    }

    /// Takes all the wakers out.
    pub(super) fn take_wakers(&self) -> Vec<Waker> {
        let mut works = self.works.lock();
        let mut taken = Vec::new();
        works.retain_mut(|work| match work {
            Work::Wake { wakers, .. } => {
                taken.extend(wakers);
                false
            }
            Work::Sweep(_) => true,
        });
        self.publish(&works);
        taken
    }

    fn publish(&self, works: &[Work]) {
        let next_tick = works.iter().map(Work::next_tick).min();
        let next_tick = next_tick.unwrap_or(NEVER);
        self.next_tick.store(next_tick, Ordering::Relaxed);
    }
}

impl Work {
    /// When it has something to do, or never again.
    fn next_tick(&self) -> u64 {
        match self {
            Self::Sweep(sweep) => sweep.next_tick().unwrap_or(NEVER),
            Self::Wake { wakers, .. } if wakers.len() == 0 => NEVER,
            Self::Wake { next_tick, .. } => *next_tick,
        }
    }

    fn next(
        &mut self,
        now: u64,
        act: impl FnOnce(engine::Sweep, u32, Stretch) -> Swept,
    ) -> Option<Woken> {
        match self {
            Self::Sweep(sweep) => sweep.step(now, act),
            Self::Wake {
                wakers,
                per_tick,
                next_tick,
            } => {
                *next_tick = now + 1;
                let wakers: Vec<_> = wakers.by_ref().take(*per_tick).collect();
                Some(Woken::some(wakers, 0))
            }
        }
    }
}
