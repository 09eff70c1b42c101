//! What happens, as those see it who operate a server: counted in [`Stats`], and if they ask for it,
//! traced and measured.
//!
//! Whoever collects traces and measurements is foreign code, so nothing is told under a lock.

#[cfg(feature = "metrics")]
mod meter;
mod span;
mod stats;
mod tally;
#[cfg(feature = "tracing")]
mod trace;

use std::time::Duration;

use crate::continuation::Dispatch;
use crate::end::End;
use crate::record::Record;
use crate::sync::counting::{AtomicU64, Ordering::Relaxed};

use tally::Tally;

pub(crate) use span::Span;
pub use stats::{Ended, Passes, Refused, Stats, Waits};

/// Something that happens to a request, or to a hub.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "what is not traced is not read either")
)]
pub(crate) enum Happening<'a> {
    /// A pass begins.
    Pass { dispatch: Dispatch, pass: u32 },
    /// A request is over that had no pass.
    Unexecuted,
    /// A pass has suspended. It was needless if it had been woken, and found nothing.
    Suspension { keys: usize, needless: bool },
    /// A request falls asleep, and counts as suspended.
    Sleep,
    /// It does not count any more.
    Rise,
    /// A wait is over that began then.
    WaitEnd { end: WaitEnd, lasted: Duration },
    /// A request is over.
    End(&'a End),
    /// A notify has ended so many waits.
    Notify { waits: usize },
    /// A notify has ended none, although somebody was in the books of its key.
    Unheard,
    /// The timer has come for a wait, so late.
    Timer { lag: Duration },
    /// Foreign code has panicked, which concerns nobody else.
    Panic,
    /// The hub is shut down, with so many suspended.
    Shutdown { suspended: usize },
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitEnd {
    Resumed,
    Expired,
    Completed,
    Cancelled,
    Closed,
}

/// The books of one hub.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    tally: Tally,
    /// In nanoseconds.
    timer_lag: AtomicU64,
    longest_timer_lag: AtomicU64,
}

impl Telemetry {
    /// Something happens to a request.
    #[inline]
    pub(crate) fn tell_of(&self, record: &Record, happening: Happening<'_>) {
        record.span.within(|| self.tell(record.number, happening));
    }

    /// So many functions of a request have panicked.
    pub(crate) fn tell_panics(&self, record: &Record, panics: usize) {
        (0..panics).for_each(|_| self.tell_of(record, Happening::Panic));
    }

    /// Something happens to the hub.
    #[inline]
    pub(crate) fn tell(&self, number: u64, happening: Happening<'_>) {
        self.tally.count(&happening, number);
        #[cfg(feature = "tracing")]
        trace::tell(&happening);
        #[cfg(feature = "metrics")]
        meter::tell(&happening);
        if let Happening::Timer { lag } = happening {
            self.timer_lag.store(lag.as_nanos() as u64, Relaxed);
            self.longest_timer_lag
                .fetch_max(lag.as_nanos() as u64, Relaxed);
        }
    }

    /// What has been counted here, of so many requests.
    pub(crate) fn stats(&self, requests: u64) -> Stats {
        let nanos = |lag: &AtomicU64| Duration::from_nanos(lag.load(Relaxed));
        Stats {
            timer_lag: nanos(&self.timer_lag),
            longest_timer_lag: nanos(&self.longest_timer_lag),
            ..self.tally.stats(requests)
        }
    }
}
