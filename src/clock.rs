//! What time it is. Nothing else in the crate reads a clock.
//!
//! Time is a [`Duration`] since the clock's own beginning, and a tick is a millisecond of it.

use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::sync::atomic::{AtomicU64, Ordering};

/// The clock of a hub.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// The system's monotonic clock, since this moment.
    System(Instant),
    /// Moved by a [`MockClock`].
    Mock(Arc<Hand>),
    /// That of the tokio runtime, since this moment.
    #[cfg(feature = "tokio")]
    Tokio(tokio::time::Instant),
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that reads the time"
    )]
    pub(crate) fn system() -> Self {
        Self::System(Instant::now())
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn tokio() -> Self {
        Self::Tokio(tokio::time::Instant::now())
    }

    pub(crate) fn now(&self) -> Duration {
        match self {
            Self::System(beginning) => beginning.elapsed(),
            Self::Mock(hand) => hand.now(),
            #[cfg(feature = "tokio")]
            Self::Tokio(beginning) => beginning.elapsed(),
        }
    }
}

/// The last tick that has begun at `time`.
pub(crate) fn tick_at(time: Duration) -> u64 {
    time.as_secs()
        .saturating_mul(1000)
        .saturating_add(time.subsec_millis().into())
}

/// The first tick that begins at `time` or after it: what is due then is never early.
pub(crate) fn tick_after(time: Duration) -> u64 {
    let begun = time.subsec_nanos() % NANOS_PER_TICK != 0;
    tick_at(time).saturating_add(begun.into())
}

const NANOS_PER_TICK: u32 = 1_000_000;

/// When `tick` begins.
pub(crate) fn time_of(tick: u64) -> Duration {
    Duration::from_millis(tick)
}

/// What a clock drives: things that become due.
pub(crate) trait Timed: Send + Sync + RefUnwindSafe {
    /// A tick before which nothing is due, or `u64::MAX`.
    fn next_deadline(&self) -> u64;

    /// The same, and it waits for whoever is about to change it.
    ///
    /// A test moves its clock when it has seen that a request is suspended: that one must be found.
    fn next_deadline_exactly(&self) -> u64;

    /// Does what is due at `now`, and returns how much that was.
    fn expire(&self, now: u64) -> usize;

    /// Notes that something has panicked while that was done, and that nobody else was told.
    fn panicked(&self);
}

/// A clock for tests: it stands still until it is told to move, and moving it ends what is due.
///
/// There is no thread behind it and nothing to wait for: when [`advance`](Self::advance) returns,
/// every wait whose timeout fell into that span has expired, and its task has been woken.
///
/// Clones tell and move the same time. It comes with a hub from
/// [`Hub::with_mock_clock`](crate::Hub::with_mock_clock).
///
/// ```
/// use std::{pin::pin, time::Duration};
/// use futures::FutureExt;
///
/// const LONG_POLL: Duration = Duration::from_secs(30);
///
/// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
/// let mut request = pin!(hub.run(async |c| {
///     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("lobby", LONG_POLL)) }
/// }));
/// assert!(request.as_mut().now_or_never().is_none());
///
/// assert_eq!(clock.advance(LONG_POLL - Duration::from_millis(1)), 0);
/// assert_eq!(clock.advance(Duration::from_millis(1)), 1);
/// assert_eq!(request.now_or_never().unwrap().unwrap(), "nothing new");
/// ```
#[derive(Clone)]
pub struct MockClock {
    hand: Arc<Hand>,
    timed: Weak<dyn Timed>,
}

impl MockClock {
    pub(crate) fn new(hand: Arc<Hand>, timed: Weak<dyn Timed>) -> Self {
        Self { hand, timed }
    }

    /// Moves the time on, and ends on this thread the waits whose timeout has come, in the order of
    /// their deadlines.
    ///
    /// Returns how many waits have expired. While one expires, the clock shows its deadline.
    ///
    /// # Panics
    ///
    /// If a waker that it wakes does. All other waiters of that tick have been woken then, and the
    /// clock stands at that tick.
    pub fn advance(&self, by: Duration) -> usize {
        let target = self.now().saturating_add(by).min(Hand::END);
        let mut expired = 0;
        let mut next = self.next_deadline(!cfg!(mutant = "begin-in-haste"));
        loop {
            if next > tick_at(target) {
                self.hand.move_to(target);
                // Somebody may have begun to wait in the meantime.
                next = self.next_deadline(!cfg!(mutant = "end-in-haste"));
                if next > tick_at(target) {
                    return expired;
                }
            }
            self.hand.move_to(time_of(next));
            expired += self.expire(next);
            next = self.next_deadline(false);
        }
    }

    /// The time that has been advanced since the clock was made.
    pub fn now(&self) -> Duration {
        self.hand.now()
    }

    fn next_deadline(&self, exactly: bool) -> u64 {
        let Some(timed) = self.timed.upgrade() else {
            return u64::MAX;
        };
        match exactly {
            true => timed.next_deadline_exactly(),
            false => timed.next_deadline(),
        }
    }

    fn expire(&self, now: u64) -> usize {
        self.timed.upgrade().map_or(0, |timed| timed.expire(now))
    }
}

impl fmt::Debug for MockClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockClock")
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

/// Where a mock clock stands, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Hand(AtomicU64);

impl Hand {
    /// As far as it goes: some 68 years, which leaves as many for timeouts.
    const END: Duration = Duration::from_secs(1 << 31);

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Acquire))
    }

    /// Never back, whoever else moves it.
    pub(crate) fn move_to(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_max(nanos, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_rounded_up_to_the_tick_and_the_present_down() {
        for (micros, at, after) in [
            (0, 0, 0),
            (1, 0, 1),
            (999, 0, 1),
            (1000, 1, 1),
            (1001, 1, 2),
        ] {
            let time = Duration::from_micros(micros);
            assert_eq!((tick_at(time), tick_after(time)), (at, after), "{time:?}");
        }
    }

    #[test]
    fn the_longest_time_there_is_has_a_tick() {
        assert_eq!(tick_after(Duration::MAX), u64::MAX);
    }
}
