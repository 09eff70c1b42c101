//! What a process takes, as Linux tells it.

use std::fs;
use std::time::Duration;

use crate::schedule::Schedule;

/// A process, by its folder in `/proc`.
pub(crate) struct Process(String);

impl Process {
    pub(crate) fn own() -> Self {
        Self("/proc/self".to_owned())
    }

    /// What its present threads have computed until now.
    pub(crate) fn cpu(&self) -> Duration {
        let threads = fs::read_dir(format!("{}/task", self.0));
        let threads = threads.into_iter().flatten().flatten();
        threads.map(|thread| Schedule::of(&thread.path()).ran).sum()
    }
}
