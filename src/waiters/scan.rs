//! Going through all waiters, once, at a steady pace.

use crate::engine::{ScanKind, ScanRange, Woken};

/// A walk through the waiters of all shards: as many waiters as there were when it began.
///
/// Its steps are spread evenly over its time, and each is taken at the first tick at which it is due.
#[derive(Debug)]
pub(super) struct Scan {
    kind: ScanKind,
    /// What is left of each shard.
    ranges: Box<[ScanRange]>,
    waiters: usize,
    /// The tick at which it began, and how many it takes.
    began: u64,
    ticks: u64,
    /// Where it is: the shard, and how many waiters it has passed in all.
    shard: usize,
    passed: usize,
}

impl Scan {
    /// `ranges`: all waiters of each shard as the scan begins.
    pub(super) fn new(kind: ScanKind, ranges: Box<[ScanRange]>, began: u64, ticks: u64) -> Self {
        let mut scan = Self {
            kind,
            waiters: ranges.iter().map(|range| range.waiters).sum(),
            ranges,
            began,
            ticks,
            shard: 0,
            passed: 0,
        };
        scan.skip_finished_shards();
        scan
    }

    /// Lets `act` go through the waiters of a shard that are due at `now`, and returns those to wake. Returns `None` if
    /// nothing is due.
    pub(super) fn step(
        &mut self,
        now: u64,
        act: impl FnOnce(ScanKind, u32, &mut ScanRange, usize) -> Woken,
    ) -> Option<Woken> {
        let due = self.due(now) - self.passed;
        let range = self.ranges.get_mut(self.shard).filter(|_| due > 0)?;
        let waiters = range.waiters;
        let woken = act(self.kind, self.shard as u32, range, due.min(waiters));
        self.passed += waiters - range.waiters;
        self.skip_finished_shards();
        Some(woken)
    }

    /// The tick at which the next step is due, unless there is none.
    pub(super) fn next_tick(&self) -> Option<u64> {
        (self.passed < self.waiters).then(|| {
            let ticks = (self.passed as u128 + 1) * u128::from(self.ticks);
            self.began + ticks.div_ceil(self.waiters as u128) as u64
        })
    }

    fn due(&self, now: u64) -> usize {
        let gone = now.saturating_sub(self.began);
        if gone >= self.ticks {
            return self.waiters;
        }
        (self.waiters as u128 * u128::from(gone) / u128::from(self.ticks)) as usize
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
        let ranges = shards.iter().map(|&waiters| ScanRange {
            slot: 0,
            waiters,
            before: 7,
        });
        Scan::new(ScanKind::Close, ranges.collect(), 100, ticks)
    }

    /// The waiters that come by at each tick at which something is due, each in a slot of its own; no
    /// lock is held for more than two of them.
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
                    Woken::some(Vec::new(), 0)
                })
            };
            while step().is_some() {}
            course.push((tick, passed));
        }
        course
    }

    /// All of the shard's waiters have passed, or have gone.
    fn finished(range: &mut ScanRange) -> Woken {
        range.waiters = 0;
        Woken::some(Vec::new(), 0)
    }

    #[test]
    fn its_steps_are_spread_over_its_time_and_the_last_is_at_its_end() {
        let expected = [(110, 0, 0), (120, 2, 0), (130, 2, 1), (140, 3, 0)];
        let expected = expected.map(|(tick, shard, slot)| (tick, vec![(shard, slot)]));
        assert_eq!(course(scan(&[1, 0, 2, 1], 40)), expected);
    }

    #[test]
    fn where_there_are_more_waiters_than_ticks_several_come_by_at_once() {
        let counts = course(scan(&[5, 5], 2)).into_iter();
        let counts = counts.map(|(tick, passed)| (tick, passed.len()));
        assert!(counts.eq([(101, 5), (102, 5)]));
    }

    #[test]
    fn without_time_everything_is_due_at_once_and_without_waiters_nothing_ever() {
        let all = vec![(1, 0), (1, 1), (1, 2)];
        assert_eq!(course(scan(&[0, 3], 0)), [(100, all)]);
        assert_eq!(course(scan(&[0, 0], 50)), []);
    }

    #[test]
    fn those_who_have_gone_meanwhile_are_not_waited_for() {
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
    fn the_longest_time_there_is_does_not_overflow() {
        let mut scan = scan(&[usize::MAX / 2, 1], u64::MAX / 2);
        assert!(scan.next_tick().is_some());
        let step = scan.step(u64::MAX - 1, |_, _, range, _| finished(range));
        assert!(step.is_some());
    }
}
