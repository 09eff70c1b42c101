//! What a process takes, as Linux tells it.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::fs;
use std::time::Duration;

use crate::schedule::Schedule;

/// A process, by its folder in `/proc`.
#[derive(Clone)]
pub(crate) struct Process(String);

impl Process {
    pub(crate) fn own() -> Self {
        Self("/proc/self".to_owned())
    }

    pub(crate) fn new(id: u32) -> Self {
        Self(format!("/proc/{id}"))
    }

    /// What its present threads have computed until now.
    pub(crate) fn cpu(&self) -> Duration {
        let threads = fs::read_dir(format!("{}/task", self.0));
        let threads = threads.into_iter().flatten().flatten();
        threads.map(|thread| Schedule::of(&thread.path()).ran).sum()
    }

    /// Its memory, in bytes: of what it shares with others, a part.
    pub(crate) fn memory(&self) -> u64 {
        let maps = fs::read_to_string(format!("{}/smaps_rollup", self.0)).unwrap_or_default();
        let share = maps.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kilobytes = share.and_then(|share| share.split_whitespace().next()?.parse().ok());
        kilobytes.unwrap_or(0) * 1024
    }
}
