//! What the relays of a hub have heard. These counters have no stripes, because few threads update them.

use std::time::Duration;

use crate::sync::counting::{AtomicU64, Ordering::Relaxed};

use super::events::{Arrival, GapCause, RelayEvent};
use super::stats::{Gaps, Relayed};

#[derive(Debug)]
pub(super) struct Relays {
    /// The number of relays with an open way. It wraps for a moment if one thread opens a way, and another one closes
    /// it and counts that first.
    up: AtomicU64,
    downs: AtomicU64,
    heard: AtomicU64,
    unreadable: AtomicU64,
    unknown_keys: AtomicU64,
    overflows: AtomicU64,
    /// By their causes.
    gaps: [AtomicU64; GapCause::Reported as usize + 1],
    /// When the last line arrived, in nanoseconds since the hub's creation, or [`NEVER`].
    last_arrival: AtomicU64,
}

impl Relays {
    // Cold, so that what every request tells is inlined.
    #[cold]
    pub(super) fn keep(&self, event: RelayEvent) {
        match event {
            RelayEvent::Up => add_one(&self.up),
            RelayEvent::Down { was_up } => {
                add_one(&self.downs);
                self.up.fetch_sub(was_up.into(), Relaxed);
            }
            RelayEvent::Left { was_up } => _ = self.up.fetch_sub(was_up.into(), Relaxed),
            RelayEvent::Arrived { what, at } => {
                self.last_arrival.store(at.as_nanos() as u64, Relaxed);
                self.keep_arrival(what);
            }
            RelayEvent::Gap(cause) => add_one(&self.gaps[cause as usize]),
            RelayEvent::Overflow => add_one(&self.overflows),
        }
    }

    fn keep_arrival(&self, what: Arrival) {
        match what {
            Arrival::Echo => {}
            Arrival::Line => add_one(&self.heard),
            Arrival::Unreadable => add_one(&self.unreadable),
            Arrival::UnknownKey => add_one(&self.unknown_keys),
        }
    }

    /// The counts, and the gauges at this time after the hub's creation.
    pub(super) fn stats(&self, now: Duration) -> Relayed {
        let gaps = |cause: GapCause| self.gaps[cause as usize].load(Relaxed);
        let last = Some(self.last_arrival.load(Relaxed)).filter(|last| *last != NEVER);
        Relayed {
            up: (self.up.load(Relaxed) as i64).max(0) as u64,
            downs: self.downs.load(Relaxed),
            heard: self.heard.load(Relaxed),
            unreadable: self.unreadable.load(Relaxed),
            unknown_keys: self.unknown_keys.load(Relaxed),
            overflows: self.overflows.load(Relaxed),
            gaps: Gaps {
                connected: gaps(GapCause::Connected),
                lost: gaps(GapCause::Lost),
                silent: gaps(GapCause::Silent),
                announced: gaps(GapCause::Announced),
                unreadable: gaps(GapCause::Unreadable),
                reported: gaps(GapCause::Reported),
            },
            since_last_line: last.map(|last| now.saturating_sub(Duration::from_nanos(last))),
        }
    }
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl Default for Relays {
    fn default() -> Self {
        Self {
            up: AtomicU64::default(),
            downs: AtomicU64::default(),
            heard: AtomicU64::default(),
            unreadable: AtomicU64::default(),
            unknown_keys: AtomicU64::default(),
            overflows: AtomicU64::default(),
            gaps: Default::default(),
            last_arrival: AtomicU64::new(NEVER),
        }
    }
}

const NEVER: u64 = u64::MAX;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_another_thread_closes_before_it_was_counted_is_never_less_than_none() {
        let relays = Relays::default();
        relays.keep(RelayEvent::Left { was_up: true });
        assert_eq!(relays.stats(Duration::ZERO).up, 0);
        relays.keep(RelayEvent::Up);
        assert_eq!(relays.stats(Duration::ZERO).up, 0);
        relays.keep(RelayEvent::Up);
        assert_eq!(relays.stats(Duration::ZERO).up, 1);
    }
}
