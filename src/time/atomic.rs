//! A time that several threads share.

use crate::sync::atomic::{AtomicU64, Ordering};

use super::instant::Instant;

/// A time that many threads may read.
#[derive(Debug)]
pub(crate) struct AtomicTime(AtomicU64);

impl AtomicTime {
    #[inline]
    pub(crate) fn get(&self) -> Instant {
        Instant::from_nanos(self.0.load(Ordering::Relaxed))
    }

    #[inline]
    pub(crate) fn set(&self, time: Instant) {
        self.0.store(time.as_nanos(), Ordering::Relaxed);
    }
}

/// The default is [`Instant::NEVER`].
impl Default for AtomicTime {
    fn default() -> Self {
        Self(AtomicU64::new(Instant::NEVER.as_nanos()))
    }
}
