//! Telemetry for the operator of a server. Events are counted in [`Stats`], and traced and measured if the features
//! for it are on.
//!
//! The code that collects traces and measurements is foreign, so no event is recorded under a lock.

mod counters;
mod events;
#[cfg(feature = "metrics")]
mod meter;
mod relays;
mod stats;
mod subject;
#[cfg(feature = "tracing")]
mod trace;

use std::time::Duration;

use crate::sync::counting::{AtomicU64, Ordering::Relaxed};

use counters::Counters;
use relays::Relays;

pub(crate) use events::{Arrival, Event, GapCause, PushEnd, RelayEvent, WaitEnd};
pub use stats::{Ended, Gaps, Passes, Pushes, Refused, Relayed, Stats, Waits};
pub(crate) use subject::Subject;

/// The telemetry of one hub.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    counters: Counters,
    /// In nanoseconds.
    timer_lag: AtomicU64,
    longest_timer_lag: AtomicU64,
    relays: Relays,
}

impl Telemetry {
    /// Records an event of a request.
    #[inline]
    pub(crate) fn tell_of(&self, subject: &Subject, event: Event<'_>) {
        subject.within(|| self.tell(subject.number, event));
    }

    /// Records that this number of functions of a request have panicked.
    pub(crate) fn tell_panics(&self, subject: &Subject, panics: usize) {
        (0..panics).for_each(|_| self.tell_of(subject, Event::Panic));
    }

    /// Records an event of the hub.
    #[inline]
    pub(crate) fn tell(&self, number: u64, event: Event<'_>) {
        self.counters.count(&event, number);
        #[cfg(feature = "tracing")]
        trace::tell(&event);
        #[cfg(feature = "metrics")]
        meter::tell(&event);
        if let Event::Timer { lag } = event {
            self.timer_lag.store(lag.as_nanos() as u64, Relaxed);
            self.longest_timer_lag
                .fetch_max(lag.as_nanos() as u64, Relaxed);
        }
        if let Event::Relay(event) = event {
            self.relays.keep(event);
        }
    }

    /// The counts. `requests` is the number of requests so far, and `now` the time since the hub's creation.
    pub(crate) fn stats(&self, requests: u64, now: Duration) -> Stats {
        let nanos = |lag: &AtomicU64| Duration::from_nanos(lag.load(Relaxed));
        Stats {
            timer_lag: nanos(&self.timer_lag),
            longest_timer_lag: nanos(&self.longest_timer_lag),
            relayed: self.relays.stats(now),
            ..self.counters.stats(requests)
        }
    }
}
