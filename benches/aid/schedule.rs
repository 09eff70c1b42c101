//! How the system schedules a thread, as Linux tells it.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::fs;
use std::path::Path;
use std::time::Duration;

/// What has become of a thread's time until now.
pub(crate) struct Schedule {
    /// How long it has run.
    pub(crate) ran: Duration,
    /// How long it was ready to run, and others ran.
    pub(crate) kept_waiting: Duration,
}

impl Schedule {
    /// Of this thread.
    pub(crate) fn here() -> Self {
        Self::of(Path::new("/proc/thread-self"))
    }

    /// Of a thread, by its folder in `/proc`.
    pub(crate) fn of(thread: &Path) -> Self {
        let statistics = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
        let mut nanos = statistics
            .split_whitespace()
            .map_while(|nanos| nanos.parse().ok());
        let mut next = || Duration::from_nanos(nanos.next().unwrap_or_default());
        Self {
            ran: next(),
            kept_waiting: next(),
        }
    }
}
