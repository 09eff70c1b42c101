//! How the system schedules a thread, according to Linux.

use std::time::Duration;

#[cfg(target_os = "linux")]
use procfs::{FromRead, process::Schedstat};

/// The time in which this thread was ready to run and other threads ran.
pub fn kept_waiting() -> Duration {
    #[cfg(target_os = "linux")]
    if let Ok(schedule) = Schedstat::from_file("/proc/thread-self/schedstat") {
        return Duration::from_nanos(schedule.run_delay);
    }
    Duration::ZERO
}
