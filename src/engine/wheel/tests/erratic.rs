//! The wheel under a clock that stops, jumps and goes back.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{HORIZON, NEVER, Step, Timer, Wheel};
use super::edge;

#[derive(Debug, Clone)]
enum Act {
    Insert { after: u64 },
    Cancel { which: usize },
    Show { now: u64 },
    Forward { by: u64 },
    Back { by: u64 },
}

#[derive(Default)]
struct Erratic {
    wheel: Wheel,
    /// The present time of the clock.
    now: u64,
    /// The latest time that the clock has shown.
    latest: u64,
    /// Deadline and number of each timer that has neither been cancelled nor been due.
    armed: BTreeSet<(u64, u32)>,
    inserted: u32,
}

impl Erratic {
    fn apply(&mut self, act: Act) {
        match act {
            Act::Insert { after } => self.insert(self.now.saturating_add(after.max(1))),
            Act::Cancel { which } => self.cancel(which),
            Act::Show { now } => self.show(now),
            Act::Forward { by } => self.show(self.now.saturating_add(by)),
            Act::Back { by } => self.show(self.now.saturating_sub(by)),
        }
    }

    fn insert(&mut self, when: u64) {
        if when >= HORIZON {
            return;
        }
        let slot = self.inserted;
        self.inserted += 1;
        let timer = Timer {
            when,
            slot,
            stamp: 0,
        };
        self.wheel.insert(timer, self.now);
        self.armed.insert((when, slot));
    }

    fn cancel(&mut self, which: usize) {
        let at = which % self.armed.len().max(1);
        if let Some(gone) = self.armed.iter().nth(at).copied() {
            self.armed.remove(&gone);
            let armed = &self.armed;
            self.wheel
                .cancel(gone.0, |timer| armed.contains(&(timer.when, timer.slot)));
        }
    }

    fn show(&mut self, now: u64) {
        self.now = now.min(HORIZON);
        self.latest = self.latest.max(self.now);
        while let Some(timer) = self.step() {
            if self.armed.remove(&(timer.when, timer.slot)) {
                assert!(timer.when <= self.now, "{timer:?} is early");
            }
        }
        let earliest = self.armed.first().map_or(NEVER, |&(when, _)| when);
        assert!(self.now < self.latest || earliest > self.now, "one is late");
        assert!(self.wheel.next() <= earliest.max(self.latest));
    }

    /// Steps until a timer is due.
    fn step(&mut self) -> Option<Timer> {
        let alive = |timer: &Timer| self.armed.contains(&(timer.when, timer.slot));
        loop {
            match self.wheel.step(self.now, alive) {
                Step::Idle => return None,
                Step::Due(timer) => return Some(timer),
                Step::Moved(_) => {}
            }
        }
    }
}

fn act() -> impl Strategy<Value = Act> {
    let span = || prop_oneof![1 => edge(), 3 => 0..200_u64];
    prop_oneof![
        4 => span().prop_map(|after| Act::Insert { after }),
        1 => any::<usize>().prop_map(|which| Act::Cancel { which }),
        1 => (0..HORIZON).prop_map(|now| Act::Show { now }),
        3 => span().prop_map(|by| Act::Forward { by }),
        2 => span().prop_map(|by| Act::Back { by }),
    ]
}

proptest! {
    #[test]
    fn under_any_clock_nothing_is_due_early_and_nothing_is_lost(
        acts in prop::collection::vec(act(), 1..200),
    ) {
        let mut erratic = Erratic { wheel: Wheel::new(), ..Erratic::default() };
        acts.into_iter().for_each(|act| erratic.apply(act));
        erratic.show(HORIZON);
        assert!(erratic.armed.is_empty());
        assert_eq!(erratic.wheel.next(), NEVER);
    }
}
