//! The clock of a hub. All other code in the crate gets the time from here.
//!
//! A time is an [`Instant`], which counts from the beginning of the clock.

use std::sync::Arc;
use std::time;

use super::instant::Instant;
use super::mock::MockTime;

/// The clock of a hub.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// The system's monotonic clock. It began at this moment.
    System(time::Instant),
    /// A clock that a [`MockClock`](super::MockClock) moves.
    Mock(Arc<MockTime>),
    /// The clock of the tokio runtime. It began at this moment.
    #[cfg(feature = "tokio")]
    Tokio(tokio::time::Instant),
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that reads the time"
    )]
    pub(crate) fn system() -> Self {
        Self::System(time::Instant::now())
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn tokio() -> Self {
        Self::Tokio(tokio::time::Instant::now())
    }

    pub(crate) fn now(&self) -> Instant {
        match self {
            Self::System(beginning) => Instant::BEGINNING.after(beginning.elapsed()),
            Self::Mock(time) => time.now(),
            #[cfg(feature = "tokio")]
            Self::Tokio(beginning) => Instant::BEGINNING.after(beginning.elapsed()),
        }
    }

    /// The first number of a hub with this clock: the microseconds since 1970. So numbers do not go back when the
    /// process restarts. With a mock clock it is 1.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that reads the time"
    )]
    pub(crate) fn first_number(&self) -> u64 {
        if self.is_mock() {
            return 1;
        }
        let now = time::SystemTime::now().duration_since(time::UNIX_EPOCH);
        now.map_or(1, |since| since.as_micros() as u64)
    }

    /// Whether a test moves the clock, perhaps at this moment.
    pub(crate) fn is_mock(&self) -> bool {
        matches!(self, Self::Mock(_))
    }
}
