//! Work that is spread over several ticks or turns, so that not all waiters run at once.

use std::ops::DerefMut;
use std::task::Waker;

use crate::engine::{NEVER, ScanKind, ScanRange, Woken};
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{CachePadded, Mutex, order};

use super::crowd::{Crowd, TURN};
use super::scan::Scan;

/// Scans in progress, and wakers that must wait for a later tick or turn.
#[derive(Debug)]
pub(super) struct Pacer {
    tasks: Mutex<Vec<Task>, { order::PACER }>,
    /// The next tick with work to do.
    next_tick: AtomicU64,
    /// Whether there are wakers that take turns.
    has_turns: AtomicBool,
    /// How many waiters have begun to run, or have gone, while there were.
    ran: CachePadded<AtomicUsize>,
}

#[derive(Debug)]
enum Task {
    Scan {
        scan: Scan,
        /// Another one was asked for since it began. So another round follows, which is also for all that are asked for
        /// until that begins.
        again: bool,
    },
    Wake(Crowd),
}

impl Pacer {
    pub(super) fn new() -> Self {
        Self {
            tasks: Mutex::default(),
            next_tick: AtomicU64::new(NEVER),
            has_turns: AtomicBool::new(false),
            ran: CachePadded::default(),
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

    /// Adds a scan, or another round to one that resumes waiters in the same time. So however often all waiters are
    /// resumed, each is resumed once in that time, and it takes twice that time at most.
    pub(super) fn scan(&self, kind: ScanKind, ticks: u64, new: impl FnOnce() -> Scan) {
        let mut tasks = self.tasks.lock();
        match tasks.iter_mut().find_map(|task| task.round(kind, ticks)) {
            Some(again) => *again = true,
            None => {
                let (scan, again) = (new(), false);
                tasks.push(Task::Scan { scan, again });
            }
        }
        self.finish(tasks);
    }

    /// Adds wakers, and returns the tick at which they are woken at the latest, or at which that begins.
    pub(super) fn wake(&self, crowd: impl FnOnce() -> Crowd) -> u64 {
        let mut tasks = self.tasks.lock();
        let crowd = crowd();
        let next_tick = crowd.next_tick();
        tasks.push(Task::Wake(crowd));
        self.finish(tasks);
        next_tick
    }

    /// A waiter runs, or is gone. Returns the wakers whose turn it is then.
    #[inline]
    pub(super) fn one_runs(&self, now: impl FnOnce() -> u64) -> Option<Vec<Waker>> {
        let has_turns = self.has_turns.load(Ordering::Relaxed);
        (has_turns && self.ends_turn()).then(|| self.turn(now))?
    }

    fn ends_turn(&self) -> bool {
        (self.ran.fetch_add(1, Ordering::Relaxed) + 1) % TURN == 0
    }

    /// The crowd that came first goes on.
    fn turn(&self, now: impl FnOnce() -> u64) -> Option<Vec<Waker>> {
        let mut tasks = self.tasks.lock();
        let mut crowds = tasks.iter_mut().filter_map(Task::crowd);
        let wakers = crowds.find(|crowd| crowd.takes_turns())?.turn(now());
        self.finish(tasks);
        Some(wakers)
    }

    /// Does the next part of the work that is due at `now`, and returns the waiters to wake. `census` finds all
    /// waiters, and `scan` visits a number of waiters in a shard. Both are called while the pacer is locked.
    pub(super) fn next(
        &self,
        now: u64,
        census: impl FnOnce() -> Box<[ScanRange]>,
        scan: impl FnOnce(ScanKind, u32, &mut ScanRange, usize) -> Woken,
    ) -> Option<Woken> {
        let mut tasks = self.tasks.lock();
        let task = tasks.iter_mut().find(|task| task.next_tick() <= now)?;
        let woken = task.next(now, census, scan);
        self.finish(tasks);
        Some(woken)
    }

    /// Removes and returns all wakers.
    pub(super) fn take_wakers(&self) -> Vec<Waker> {
        let mut tasks = self.tasks.lock();
        let mut taken = Vec::new();
        tasks.retain_mut(|task| match task {
            Task::Wake(crowd) => {
                taken.extend(crowd.rest());
                false
            }
            Task::Scan { .. } => true,
        });
        self.finish(tasks);
        taken
    }

    /// Removes tasks with nothing to do, such as a scan of no waiters.
    fn finish(&self, mut tasks: impl DerefMut<Target = Vec<Task>>) {
        tasks.retain(|task| task.next_tick() != NEVER);
        let next_tick = tasks.iter().map(Task::next_tick).min();
        let next_tick = next_tick.unwrap_or(NEVER);
        self.next_tick.store(next_tick, Ordering::Relaxed);
        let has_turns = tasks
            .iter_mut()
            .filter_map(Task::crowd)
            .any(|crowd| crowd.takes_turns());
        self.has_turns.store(has_turns, Ordering::Relaxed);
    }
}

impl Task {
    /// Where to ask for another round, if this is a scan that resumes in so many ticks.
    fn round(&mut self, kind: ScanKind, ticks: u64) -> Option<&mut bool> {
        match self {
            Self::Scan { scan, again } if kind == ScanKind::Resume => {
                scan.is(kind, ticks).then_some(again)
            }
            _ => None,
        }
    }

    fn crowd(&mut self) -> Option<&mut Crowd> {
        match self {
            Self::Wake(crowd) => Some(crowd),
            Self::Scan { .. } => None,
        }
    }

    /// The next tick at which the task has work, or [`NEVER`].
    fn next_tick(&self) -> u64 {
        match self {
            Self::Scan { scan, again } => {
                let next_round = if *again { scan.end() } else { NEVER };
                scan.next_tick().unwrap_or(next_round)
            }
            Self::Wake(crowd) => crowd.next_tick(),
        }
    }

    fn next(
        &mut self,
        now: u64,
        census: impl FnOnce() -> Box<[ScanRange]>,
        act: impl FnOnce(ScanKind, u32, &mut ScanRange, usize) -> Woken,
    ) -> Woken {
        match self {
            Self::Scan { scan, again } => {
                if scan.next_tick().is_none() {
                    (*scan, *again) = (scan.next_round(census()), false);
                }
                let nothing = || Woken::some(Vec::new(), 0);
                scan.step(now, act).unwrap_or_else(nothing)
            }
            Self::Wake(crowd) => Woken::some(crowd.tick(now), 0),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_scan_of_no_waiters_is_not_kept() {
        let pacer = Pacer::new();
        pacer.scan(ScanKind::Resume, 10, || scan(ScanKind::Resume, 0, 10));
        assert!(pacer.tasks.lock().is_empty());
    }

    fn scan(kind: ScanKind, waiters: usize, ticks: u64) -> Scan {
        let range = ScanRange {
            slot: 0,
            waiters,
            before: 7,
        };
        Scan::new(kind, [range].into(), 0, ticks)
    }

    #[test]
    fn there_is_one_scan_that_resumes_for_each_length_of_time() {
        let pacer = Pacer::new();
        for ticks in [10, 20].into_iter().cycle().take(1000) {
            pacer.scan(ScanKind::Resume, ticks, || scan(ScanKind::Resume, 5, ticks));
        }
        assert_eq!(pacer.tasks.lock().len(), 2);
        for _ in 0..2 {
            pacer.scan(ScanKind::Close, 10, || scan(ScanKind::Close, 5, 10));
        }
        assert_eq!(pacer.tasks.lock().len(), 4, "those that close stay apart");
    }
}
