//! What time it is. Nothing else in the crate reads a clock.
//!
//! Time is a [`Duration`] since the clock's own beginning, and a tick is a millisecond of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::mock::MockTime;

/// The clock of a hub.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// The system's monotonic clock, since this moment.
    System(Instant),
    /// Moved by a [`MockClock`](super::MockClock).
    Mock(Arc<MockTime>),
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
            Self::Mock(time) => time.now(),
            #[cfg(feature = "tokio")]
            Self::Tokio(beginning) => beginning.elapsed(),
        }
    }

    /// Whether a test moves it, perhaps at this moment.
    pub(crate) fn is_mock(&self) -> bool {
        matches!(self, Self::Mock(_))
    }
}
