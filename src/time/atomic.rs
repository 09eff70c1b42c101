//! A time that several threads share.

use std::time::Duration;

use crate::sync::atomic::{AtomicU64, Ordering};

/// A time that many threads may read, or none. A time of more than five centuries is capped, and counts as never.
#[derive(Debug)]
pub(crate) struct AtomicTime(AtomicU64);

impl AtomicTime {
    /// In nanoseconds.
    const NONE: u64 = u64::MAX;

    #[inline]
    pub(crate) fn get(&self) -> Option<Duration> {
        match self.0.load(Ordering::Relaxed) {
            Self::NONE => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }

    #[inline]
    pub(crate) fn set(&self, time: Option<Duration>) {
        let nanos = |time: Duration| {
            u64::try_from(time.as_nanos()).map_or(Self::NONE - 1, |nanos| nanos.min(Self::NONE - 1))
        };
        self.0
            .store(time.map_or(Self::NONE, nanos), Ordering::Relaxed);
    }
}

impl Default for AtomicTime {
    fn default() -> Self {
        Self(AtomicU64::new(Self::NONE))
    }
}
