//! The timer wheel: deadlines in ticks, in, out and due.
//!
//! After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987): seven levels of 64
//! slots. At one millisecond a tick they reach 139 years, and a deadline beyond that is never
//! armed; so no level wraps, and no slot at or before the present one is ever occupied. The buckets
//! are dense arrays: moving one down a level is a copy, and fewer levels would buy nothing.

mod bucket;
mod level;
#[cfg(test)]
mod tests;
mod timer;

use std::collections::VecDeque;

use bucket::Bucket;
pub(crate) use timer::Timer;

use level::{DIGIT, Level, level_for, slot_for, slot_start};

/// Timers by their deadline. It never looks at what they stand for.
#[derive(Debug, Default)]
pub(crate) struct Wheel {
    /// Where the wheel stands: every slot that begins at or before this tick has been emptied.
    elapsed: u64,
    levels: [Level; LEVELS],
    /// The timers of the slot to which the wheel has turned last, as far as they have no new place yet.
    moving: Bucket,
    /// Timers whose tick has come and which have not been handed out yet.
    due: VecDeque<Timer>,
    /// When the wheel has to be turned next, or [`NEVER`].
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

    /// The tick at which [`step`](Self::step) has work to do, or [`NEVER`]. No timer is due before
    /// it.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Arms a timer that is due after `now` and before [`HORIZON`].
    ///
    /// The wheel may have been turned further than to `now`, after `now` was read from a clock.
    pub(crate) fn insert(&mut self, timer: Timer, now: u64) {
        debug_assert!(now < timer.when && timer.when < HORIZON);
        if now < self.next {
            // No timer lies between, so the wheel can stand at `now`. That spares the timer levels down which it would
            // only be moved.
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

    /// Forgets a timer that was armed for `when`. `is_alive` must already answer `false` for it.
    pub(crate) fn cancel(&mut self, when: u64, is_alive: impl Fn(&Timer) -> bool) {
        if when <= self.elapsed {
            return; // handed out, or about to be: whoever takes it sees that it is dead
        }
        let level = level_for(self.elapsed, when);
        if self.levels[level].bury(slot_for(when, level), is_alive) {
            self.next = self.next_turn();
        }
    }

    /// Does a little of what there is to do at `now`: no more than a chunk of a bucket.
    ///
    /// Timers are due in the order of their deadlines, and among equals in that of insertion. It may hand out a timer
    /// that has been cancelled, so the caller has to check.
    pub(crate) fn step(&mut self, now: u64, is_alive: impl Fn(&Timer) -> bool) -> Step {
        let step = match self.due.front().copied() {
            // The clock has gone back behind the tick to which the wheel has been turned.
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

    /// Moves to the next occupied slot, and takes what is there.
    fn turn(&mut self) {
        if let Some((level, slot)) = self.next_slot() {
            self.elapsed = slot_start(self.elapsed, level, slot);
            self.moving = self.levels[level].take(slot);
        }
    }

    /// Finds new places for a chunk of what the last turn has taken, and returns how many timers that was.
    ///
    /// Dead timers that are not due yet end here. If a timer is cancelled while its bucket is on the move, it is not
    /// known in which bucket to count it.
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

    /// Puts a timer where it belongs as the wheel stands now, and returns when that slot's turn
    /// comes.
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

    /// Every slot of a level comes before every slot of a higher one, so the first level that has
    /// any has the next.
    fn next_slot(&self) -> Option<(usize, usize)> {
        let levels = self.levels.iter().enumerate();
        levels
            .map(|(level, slots)| Some((level, slots.next_after(slot_for(self.elapsed, level))?)))
            .find_map(|next| next)
    }
}

/// Ticks that the wheel can tell apart: a deadline must lie before this one.
pub(crate) const HORIZON: u64 = 1 << (LEVELS as u32 * DIGIT);

/// Later than every tick.
pub(crate) const NEVER: u64 = u64::MAX;

const LEVELS: usize = 7;

/// Room for due timers that is kept from one turn to the next.
const KEPT: usize = if cfg!(loom) { 1 } else { 64 };
