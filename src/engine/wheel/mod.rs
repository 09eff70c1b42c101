//! The timer wheel: it stores timers, and returns them when they are due.
//!
//! After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987): seven levels of 64 slots. With a tick of
//! one millisecond, they reach 139 years. A later deadline gets no timer. So no level wraps, and the current slot and
//! those before it are empty. The buckets are dense arrays: moving one down a level is a copy, and fewer levels would
//! not be faster.

mod bucket;
mod level;
#[cfg(test)]
mod tests;
mod timer;

use std::collections::VecDeque;

use bucket::Bucket;
pub(crate) use timer::Timer;

use level::{DIGIT, Level, level_for, slot_for, slot_start};

/// Timers by deadline. The wheel does not use the other fields of a timer.
#[derive(Debug, Default)]
pub(crate) struct Wheel {
    /// The current tick of the wheel: every slot that begins at or before it has been emptied.
    elapsed: u64,
    levels: [Level; LEVELS],
    /// The timers of the slot that the wheel has reached last and that have no new place yet.
    moving: Bucket,
    /// Timers that are due and have not been handed out yet.
    due: VecDeque<Timer>,
    /// The tick at which the wheel must be turned next, or [`NEVER`].
    next: u64,
}

/// What a step has done.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a timer that is due is handed out once"]
pub(crate) enum Step {
    /// There is nothing to do.
    Idle,
    /// This number of timers has been looked at, and none handed out.
    Moved(usize),
    Due(Timer),
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self {
            next: NEVER,
            ..Self::default()
        }
    }

    /// The tick at which [`step`](Self::step) has work to do, or [`NEVER`]. No timer is due before it.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Adds a timer that is due after `now` and before [`HORIZON`].
    ///
    /// The wheel may already be past `now`, if it was turned after `now` was read from the clock.
    pub(crate) fn insert(&mut self, timer: Timer, now: u64) {
        debug_assert!(now < timer.when && timer.when < HORIZON);
        if now < self.next {
            // No timer lies between, so the wheel can move to `now`. Then the timer starts at a lower level and is
            // moved less often.
            self.elapsed = self.elapsed.max(now);
        }
        let turn = if timer.when > self.elapsed {
            self.place(timer)
        } else {
            self.due.push_back(timer);
            self.elapsed
        };
        self.next = self.next.min(turn);
    }

    /// Cancels a timer that was added for `when`. `is_alive` must already return `false` for it.
    pub(crate) fn cancel(&mut self, when: u64, is_alive: impl Fn(&Timer) -> bool) {
        if when <= self.elapsed {
            return; // handed out, or about to be: the caller sees that it is dead
        }
        let level = level_for(self.elapsed, when);
        if self.levels[level].bury(slot_for(when, level), is_alive) {
            self.next = self.next_turn();
        }
    }

    /// Does a small part of the work that is due at `now`: one chunk of a bucket at most.
    ///
    /// Timers are due in the order of their deadlines, and then in the order of their insertion. A step may hand out
    /// a timer that has been cancelled, so the caller must check.
    pub(crate) fn step(&mut self, now: u64, is_alive: impl Fn(&Timer) -> bool) -> Step {
        let step = match self.due.front().copied() {
            // The clock has gone back to before the current tick of the wheel.
            Some(timer) if now < timer.when => return Step::Idle,
            Some(timer) => {
                self.due.pop_front();
                Step::Due(timer)
            }
            None if self.moving.is_empty() && self.next > now => return Step::Idle,
            None => {
                if self.moving.is_empty() {
                    self.turn();
                }
                Step::Moved(self.move_down(is_alive))
            }
        };
        if self.due.is_empty() && self.moving.is_empty() {
            self.due.shrink_to(KEPT);
        }
        self.next = self.next_turn();
        step
    }

    /// Moves to the next occupied slot, and takes its timers.
    fn turn(&mut self) {
        if let Some((level, slot)) = self.next_slot() {
            self.elapsed = slot_start(self.elapsed, level, slot);
            self.moving = self.levels[level].take(slot);
        }
    }

    /// Finds new places for one chunk of the timers that the last turn has taken, and returns how many they were.
    ///
    /// Dead timers that are not due yet are removed here: if a timer is cancelled while its bucket is on the move, it
    /// is unknown which bucket would count it.
    fn move_down(&mut self, is_alive: impl Fn(&Timer) -> bool) -> usize {
        let chunk = self.moving.pop_chunk();
        let moved = chunk.len();
        for timer in chunk {
            if timer.when <= self.elapsed {
                self.due.push_back(timer);
            } else if is_alive(&timer) {
                self.place(timer);
            }
        }
        moved
    }

    /// Stores a timer in its slot, as seen from the current tick, and returns when the turn of that slot comes.
    fn place(&mut self, timer: Timer) -> u64 {
        let level = level_for(self.elapsed, timer.when);
        let slot = slot_for(timer.when, level);
        self.levels[level].push(slot, timer);
        slot_start(self.elapsed, level, slot)
    }

    fn next_turn(&self) -> u64 {
        if !self.due.is_empty() || !self.moving.is_empty() {
            return self.elapsed;
        }
        self.next_slot()
            .map_or(NEVER, |(level, slot)| slot_start(self.elapsed, level, slot))
    }

    /// All slots of a level come before those of a higher level. So the next slot is in the first level that has an
    /// occupied one.
    fn next_slot(&self) -> Option<(usize, usize)> {
        let levels = self.levels.iter().enumerate();
        levels
            .map(|(level, slots)| Some((level, slots.next_after(slot_for(self.elapsed, level))?)))
            .find_map(|next| next)
    }
}

/// The wheel distinguishes this number of ticks. A deadline must lie before.
pub(crate) const HORIZON: u64 = 1 << (LEVELS as u32 * DIGIT);

/// Later than every tick.
pub(crate) const NEVER: u64 = u64::MAX;

const LEVELS: usize = 7;

/// Capacity for due timers that is kept from one turn to the next.
const KEPT: usize = if cfg!(loom) { 1 } else { 64 };
