//! What a process takes, as Linux tells it.

use std::fs;
use std::time::Duration;

/// A process, by its folder in `/proc`.
pub(crate) struct Process(String);

impl Process {
    pub(crate) fn own() -> Self {
        Self("/proc/self".to_owned())
    }

    /// What its present threads have computed until now.
    pub(crate) fn cpu(&self) -> Duration {
        let threads = fs::read_dir(format!("{}/task", self.0))
            .into_iter()
            .flatten()
            .flatten();
        let nanos = threads.filter_map(|thread| {
            let statistics = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            statistics.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }
}
