//! A clock that a test moves.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering};

use super::driven::Driven;
use super::instant::Instant;

/// A clock for tests. It stands still until a test moves it, and moving it expires all timeouts
/// that are due.
///
/// There is no thread behind it and nothing to wait for: when [`advance`](Self::advance) returns,
/// every wait that was due has expired, and its task has been woken.
///
/// [`Hub::with_mock_clock`](crate::Hub::with_mock_clock) returns it with its hub. Clones are the
/// same clock.
///
/// ```
/// use std::{pin::pin, time::Duration};
/// use futures::FutureExt;
///
/// const HOLD: Duration = Duration::from_secs(30);
///
/// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
/// let mut request = pin!(hub.run(async |c| {
///     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("lobby", HOLD)) }
/// }));
/// assert!(request.as_mut().now_or_never().is_none());
///
/// assert_eq!(clock.advance(HOLD - Duration::from_millis(1)), 0);
/// assert_eq!(clock.advance(Duration::from_millis(1)), 1);
/// assert_eq!(request.now_or_never().unwrap().unwrap(), "nothing new");
/// ```
#[derive(Clone)]
pub struct MockClock {
    time: Arc<MockTime>,
    driven: Weak<dyn Driven>,
}

impl MockClock {
    pub(crate) fn new(time: Arc<MockTime>, driven: Weak<dyn Driven>) -> Self {
        Self { time, driven }
    }

    /// Moves the time forward, and expires the waits that are due, on this thread and in the order
    /// of their deadlines. Returns how many waits have expired.
    ///
    /// While a wait expires, the clock shows its deadline.
    ///
    /// # Panics
    ///
    /// If a waker panics. All other waiters of the same tick have been woken, and the clock stands
    /// at that tick.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// assert_eq!(clock.advance(Duration::from_secs(30)), 0, "no request waits");
    /// ```
    pub fn advance(&self, by: Duration) -> usize {
        let target = self.time.now().after(by).min(MockTime::END);
        let mut expired = 0;
        let mut next = self.next_deadline(true);
        loop {
            if next > target.tick() {
                self.time.move_to(target);
                // A new wait may have begun since the last look.
                next = self.next_deadline(true);
                if next > target.tick() {
                    return expired;
                }
            }
            self.time.move_to(Instant::of_tick(next));
            expired += self.expire(next);
            next = self.next_deadline(false);
        }
    }

    /// Returns by how much the clock has been moved since its creation.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// clock.advance(Duration::from_secs(2));
    /// assert_eq!(clock.now(), Duration::from_secs(2));
    /// ```
    pub fn now(&self) -> Duration {
        self.time.now().since(Instant::BEGINNING)
    }

    fn next_deadline(&self, exactly: bool) -> u64 {
        let Some(driven) = self.driven.upgrade() else {
            return u64::MAX;
        };
        match exactly {
            true => driven.next_deadline_exactly(),
            false => driven.next_deadline(),
        }
    }

    fn expire(&self, now: u64) -> usize {
        self.driven.upgrade().map_or(0, |driven| driven.expire(now))
    }
}

impl fmt::Debug for MockClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockClock")
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

/// The present time of a mock clock, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct MockTime(AtomicU64);

impl MockTime {
    /// The last time that the clock can show: some 68 years, which leaves as many for timeouts.
    const END: Instant = Instant::from_nanos(1_000_000_000 << 31);

    pub(super) fn now(&self) -> Instant {
        Instant::from_nanos(self.0.load(Ordering::Acquire))
    }

    /// Moves the time forward. It never goes back, even if another thread moves it too.
    pub(crate) fn move_to(&self, time: Instant) {
        self.0.fetch_max(time.as_nanos(), Ordering::AcqRel);
    }
}
