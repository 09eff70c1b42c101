//! How long a single operation can take while the number of requests grows and shrinks.

use std::time::Duration;

use support::contenders::Contender;
use support::contenders::Ours;
use support::measure::Watch;
use support::measure::kept_waiting;

use crate::crowd::Crowd;

/// The slowest operations, while the number of requests grows from zero to `size`, each with a different key, and
/// shrinks again.
pub(crate) fn of_a_single_operation(size: usize) {
    let mut crowd = Crowd::new(Ours::new(), size, size, LONG_POLL);
    crowd.arrive();
    let mut clock = Clock::new();
    let suspensions = (0..size).map(|at| clock.time(|| crowd.hold(at))).collect();
    report("suspension", suspensions);
    let cancellations = (0..size).map(|at| clock.time(|| crowd.go(at))).collect();
    report("cancellation", cancellations);
}

/// Times operations, less the time in which the thread was ready and did not run.
struct Clock {
    kept_waiting: Duration,
}

impl Clock {
    fn new() -> Self {
        Self {
            kept_waiting: kept_waiting(),
        }
    }

    fn time(&mut self, operation: impl FnOnce()) -> Duration {
        let watch = Watch::start();
        operation();
        let took = watch.elapsed();
        match took < SUSPICIOUS {
            true => took,
            false => took.saturating_sub(self.kept_waiting_again()),
        }
    }

    /// How long the thread was ready and did not run since the last suspicious operation.
    fn kept_waiting_again(&mut self) -> Duration {
        let now = kept_waiting();
        let before = std::mem::replace(&mut self.kept_waiting, now);
        now - before
    }
}

fn report(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let rank = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_nanos() as f64 / 1e6;
    let [high, higher, highest] = [0.999, 0.99999, 1.0].map(rank);
    println!("| slowest {what}, ms: 99.9 % | {high:.3} | |");
    println!("| – 99.999 % | {higher:.3} | ≤ 1 |");
    println!("| – of all | {highest:.3} | |");
}

/// An operation that takes longer may have been interrupted.
const SUSPICIOUS: Duration = Duration::from_micros(50);

/// Longer than the whole bench takes.
const LONG_POLL: Duration = Duration::from_secs(900);
