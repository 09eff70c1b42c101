//! One ring of the wheel: 64 slots, and a word with one bit for each slot that is occupied.

use super::bucket::Bucket;
use super::timer::Timer;

/// A level of the wheel. Level `n` distinguishes ticks by their `n`-th digit in base 64.
///
/// The current slot and those before it are empty, so a level never wraps: the next timer is in the lowest occupied
/// slot after the current one.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// Bit `n` is set while slot `n` is not empty.
    occupied: u64,
    /// Allocated with the first timer: most hubs never use the levels for hours and years.
    slots: Option<Box<[Bucket; SLOTS]>>,
}

impl Level {
    pub(super) fn push(&mut self, slot: usize, timer: Timer) {
        self.bucket(slot).push(timer);
        self.occupied |= 1 << slot;
    }

    /// Counts a timer of this slot as cancelled, and returns whether the slot is empty now.
    pub(super) fn bury(&mut self, slot: usize, is_alive: impl Fn(&Timer) -> bool) -> bool {
        let bucket = self.bucket(slot);
        bucket.bury(is_alive);
        let is_empty = bucket.is_empty();
        if is_empty {
            self.occupied &= !(1 << slot);
        }
        is_empty
    }

    pub(super) fn take(&mut self, slot: usize) -> Bucket {
        self.occupied &= !(1 << slot);
        std::mem::take(self.bucket(slot))
    }

    /// Finds the first occupied slot after this one.
    pub(super) fn next_after(&self, slot: usize) -> Option<usize> {
        let later = self.occupied & (u64::MAX << slot) & !(1 << slot);
        (later != 0).then(|| later.trailing_zeros() as usize)
    }

    fn bucket(&mut self, slot: usize) -> &mut Bucket {
        let slots = || Box::new(std::array::from_fn(|_| Bucket::default()));
        &mut self.slots.get_or_insert_with(slots)[slot]
    }
}

pub(super) const SLOTS: usize = 1 << DIGIT;

/// Bits of a tick that one level distinguishes.
pub(super) const DIGIT: u32 = 6;

/// The level of the most significant digit in which `when` and `elapsed` differ.
pub(super) fn level_for(elapsed: u64, when: u64) -> usize {
    debug_assert!(elapsed < when);
    ((elapsed ^ when).ilog2() / DIGIT) as usize
}

/// The digit of `tick` at `level`.
pub(super) fn slot_for(tick: u64, level: usize) -> usize {
    (tick >> shift(level)) as usize % SLOTS
}

/// The first tick of a slot, in the turn of `level` that contains `elapsed`.
pub(super) fn slot_start(elapsed: u64, level: usize, slot: usize) -> u64 {
    let turn = elapsed >> shift(level + 1) << shift(level + 1);
    turn | (slot as u64) << shift(level)
}

fn shift(level: usize) -> u32 {
    level as u32 * DIGIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_the_highest_digit_that_differs() {
        for (elapsed, when, level) in [
            (0, 1, 0),
            (0, 63, 0),
            (0, 64, 1),
            (63, 64, 1),
            (64, 65, 0),
            (0, 4095, 1),
            (0, 4096, 2),
            (4095, 4096, 2),
            (0, (1 << 42) - 1, 6),
        ] {
            assert_eq!(level_for(elapsed, when), level, "{elapsed} to {when}");
        }
    }

    #[test]
    fn a_slot_starts_in_the_turn_that_elapsed_lies_in() {
        assert_eq!(slot_start(0, 0, 5), 5);
        assert_eq!(slot_start(64 + 3, 0, 5), 64 + 5);
        assert_eq!(slot_start(4096 + 70, 1, 2), 4096 + 128);
        assert_eq!(slot_start(4096 + 70, 2, 3), 3 * 4096);
    }

    #[test]
    fn the_next_slot_is_the_lowest_occupied_one_after_the_present() {
        let mut level = Level::default();
        for slot in [3, 40, 63] {
            let timer = Timer {
                when: 0,
                slot: 0,
                stamp: 0,
            };
            level.push(slot, timer);
        }
        assert_eq!(level.next_after(0), Some(3));
        assert_eq!(level.next_after(3), Some(40));
        assert_eq!(level.next_after(62), Some(63));
        assert_eq!(level.next_after(63), None);
    }
}
