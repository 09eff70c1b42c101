//! What a process uses, according to Linux.

use std::time::Duration;

/// A process, by its id.
#[derive(Clone, Copy)]
pub struct Process(u32);

impl Process {
    pub fn own() -> Self {
        Self::new(std::process::id())
    }

    pub fn new(id: u32) -> Self {
        Self(id)
    }

    /// The CPU time of its present threads so far.
    pub fn cpu(self) -> Duration {
        #[cfg(target_os = "linux")]
        if let Ok(threads) = self.told().and_then(|process| process.tasks()) {
            let schedules = threads.flatten().flat_map(|thread| thread.schedstat());
            let nanos = schedules.map(|schedule| schedule.sum_exec_runtime).sum();
            return Duration::from_nanos(nanos);
        }
        Duration::ZERO
    }

    /// Its memory in bytes. Memory that it shares with other processes counts in part.
    pub fn memory(self) -> u64 {
        #[cfg(target_os = "linux")]
        if let Ok(maps) = self.told().and_then(|process| process.smaps_rollup()) {
            let mut maps = maps.memory_map_rollup.into_iter();
            let share = maps.find_map(|mut map| map.extension.map.remove("Pss"));
            return share.unwrap_or(0);
        }
        0
    }

    #[cfg(target_os = "linux")]
    fn told(self) -> procfs::ProcResult<procfs::process::Process> {
        procfs::process::Process::new(self.0 as i32)
    }
}
