//! A visit to all waiters, once, at a steady pace.

use crate::engine::{ScanKind, ScanRange, Woken};

/// Visits as many waiters in each shard as were there when the scan began.
///
/// The visits are spread evenly over the scan's time. Each takes place at the first tick at which it is due. A scan that
/// resumes begins with a visit at once, so that a single waiter need not wait for the whole time, and a visit that ends
/// no wait takes no turn. A scan that closes ends with a visit: the last client stays as long as the caller allows.
#[derive(Debug)]
pub(super) struct Scan {
    kind: ScanKind,
    /// What remains to be visited in each shard.
    ranges: Box<[ScanRange]>,
    waiters: usize,
    /// The tick at which the scan began, and its length in ticks.
    began: u64,
    ticks: u64,
    /// The current shard, and the number of waiters visited in all shards.
    shard: usize,
    passed: usize,
    /// The number of visits that come before their share of the time has passed.
    ahead: usize,
}

impl Scan {
    /// `ranges`: all waiters of each shard at the beginning of the scan.
    pub(super) fn new(kind: ScanKind, ranges: Box<[ScanRange]>, began: u64, ticks: u64) -> Self {
        let mut scan = Self {
            kind,
            waiters: ranges.iter().map(|range| range.waiters).sum(),
            ranges,
            began,
            ticks,
            shard: 0,
            passed: 0,
            ahead: (kind == ScanKind::Resume).into(),
        };
        scan.skip_finished_shards();
        scan
    }

    /// Whether this is how it ends waits, and in how many ticks.
    pub(super) fn is(&self, kind: ScanKind, ticks: u64) -> bool {
        (self.kind, self.ticks) == (kind, ticks)
    }

    /// The tick at which the next round can begin, so that both keep the same pace.
    pub(super) fn end(&self) -> u64 {
        self.began + self.ticks
    }

    /// The next round, of the waiters that are there as it begins.
    pub(super) fn next_round(&self, ranges: Box<[ScanRange]>) -> Self {
        Self::new(self.kind, ranges, self.end(), self.ticks)
    }

    /// Has `act` visit the waiters of one shard that are due at `now`, and returns the waiters to wake. Returns
    /// `None` if nothing is due.
    pub(super) fn step(
        &mut self,
        now: u64,
        act: impl FnOnce(ScanKind, u32, &mut ScanRange, usize) -> Woken,
    ) -> Option<Woken> {
        let due = self.due(now) - self.passed;
        let range = self.ranges.get_mut(self.shard).filter(|_| due > 0)?;
        let waiters = range.waiters;
        let woken = act(self.kind, self.shard as u32, range, due.min(waiters));
        let visited = waiters - range.waiters;
        self.passed += visited;
        if self.kind == ScanKind::Resume {
            self.ahead += visited.saturating_sub(woken.count);
        }
        self.skip_finished_shards();
        Some(woken)
    }

    /// The tick at which the next step is due, or `None` if the scan has finished.
    pub(super) fn next_tick(&self) -> Option<u64> {
        (self.passed < self.waiters).then(|| {
            let share = (self.passed + 1).saturating_sub(self.ahead) as u128;
            let ticks = share * u128::from(self.ticks);
            self.began + ticks.div_ceil(self.waiters as u128) as u64
        })
    }

    fn due(&self, now: u64) -> usize {
        let gone = now.saturating_sub(self.began);
        if gone >= self.ticks {
            return self.waiters;
        }
        let due = self.waiters as u128 * u128::from(gone) / u128::from(self.ticks);
        self.waiters.min(due as usize + self.ahead)
    }

    fn skip_finished_shards(&mut self) {
        let rest = self.ranges.iter().skip(self.shard);
        self.shard += rest.take_while(|range| range.waiters == 0).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(shards: &[usize], ticks: u64) -> Scan {
        scan_of(ScanKind::Close, shards, ticks)
    }

    fn scan_of(kind: ScanKind, shards: &[usize], ticks: u64) -> Scan {
        let ranges = shards.iter().map(|&waiters| ScanRange {
            slot: 0,
            waiters,
            before: 7,
        });
        Scan::new(kind, ranges.collect(), 100, ticks)
    }

    /// The waiters that are visited at each tick, as shard and slot. One step visits two of them at most.
    fn course(mut scan: Scan) -> Vec<(u64, Vec<(u32, u32)>)> {
        let mut course = Vec::new();
        while let Some(tick) = scan.next_tick() {
            let mut passed = Vec::new();
            let mut step = || {
                scan.step(tick, |_, shard, range, waiters| {
                    let waiters = waiters.min(2);
                    let next = range.slot + waiters as u32;
                    passed.extend((range.slot..next).map(|slot| (shard, slot)));
                    (range.slot, range.waiters) = (next, range.waiters - waiters);
                    Woken::some(Vec::new(), waiters)
                })
            };
            while step().is_some() {}
            course.push((tick, passed));
        }
        course
    }

    /// Marks the range as finished.
    fn finished(range: &mut ScanRange) -> Woken {
        range.waiters = 0;
        Woken::some(Vec::new(), 0)
    }

    #[test]
    fn the_steps_are_spread_over_the_time_and_the_last_is_at_its_end() {
        let expected = [(110, 0, 0), (120, 2, 0), (130, 2, 1), (140, 3, 0)];
        let expected = expected.map(|(tick, shard, slot)| (tick, vec![(shard, slot)]));
        assert_eq!(course(scan(&[1, 0, 2, 1], 40)), expected);
    }

    #[test]
    fn a_scan_that_resumes_begins_at_once_and_keeps_its_pace() {
        let scan = |waiters| scan_of(ScanKind::Resume, &[waiters], 40);
        let ticks = |waiters| course(scan(waiters)).into_iter().map(|(tick, _)| tick);
        assert!(ticks(1).eq([100]));
        assert!(ticks(4).eq([100, 110, 120, 130]));
    }

    #[test]
    fn a_visit_that_ends_no_wait_takes_no_turn_of_a_scan_that_resumes() {
        let mut scan = scan_of(ScanKind::Resume, &[3, 1], 40);
        let mut ticks = Vec::new();
        while let Some(tick) = scan.next_tick() {
            let _ = scan.step(tick, |_, shard, range, _| {
                let ends_a_wait = shard == 1 || range.slot == 1;
                (range.slot, range.waiters) = (range.slot + 1, range.waiters - 1);
                Woken::some(Vec::new(), ends_a_wait.into())
            });
            ticks.push(tick);
        }
        assert_eq!(ticks, [100, 100, 110, 110]);
    }

    #[test]
    fn with_more_waiters_than_ticks_a_step_visits_several() {
        let counts = course(scan(&[5, 5], 2)).into_iter();
        let counts = counts.map(|(tick, passed)| (tick, passed.len()));
        assert!(counts.eq([(101, 5), (102, 5)]));
    }

    #[test]
    fn with_no_time_everything_is_due_at_once_and_with_no_waiters_nothing() {
        let all = vec![(1, 0), (1, 1), (1, 2)];
        assert_eq!(course(scan(&[0, 3], 0)), [(100, all)]);
        assert_eq!(course(scan(&[0, 0], 50)), []);
    }

    #[test]
    fn waiters_that_leave_during_the_scan_are_not_waited_for() {
        let mut scan = scan(&[10, 1], 11);
        assert!(scan.step(101, |_, _, range, _| finished(range)).is_some());
        assert_eq!(scan.next_tick(), Some(111));
        let last = scan.step(111, |_, shard, range, waiters| {
            assert_eq!((shard, range.slot, waiters), (1, 0, 1));
            finished(range)
        });
        assert!(last.is_some() && scan.next_tick().is_none());
    }

    #[test]
    fn the_longest_time_does_not_overflow() {
        let mut scan = scan(&[usize::MAX / 2, 1], u64::MAX / 2);
        assert!(scan.next_tick().is_some());
        let step = scan.step(u64::MAX - 1, |_, _, range, _| finished(range));
        assert!(step.is_some());
    }
}
