//! The timers of one slot of the wheel.

use super::Timer;

/// Timers in the order of their insertion, in dense arrays of bounded length.
///
/// A cancelled timer stays where it is and is counted, for finding it would cost a cache miss. When
/// the dead are many, each further one pays for throwing the dead out of *one* array, so no
/// cancellation takes longer than that.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    chunks: Vec<Vec<Timer>>,
    /// How many timers are here, dead ones included.
    len: u32,
    /// How many of them have been cancelled: exact, so `dead == len` means that the bucket can go.
    dead: u32,
    /// The chunk whose turn it is to be swept.
    turn: u32,
}

impl Bucket {
    pub(super) fn all_alive(&self) -> bool {
        self.dead == 0
    }

    pub(super) fn push(&mut self, timer: Timer) {
        self.len += 1;
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(timer),
            _ => self.chunks.push(vec![timer]),
        }
    }

    /// Counts a timer of this bucket as cancelled, and returns whether the bucket is empty now.
    ///
    /// `is_alive` must already answer `false` for it.
    pub(super) fn bury(&mut self, is_alive: impl Fn(&Timer) -> bool) -> bool {
        self.dead += 1;
        if self.dead == self.len {
            debug_assert!(!self.chunks.iter().flatten().any(is_alive));
            *self = Self::default();
        } else if self.dead > TOLERATED + self.len / 2 {
            self.sweep_one_chunk(is_alive);
        }
        self.len == 0
    }

    fn sweep_one_chunk(&mut self, is_alive: impl Fn(&Timer) -> bool) {
        let turn = self.turn as usize % self.chunks.len();
        let chunk = &mut self.chunks[turn];
        let before = chunk.len();
        chunk.retain(is_alive);
        let swept = (before - chunk.len()) as u32;
        self.len -= swept;
        self.dead -= swept;
        if chunk.is_empty() {
            self.chunks.remove(turn);
            self.turn = turn as u32;
        } else {
            chunk.shrink_to_fit();
            self.turn = turn as u32 + 1;
        }
    }
}

/// First in, first out.
impl IntoIterator for Bucket {
    type Item = Timer;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<Timer>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.chunks.into_iter().flatten()
    }
}

/// Timers per chunk: 8 KiB, about what a sweep may look at while a lock is held.
const CHUNK: usize = 512;

/// Dead timers that are never worth a sweep.
const TOLERATED: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn timers(n: u32) -> impl Iterator<Item = Timer> {
        (0..n).map(|slot| Timer {
            when: 9,
            slot,
            stamp: 0,
        })
    }

    fn filled(n: u32) -> Bucket {
        let mut bucket = Bucket::default();
        timers(n).for_each(|timer| bucket.push(timer));
        bucket
    }

    #[test]
    fn a_bucket_gives_back_its_timers_in_the_order_of_insertion() {
        let n = 3 * CHUNK as u32 + 1;
        assert!(filled(n).into_iter().eq(timers(n)));
    }

    #[test]
    fn a_bucket_of_dead_timers_holds_no_memory() {
        let mut bucket = filled(10);
        for dead in 0..10 {
            bucket.bury(|timer| timer.slot > dead);
        }
        assert_eq!(bucket.len, 0);
        assert_eq!(bucket.chunks.capacity(), 0);
    }

    #[test]
    fn dead_timers_never_outnumber_the_living_for_long() {
        let n = 100 * CHUNK as u32;
        let mut bucket = filled(n);
        for dead in 0..n - 1 {
            bucket.bury(|timer| timer.slot > dead);
            assert!(bucket.dead <= 2 * TOLERATED + CHUNK as u32 + bucket.len / 2);
        }
        assert!(bucket.into_iter().any(|timer| timer.slot == n - 1));
    }

    #[test]
    fn sweeping_keeps_the_order_and_every_living_timer() {
        let n = 8 * CHUNK as u32;
        let mut bucket = filled(n);
        for dead in (0..n).filter(|slot| slot % 5 != 0) {
            bucket.bury(|timer| timer.slot > dead || timer.slot % 5 == 0);
        }
        let left: Vec<_> = bucket
            .into_iter()
            .map(|timer| timer.slot)
            .filter(|slot| slot % 5 == 0)
            .collect();
        assert!(left.into_iter().eq((0..n).step_by(5)));
    }
}
