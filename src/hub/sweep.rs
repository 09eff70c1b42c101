//! Going through everybody who waits, once, at a steady pace.

use std::ops::Range;

use crate::engine;

/// A way through the slots of all shards, as they were when it began.
///
/// Its steps are spread evenly over its time, and each is taken at the first tick at which it is due.
#[derive(Debug)]
pub(super) struct Sweep {
    pub(super) kind: engine::Sweep,
    /// How many slots there are in each shard.
    shards: Box<[u32]>,
    slots: u64,
    /// The tick at which it began, and how many it takes.
    began: u64,
    ticks: u64,
    /// Where it is: the shard, the slot in it, and how many slots lie behind.
    shard: u32,
    slot: u32,
    behind: u64,
}

impl Sweep {
    pub(super) fn new(kind: engine::Sweep, shards: Box<[u32]>, began: u64, ticks: u64) -> Self {
        Self {
            kind,
            slots: shards.iter().copied().map(u64::from).sum(),
            shards,
            began,
            ticks,
            shard: 0,
            slot: 0,
            behind: 0,
        }
    }

    /// Slots of a shard whose turn has come at `now`, at most so many.
    pub(super) fn next(&mut self, now: u64, most: u32) -> Option<(u32, Range<u32>)> {
        let due = self.due(now) - self.behind;
        if due == 0 {
            return None;
        }
        while self.slot == self.shards[self.shard as usize] {
            (self.shard, self.slot) = (self.shard + 1, 0);
        }
        let left = self.shards[self.shard as usize] - self.slot;
        let count = left.min(most).min(u32::try_from(due).unwrap_or(u32::MAX));
        let range = self.slot..self.slot + count;
        self.slot += count;
        self.behind += u64::from(count);
        Some((self.shard, range))
    }

    /// The tick at which the next step is due, unless there is none.
    pub(super) fn next_tick(&self) -> Option<u64> {
        (self.behind < self.slots).then(|| {
            let ticks = u128::from(self.behind + 1) * u128::from(self.ticks);
            self.began + ticks.div_ceil(self.slots.into()) as u64
        })
    }

    fn due(&self, now: u64) -> u64 {
        let gone = now.saturating_sub(self.began);
        if gone >= self.ticks {
            return self.slots;
        }
        (u128::from(self.slots) * u128::from(gone) / u128::from(self.ticks)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(shards: &[u32], ticks: u64) -> Sweep {
        Sweep::new(engine::Sweep::Close, shards.into(), 100, ticks)
    }

    /// The slots that come by at each tick at which something is due.
    fn course(mut sweep: Sweep) -> Vec<(u64, Vec<(u32, u32)>)> {
        let mut course = Vec::new();
        while let Some(tick) = sweep.next_tick() {
            let mut slots = Vec::new();
            while let Some((shard, range)) = sweep.next(tick, 2) {
                assert!(range.len() <= 2);
                slots.extend(range.map(|slot| (shard, slot)));
            }
            course.push((tick, slots));
        }
        course
    }

    #[test]
    fn its_steps_are_spread_over_its_time_and_the_last_is_at_its_end() {
        let steps = course(sweep(&[1, 0, 2, 1], 40));
        let expected = [(110, 0, 0), (120, 2, 0), (130, 2, 1), (140, 3, 0)];
        assert_eq!(
            steps,
            expected.map(|(tick, shard, slot)| (tick, vec![(shard, slot)]))
        );
    }

    #[test]
    fn where_there_are_more_slots_than_ticks_several_come_by_at_once() {
        let steps = course(sweep(&[5, 5], 2));
        let counts: Vec<_> = steps
            .iter()
            .map(|(tick, slots)| (*tick, slots.len()))
            .collect();
        assert_eq!(counts, [(101, 5), (102, 5)]);
    }

    #[test]
    fn without_time_everything_is_due_at_once_and_without_slots_nothing_ever() {
        assert_eq!(
            course(sweep(&[0, 3], 0)),
            [(100, vec![(1, 0), (1, 1), (1, 2)])]
        );
        assert_eq!(course(sweep(&[0, 0], 50)), []);
    }

    #[test]
    fn the_longest_time_there_is_does_not_overflow() {
        let mut sweep = sweep(&[u32::MAX, u32::MAX], u64::MAX / 2);
        assert!(sweep.next_tick().is_some());
        assert_eq!(sweep.next(u64::MAX - 1, 7), Some((0, 0..7)));
    }
}
