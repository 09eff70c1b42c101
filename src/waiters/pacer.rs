//! Work that is spread over several ticks, so that not all waiters run at once.

use std::task::Waker;

use crate::engine::{NEVER, ScanKind, ScanRange, Woken};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, order};

use super::scan::Scan;

/// Scans in progress, and wakers that must wait for a later tick.
#[derive(Debug)]
pub(super) struct Pacer {
    tasks: Mutex<Vec<Task>, { order::PACER }>,
    /// The next tick with work to do.
    next_tick: AtomicU64,
}

#[derive(Debug)]
enum Task {
    Scan(Scan),
    /// Waiters of a notify that have not been woken yet. `per_tick` of them are woken at each tick.
    Wake {
        wakers: std::vec::IntoIter<Waker>,
        per_tick: usize,
        next_tick: u64,
    },
}

impl Pacer {
    pub(super) fn new() -> Self {
        Self {
            tasks: Mutex::default(),
            next_tick: AtomicU64::new(NEVER),
        }
    }

    pub(super) fn next_tick(&self) -> u64 {
        self.next_tick.load(Ordering::Relaxed)
    }

    /// Like [`next_tick`](Self::next_tick), but waits for a thread that is adding a task.
    pub(super) fn next_tick_exactly(&self) -> u64 {
        let _tasks = self.tasks.lock();
        self.next_tick()
    }

    /// Adds a scan.
    pub(super) fn scan(&self, scan: impl FnOnce() -> Scan) {
        self.add(|| Task::Scan(scan()));
    }

    /// Adds wakers, and returns the tick at which they begin to be woken: the one after `now`.
    pub(super) fn wake(
        &self,
        wakers: Vec<Waker>,
        per_tick: usize,
        now: impl FnOnce() -> u64,
    ) -> u64 {
        self.add(|| Task::Wake {
            wakers: wakers.into_iter(),
            per_tick,
            next_tick: now() + 1,
        })
    }

    fn add(&self, task: impl FnOnce() -> Task) -> u64 {
        let mut tasks = self.tasks.lock();
        let task = task();
        let begins = task.next_tick();
        // A scan of no waiters has nothing to do, and would not be removed.
        if begins != NEVER {
            tasks.push(task);
        }
        self.publish(&tasks);
        begins
    }

    /// Does the next part of the work that is due at `now`, and returns the waiters to wake. `scan` visits a number
    /// of waiters in a shard. It is called while the pacer is locked.
    pub(super) fn next(
        &self,
        now: u64,
        scan: impl FnOnce(ScanKind, u32, &mut ScanRange, usize) -> Woken,
    ) -> Option<Woken> {
        let mut tasks = self.tasks.lock();
        let task = tasks.iter_mut().find(|task| task.next_tick() <= now)?;
        let woken = task.next(now, scan);
        tasks.retain(|task| task.next_tick() != NEVER);
        self.publish(&tasks);
        woken
    }

    /// Removes and returns all wakers.
    pub(super) fn take_wakers(&self) -> Vec<Waker> {
        let mut tasks = self.tasks.lock();
        let mut taken = Vec::new();
        tasks.retain_mut(|task| match task {
            Task::Wake { wakers, .. } => {
                taken.extend(wakers);
                false
            }
            Task::Scan(_) => true,
        });
        self.publish(&tasks);
        taken
    }

    fn publish(&self, tasks: &[Task]) {
        let next_tick = tasks.iter().map(Task::next_tick).min();
        let next_tick = next_tick.unwrap_or(NEVER);
        self.next_tick.store(next_tick, Ordering::Relaxed);
    }
}

impl Task {
    /// The next tick at which the task has work, or [`NEVER`].
    fn next_tick(&self) -> u64 {
        match self {
            Self::Scan(scan) => scan.next_tick().unwrap_or(NEVER),
            Self::Wake { wakers, .. } if wakers.len() == 0 => NEVER,
            Self::Wake { next_tick, .. } => *next_tick,
        }
    }

    fn next(
        &mut self,
        now: u64,
        act: impl FnOnce(ScanKind, u32, &mut ScanRange, usize) -> Woken,
    ) -> Option<Woken> {
        match self {
            Self::Scan(scan) => scan.step(now, act),
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_scan_of_no_waiters_is_not_kept() {
        let pacer = Pacer::new();
        pacer.scan(|| Scan::new(ScanKind::Resume, [].into(), 0, 10));
        assert!(pacer.tasks.lock().is_empty());
    }
}
