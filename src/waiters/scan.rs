//! Going through all waiters, once, at a steady pace.

use crate::engine::{ScanKind, ScanRange, Scanned, Woken};

/// A walk through the waiters of all shards: as many waiters as there were when it began.
///
/// Its steps are spread evenly over its time, and each is taken at the first tick at which it is due.
#[derive(Debug)]
pub(super) struct Scan {
    kind: ScanKind,
    parts: Box<[Part]>,
    waiters: usize,
    /// The tick at which it began, and how many it takes.
    began: u64,
    ticks: u64,
    /// Where it is: the shard, the slot in it, and how many waiters it has passed.
    shard: usize,
    slot: u32,
    passed: usize,
}

/// The part of a scan that lies in one shard.
#[derive(Debug)]
struct Part {
    /// How many waiters are still to be passed.
    left: usize,
    /// The number of the first waiter that has come since the scan began.
    before: u64,
}

impl Scan {
    /// `shards`: how many waiters each had when the scan began, and the number of its next one.
    pub(super) fn new(
        kind: ScanKind,
        shards: impl IntoIterator<Item = (usize, u64)>,
        began: u64,
        ticks: u64,
    ) -> Self {
        let part = |(left, before)| Part { left, before };
        let parts: Box<[_]> = shards.into_iter().map(part).collect();
        let mut scan = Self {
            kind,
            waiters: parts.iter().map(|part| part.left).sum(),
            parts,
            began,
            ticks,
            shard: 0,
            slot: 0,
            passed: 0,
        };
        scan.pass_empty_shards();
        scan
    }

    /// Scans the range that is due at `now`, and returns the waiters to wake. Returns `None` if nothing is due.
    pub(super) fn step(
        &mut self,
        now: u64,
        act: impl FnOnce(ScanKind, u32, ScanRange) -> Scanned,
    ) -> Option<Woken> {
        let due = self.due(now) - self.passed;
        let Part { left, before } = self.parts.get_mut(self.shard).filter(|_| due > 0)?;
        let range = ScanRange {
            slot: self.slot,
            waiters: due.min(*left),
            before: *before,
        };
        let scanned = act(self.kind, self.shard as u32, range);
        // Of the waiters that were there when it began, some may have gone.
        let passed = scanned.next_slot.map_or(*left, |_| scanned.waiters);
        *left -= passed;
        self.passed += passed;
        self.slot = scanned.next_slot.unwrap_or(0);
        self.pass_empty_shards();
        Some(scanned.woken)
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

    fn pass_empty_shards(&mut self) {
        while self
            .parts
            .get(self.shard)
            .is_some_and(|part| part.left == 0)
        {
            (self.shard, self.slot) = (self.shard + 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(shards: &[usize], ticks: u64) -> Scan {
        Scan::new(
            ScanKind::Close,
            shards.iter().map(|waiters| (*waiters, 7)),
            100,
            ticks,
        )
    }

    /// The waiters that come by at each tick at which something is due, each in a slot of its own; no
    /// lock is held for more than two of them.
    fn course(mut scan: Scan) -> Vec<(u64, Vec<(u32, u32)>)> {
        let mut course = Vec::new();
        while let Some(tick) = scan.next_tick() {
            let mut passed = Vec::new();
            let mut step = || {
                scan.step(tick, |_, shard, ScanRange { slot, waiters, .. }| {
                    let waiters = waiters.min(2);
                    let next = slot + waiters as u32;
                    passed.extend((slot..next).map(|slot| (shard, slot)));
                    scanned(waiters, Some(next))
                })
            };
            while step().is_some() {}
            course.push((tick, passed));
        }
        course
    }

    fn scanned(waiters: usize, next_slot: Option<u32>) -> Scanned {
        Scanned {
            woken: Woken::some(Vec::new(), 0),
            waiters,
            next_slot,
        }
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
        assert!(scan.step(101, |_, _, _| scanned(1, None)).is_some());
        assert_eq!(scan.next_tick(), Some(111));
        let last = scan.step(111, |_, shard, range| {
            assert_eq!((shard, range.slot, range.waiters), (1, 0, 1));
            scanned(1, None)
        });
        assert!(last.is_some() && scan.next_tick().is_none());
    }

    #[test]
    fn the_longest_time_there_is_does_not_overflow() {
        let mut scan = scan(&[usize::MAX / 2, 1], u64::MAX / 2);
        assert!(scan.next_tick().is_some());
        assert!(
            scan.step(u64::MAX - 1, |_, _, _| scanned(1, Some(1)))
                .is_some()
        );
    }
}
