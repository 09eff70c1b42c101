//! The wheel against a sorted map that does the same slowly.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Insert { after: u64 },
    Cancel { which: usize },
    Advance { by: u64 },
    PollOnce { by: u64 },
}

struct Pair {
    now: u64,
    wheel: Wheel,
    /// Deadline and number of what the wheel ought to hold, in the order of expiry.
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

    fn apply(&mut self, step: Step) {
        match step {
            Step::Insert { after } => self.insert(after),
            Step::Cancel { which } => self.cancel(which),
            Step::Advance { by } => self.advance(by),
            Step::PollOnce { by } => self.poll_once(by),
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
        self.poll_once(by);
        while self.expire_one() {}
    }

    fn poll_once(&mut self, by: u64) {
        self.now = self.now.saturating_add(by).min(HORIZON);
        self.expire_one();
    }

    /// Takes one living timer from both sides; false when neither has any.
    fn expire_one(&mut self) -> bool {
        let due = self
            .model
            .first()
            .copied()
            .filter(|&(when, _)| when <= self.now);
        let polled = std::iter::from_fn(|| {
            self.wheel.poll(self.now, |timer| {
                self.model.contains(&(timer.when, timer.slot))
            })
        })
        .map(|timer| (timer.when, timer.slot))
        .find(|timer| self.model.contains(timer));
        assert_eq!(polled, due, "at {}", self.now);
        polled.is_some_and(|timer| self.model.remove(&timer))
    }

    /// The wheel asks to be turned no later than the earliest deadline.
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

fn step() -> impl Strategy<Value = Step> {
    let span = || prop_oneof![3 => edge(), 3 => 0..200_u64, 1 => 0..HORIZON];
    prop_oneof![
        6 => span().prop_map(|after| Step::Insert { after }),
        3 => any::<usize>().prop_map(|which| Step::Cancel { which }),
        3 => span().prop_map(|by| Step::Advance { by }),
        1 => span().prop_map(|by| Step::PollOnce { by }),
    ]
}

proptest! {
    #[test]
    fn the_wheel_agrees_with_a_sorted_map(steps in prop::collection::vec(step(), 1..200)) {
        let mut pair = Pair::new();
        steps.into_iter().for_each(|step| pair.apply(step));
        pair.advance(HORIZON);
        assert!(pair.model.is_empty());
        assert_eq!(pair.wheel.next(), NEVER);
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
            assert_eq!(wheel.poll(begin, |_| true), None);
            let when = begin + after.max(1);
            wheel.insert(
                Timer {
                    when,
                    slot: 7,
                    stamp: 0,
                },
                begin,
            );
            assert_eq!(
                wheel.poll(when - 1, |_| true),
                None,
                "{after} after {begin}"
            );
            assert_eq!(
                wheel.poll(when, |_| true).map(|timer| timer.slot),
                Some(7),
                "{after} after {begin}"
            );
            assert_eq!(wheel.next(), NEVER);
        }
    }
}

#[test]
fn timers_of_one_tick_are_due_in_the_order_of_insertion_whatever_level_they_came_through() {
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
        assert_eq!(wheel.poll(now, |_| true), None);
    }
    let order: Vec<_> = std::iter::from_fn(|| wheel.poll(5000, |_| true))
        .map(|timer| timer.slot)
        .collect();
    assert!(order.into_iter().eq(0..100));
}

/// Whoever inserts it has read the clock a while ago, and the wheel has been turned meanwhile.
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
        assert_eq!(wheel.poll(100, |_| true), Some(timer(100)));
        wheel.insert(timer(late), late - 1);
        assert!(wheel.next() <= 100);
        assert_eq!(wheel.poll(100, |_| true), Some(timer(late)));
        assert_eq!(wheel.next(), NEVER);
        wheel.insert(timer(late), late - 1);
        wheel.cancel(late, |_| false);
    }
}

#[test]
fn a_cancelled_timer_is_not_moved_down_with_the_living() {
    let mut wheel = Wheel::new();
    let timer = |slot, when| Timer {
        when,
        slot,
        stamp: 0,
    };
    wheel.insert(timer(0, 128), 0);
    wheel.insert(timer(1, 135), 0);
    wheel.cancel(135, |timer| timer.slot == 0);
    assert_eq!(
        wheel.poll(128, |timer| timer.slot == 0),
        Some(timer(0, 128))
    );
    assert_eq!(wheel.next(), NEVER, "nothing is left");
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
