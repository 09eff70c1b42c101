//! How the system schedules a thread, as Linux tells it.

use std::time::Duration;

#[cfg(target_os = "linux")]
use procfs::{FromRead, process::Schedstat};

/// How long this thread was ready to run until now, and others ran.
pub fn kept_waiting() -> Duration {
    #[cfg(target_os = "linux")]
    if let Ok(schedule) = Schedstat::from_file("/proc/thread-self/schedstat") {
        return Duration::from_nanos(schedule.run_delay);
    }
    Duration::ZERO
}
