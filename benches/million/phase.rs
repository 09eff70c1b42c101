//! A part of a measurement: how long it takes, and how much CPU time a process uses in it.

use std::time::Duration;

use support::measure::Process;
use support::measure::Watch;

pub(crate) struct Phase {
    process: Process,
    watch: Watch,
    computed: Duration,
}

impl Phase {
    pub(crate) fn begin(process: &Process) -> Self {
        Self {
            process: *process,
            computed: process.cpu(),
            watch: Watch::start(),
        }
    }

    /// Prints what it took for this number of requests, and returns how long.
    pub(crate) fn end(self, what: &str, requests: usize) -> Duration {
        let took = self.watch.elapsed();
        report(what, requests, took, self.process.cpu() - self.computed);
        took
    }
}

pub(crate) fn report(what: &str, requests: usize, took: Duration, computed: Duration) {
    let (seconds, each) = (
        took.as_secs_f64(),
        computed.as_secs_f64() * 1e6 / requests as f64,
    );
    println!("| {what} | {seconds:.2} s | {each:.2} µs |");
}

/// Prints the growth of a process's memory for each of this number of requests.
pub(crate) fn report_memory(what: &str, requests: usize, process: &Process, before: u64) {
    let grown = process.memory().saturating_sub(before);
    let (megabytes, each) = (grown as f64 / 1e6, grown as f64 / requests as f64);
    println!("| {what} | {megabytes:.0} MB | {each:.0} B |");
}

/// A phase begins this long before the event that it waits for.
pub(crate) const A_LITTLE_EARLIER: Duration = Duration::from_millis(10);
