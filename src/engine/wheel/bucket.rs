//! The timers of one slot of the wheel.

use std::collections::VecDeque;

use super::timer::Timer;

/// Timers in the order of their insertion, in dense arrays of bounded length.
///
/// A cancelled timer stays where it is and is counted as dead, because finding it would cost a cache miss. When many
/// timers are dead, each further cancellation removes the dead timers of *one* array. This bounds the time that a
/// cancellation takes.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    chunks: VecDeque<Vec<Timer>>,
    /// The number of timers, dead ones included.
    len: u32,
    /// The number of dead timers, approximately. It decides when to sweep; a sweep checks each timer before it
    /// removes it.
    dead: u32,
    /// The chunk that the next sweep visits.
    next_sweep: u32,
    /// The number of sweeps since a sweep last removed a timer.
    in_vain: u32,
}

impl Bucket {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn push(&mut self, timer: Timer) {
        self.len += 1;
        match self.chunks.back_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(timer),
            _ => self.chunks.push_back(vec![timer]),
        }
    }

    /// Removes and returns the oldest chunk.
    pub(super) fn pop_chunk(&mut self) -> Vec<Timer> {
        let chunk = self.chunks.pop_front().unwrap_or_default();
        self.len -= chunk.len() as u32;
        chunk
    }

    /// Counts a timer of this bucket as cancelled.
    pub(super) fn bury(&mut self, is_alive: impl Fn(&Timer) -> bool) {
        self.dead = self.len.min(self.dead + 1);
        if self.dead == self.len && self.len <= CHUNK as u32 {
            self.sweep_all(is_alive);
        } else if self.dead > TOLERATED + self.len / 4 {
            self.sweep_next(is_alive);
        }
    }

    fn sweep_all(&mut self, is_alive: impl Fn(&Timer) -> bool) {
        self.chunks.retain_mut(|chunk| {
            chunk.retain(&is_alive);
            !chunk.is_empty()
        });
        self.len = self.chunks.iter().map(|chunk| chunk.len() as u32).sum();
        self.dead = 0;
        if self.is_empty() {
            *self = Self::default();
        }
    }

    fn sweep_next(&mut self, is_alive: impl Fn(&Timer) -> bool) {
        let at = self.next_sweep as usize % self.chunks.len();
        let chunk = &mut self.chunks[at];
        let before = chunk.len();
        chunk.retain(is_alive);
        let swept = (before - chunk.len()) as u32;
        self.len -= swept;
        self.dead = self.dead.saturating_sub(swept);
        self.in_vain = if swept == 0 { self.in_vain + 1 } else { 0 };
        if chunk.is_empty() {
            self.chunks.remove(at);
            self.next_sweep = at as u32;
        } else {
            chunk.shrink_to_fit();
            self.next_sweep = at as u32 + 1;
        }
        if self.in_vain as usize > self.chunks.len() {
            // A whole round has removed no timer, so the count was too high.
            (self.dead, self.in_vain) = (0, 0);
        }
    }
}

/// Timers per chunk: 8 KiB, about as much as a sweep may visit while a lock is held.
const CHUNK: usize = if cfg!(loom) { 2 } else { 512 };

/// This number of dead timers is never worth a sweep.
const TOLERATED: u32 = if cfg!(loom) { 0 } else { 64 };

#[cfg(all(test, not(loom)))]
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

    fn drained(mut bucket: Bucket) -> Vec<Timer> {
        let mut all = Vec::new();
        while !bucket.is_empty() {
            all.append(&mut bucket.pop_chunk());
        }
        all
    }

    fn memory(bucket: &Bucket) -> usize {
        bucket.chunks.iter().map(Vec::capacity).sum()
    }

    #[test]
    fn a_bucket_gives_back_its_timers_in_the_order_of_insertion() {
        let n = 3 * CHUNK as u32 + 1;
        assert!(drained(filled(n)).into_iter().eq(timers(n)));
    }

    #[test]
    fn a_bucket_whose_timers_are_all_cancelled_is_empty() {
        for n in [1, 10, CHUNK as u32, 10 * CHUNK as u32] {
            let mut bucket = filled(n);
            for dead in 0..n {
                bucket.bury(|timer| timer.slot > dead);
            }
            assert!(bucket.is_empty() && memory(&bucket) == 0, "{n}");
        }
    }

    #[test]
    fn at_most_a_quarter_of_the_timers_is_dead_for_long() {
        let n = 100 * CHUNK as u32;
        let mut bucket = filled(n);
        for dead in 0..n - 1 {
            bucket.bury(|timer| timer.slot > dead);
            let alive = n - 1 - dead;
            assert!(bucket.len <= (alive + TOLERATED) * 4 / 3 + CHUNK as u32);
        }
        assert!(drained(bucket).iter().any(|timer| timer.slot == n - 1));
    }

    #[test]
    fn sweeping_keeps_the_order_and_every_living_timer() {
        let n = 8 * CHUNK as u32;
        let mut bucket = filled(n);
        for dead in (0..n).filter(|slot| slot % 5 != 0) {
            bucket.bury(|timer| timer.slot > dead || timer.slot % 5 == 0);
        }
        let left = drained(bucket).into_iter().map(|timer| timer.slot);
        assert!(left.filter(|slot| slot % 5 == 0).eq((0..n).step_by(5)));
    }

    #[test]
    fn a_count_that_is_too_high_throws_no_living_timer_out() {
        let n = 4 * CHUNK as u32;
        let mut bucket = filled(n);
        for _ in 0..10 * n {
            bucket.bury(|_| true);
        }
        assert!(drained(bucket).into_iter().eq(timers(n)));
    }

    /// The living timers are in front of the dead ones, so the first sweeps of a round remove nothing.
    #[test]
    fn dead_timers_behind_many_living_ones_are_swept_out() {
        let living = 10 * CHUNK as u32;
        let mut bucket = filled(living);
        for timer in timers(living + 200_000).skip(living as usize) {
            bucket.push(timer);
            bucket.bury(|timer| timer.slot < living);
            assert!(bucket.len < 3 * living, "{} timers", bucket.len);
        }
    }
}
