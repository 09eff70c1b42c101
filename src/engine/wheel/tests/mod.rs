//! The wheel and, as its model, a sorted map.

mod erratic;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Act {
    Insert {
        after: u64,
    },
    Cancel {
        which: usize,
    },
    Advance {
        by: u64,
    },
    /// One step only, so that the next act finds the wheel at work.
    Step {
        by: u64,
    },
}

struct Pair {
    now: u64,
    wheel: Wheel,
    /// Deadline and number of each timer that the wheel should hold, in the order of expiry.
    model: BTreeSet<(u64, u32)>,
    inserted: u32,
}

impl Pair {
    fn new() -> Self {
        Self {
            now: 0,
            wheel: Wheel::new(),
            model: BTreeSet::new(),
            inserted: 0,
        }
    }

    fn apply(&mut self, act: Act) {
        match act {
            Act::Insert { after } => self.insert(after),
            Act::Cancel { which } => self.cancel(which),
            Act::Advance { by } => self.advance(by),
            Act::Step { by } => self.step(by),
        }
        self.check();
    }

    fn insert(&mut self, after: u64) {
        let when = self.now + after.max(1);
        if when >= HORIZON {
            return;
        }
        let slot = self.inserted;
        self.inserted += 1;
        self.wheel.insert(
            Timer {
                when,
                slot,
                stamp: 0,
            },
            self.now,
        );
        self.model.insert((when, slot));
    }

    fn cancel(&mut self, which: usize) {
        let Some(&(when, slot)) = self.model.iter().nth(which % self.model.len().max(1)) else {
            return;
        };
        self.model.remove(&(when, slot));
        self.wheel
            .cancel(when, |timer| self.model.contains(&(timer.when, timer.slot)));
    }

    fn advance(&mut self, by: u64) {
        self.step(by);
        while !self.is_idle() {}
    }

    fn step(&mut self, by: u64) {
        self.now = self.now.saturating_add(by).min(HORIZON);
        self.is_idle();
    }

    /// Takes one step in the wheel and in the model.
    fn is_idle(&mut self) -> bool {
        let alive = |timer: &Timer| self.model.contains(&(timer.when, timer.slot));
        let due = self
            .model
            .first()
            .copied()
            .filter(|(when, _)| *when <= self.now);
        match self.wheel.step(self.now, alive) {
            Step::Idle => assert_eq!(due, None, "at {}", self.now),
            Step::Due(timer) if alive(&timer) => {
                assert_eq!(due, Some((timer.when, timer.slot)), "at {}", self.now);
                self.model.pop_first();
                return false;
            }
            Step::Due(_) | Step::Moved(_) => return false,
        }
        true
    }

    /// The next turn of the wheel is not after the earliest deadline.
    fn check(&self) {
        let earliest = self.model.first().map_or(NEVER, |&(when, _)| when);
        assert!(
            self.wheel.next() <= earliest,
            "next turn {}, earliest deadline {earliest}",
            self.wheel.next()
        );
    }
}

fn edge() -> impl Strategy<Value = u64> {
    let edges = (1..7).flat_map(|level| [-1, 0, 1].map(|d| (1_i64 << (6 * level)) + d));
    proptest::sample::select(
        edges
            .chain([0, 1, 2, 30_000, (1 << 41), (1 << 42) - 1])
            .map(|t| t as u64)
            .collect::<Vec<_>>(),
    )
}

fn act() -> impl Strategy<Value = Act> {
    let span = || prop_oneof![3 => edge(), 3 => 0..200_u64, 1 => 0..HORIZON];
    prop_oneof![
        6 => span().prop_map(|after| Act::Insert { after }),
        3 => any::<usize>().prop_map(|which| Act::Cancel { which }),
        3 => span().prop_map(|by| Act::Advance { by }),
        1 => span().prop_map(|by| Act::Step { by }),
    ]
}

proptest! {
    #[test]
    fn the_wheel_agrees_with_a_sorted_map(acts in prop::collection::vec(act(), 1..200)) {
        let mut pair = Pair::new();
        acts.into_iter().for_each(|act| pair.apply(act));
        pair.advance(HORIZON);
        assert!(pair.model.is_empty());
        assert_eq!(pair.wheel.next(), NEVER);
    }
}

/// Steps until a timer is due.
fn poll(wheel: &mut Wheel, now: u64) -> Option<Timer> {
    loop {
        match wheel.step(now, |timer| timer.stamp == 0) {
            Step::Idle => return None,
            Step::Due(timer) => return Some(timer),
            Step::Moved(_) => {}
        }
    }
}

#[test]
fn a_timer_is_due_at_its_tick_and_not_before_at_every_edge() {
    for begin in [0, 1, 63, 64, 4095, 4096, 262_143] {
        for after in (0..7).flat_map(|level| {
            [
                (1_u64 << (6 * level)).saturating_sub(1),
                1 << (6 * level),
                (1 << (6 * level)) + 1,
            ]
        }) {
            let mut wheel = Wheel::new();
            assert_eq!(poll(&mut wheel, begin), None);
            let when = begin + after.max(1);
            wheel.insert(
                Timer {
                    when,
                    slot: 7,
                    stamp: 0,
                },
                begin,
            );
            assert_eq!(poll(&mut wheel, when - 1), None, "{after} after {begin}");
            assert_eq!(
                poll(&mut wheel, when).map(|timer| timer.slot),
                Some(7),
                "{after} after {begin}"
            );
            assert_eq!(wheel.next(), NEVER);
        }
    }
}

#[test]
fn timers_of_one_tick_are_due_in_the_order_of_insertion_through_any_level() {
    let mut wheel = Wheel::new();
    let mut now = 0;
    for slot in 0..100 {
        wheel.insert(
            Timer {
                when: 5000,
                slot,
                stamp: 0,
            },
            now,
        );
        now += 49;
        assert_eq!(poll(&mut wheel, now), None);
    }
    let order: Vec<_> = std::iter::from_fn(|| poll(&mut wheel, 5000))
        .map(|timer| timer.slot)
        .collect();
    assert!(order.into_iter().eq(0..100));
}

/// The caller read the clock, and then the wheel was turned before the caller inserted the timer.
#[test]
fn a_timer_that_comes_too_late_is_due_at_once() {
    for late in [99, 100] {
        let mut wheel = Wheel::new();
        let timer = |when| Timer {
            when,
            slot: 7,
            stamp: 0,
        };
        wheel.insert(timer(100), 0);
        assert_eq!(poll(&mut wheel, 100), Some(timer(100)));
        wheel.insert(timer(late), late - 1);
        assert!(wheel.next() <= 100);
        assert_eq!(poll(&mut wheel, 100), Some(timer(late)));
        assert_eq!(wheel.next(), NEVER);
        wheel.insert(timer(late), late - 1);
        wheel.cancel(late, |_| false);
    }
}

#[test]
fn a_cancelled_timer_is_not_moved_down_with_the_living() {
    let mut wheel = Wheel::new();
    // `poll` treats timers with a stamp of 0 as alive.
    let timer = |stamp, when| Timer {
        when,
        slot: 0,
        stamp,
    };
    wheel.insert(timer(0, 128), 0);
    wheel.insert(timer(1, 135), 0);
    wheel.cancel(135, |timer| timer.stamp == 0);
    assert_eq!(poll(&mut wheel, 128), Some(timer(0, 128)));
    assert_eq!(wheel.next(), NEVER, "nothing is left");
}

#[test]
fn no_step_looks_at_more_than_a_chunk_of_timers() {
    let mut wheel = Wheel::new();
    for slot in 0..100_000 {
        wheel.insert(
            Timer {
                when: 30_000,
                slot,
                stamp: 0,
            },
            0,
        );
    }
    let steps = std::iter::from_fn(|| Some(wheel.step(30_000, |_| true)));
    let moved = steps
        .take_while(|step| *step != Step::Idle)
        .map(|step| match step {
            Step::Moved(timers) => timers,
            _ => 0,
        });
    assert!(moved.max() <= Some(512));
}

/// A timer that is cancelled in the middle of a move is gone, and all others stay.
#[test]
fn timers_can_be_cancelled_while_their_bucket_is_on_the_move() {
    let mut wheel = Wheel::new();
    let timer = |slot| Timer {
        when: 20_000 + u64::from(slot % 64),
        slot,
        stamp: 0,
    };
    for slot in 0..5000 {
        wheel.insert(timer(slot), 0);
    }
    assert!(matches!(wheel.step(19_000, |_| true), Step::Moved(_)));
    let alive = |slot: u32| slot % 3 == 0;
    for slot in (0..5000).filter(|slot| !alive(*slot)) {
        wheel.cancel(timer(slot).when, |timer| {
            timer.slot > slot || alive(timer.slot)
        });
    }
    let mut due = Vec::new();
    loop {
        match wheel.step(21_000, |timer| alive(timer.slot)) {
            Step::Idle => break,
            Step::Due(timer) if alive(timer.slot) => due.push(timer.slot),
            Step::Due(_) | Step::Moved(_) => {}
        }
    }
    due.sort_unstable();
    assert!(due.into_iter().eq((0..5000).filter(|slot| alive(*slot))));
    assert_eq!(wheel.next(), NEVER);
}

#[test]
fn a_wheel_whose_timers_are_all_cancelled_asks_for_no_turn() {
    let mut wheel = Wheel::new();
    let when = |slot: u32| 1 + u64::from(slot) * 977;
    for slot in 0..1000 {
        wheel.insert(
            Timer {
                when: when(slot),
                slot,
                stamp: 0,
            },
            0,
        );
    }
    for gone in 0..1000 {
        wheel.cancel(when(gone), |timer| timer.slot > gone);
    }
    assert_eq!(wheel.next(), NEVER);
}
