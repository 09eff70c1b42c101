//! A case: what is measured.

use std::time::Duration;

use support::contenders::Contender;
use support::measure::Watch;
use support::measure::kept_waiting;

/// An operation that all contenders do, and its measurements.
pub(crate) trait Case {
    /// The names of the measurements: one row for each.
    fn rows(&self) -> Vec<String>;

    /// Prepares everything, and returns a function that does it once. That returns the nanoseconds per request, for
    /// each row.
    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>>;
}

/// Does something to this number of requests, and returns the nanoseconds per request.
///
/// The time in which this thread was ready and did not run is subtracted.
pub(crate) fn each<R>(count: usize, work: impl FnOnce() -> R) -> (f64, R) {
    let before = kept_waiting();
    let watch = Watch::start();
    let result = work();
    let took = watch.elapsed();
    let waited = kept_waiting() - before;
    (of_each(took.saturating_sub(waited), count), result)
}

/// The time per request, in nanoseconds.
pub(crate) fn of_each(took: Duration, count: usize) -> f64 {
    took.as_nanos() as f64 / count as f64
}

/// Does this number of rounds, and returns their average time.
pub(crate) fn on_average(
    times: usize,
    mut round: impl FnMut() -> Vec<f64> + 'static,
) -> Box<dyn FnMut() -> Vec<f64>> {
    Box::new(move || {
        let mut sums = round();
        for _ in 1..times {
            let more = round();
            sums.iter_mut()
                .zip(more)
                .for_each(|(sum, more)| *sum += more);
        }
        sums.iter().map(|sum| sum / times as f64).collect()
    })
}

/// A number as the names of rows show it.
pub(crate) fn short(count: usize) -> String {
    match count {
        millions if millions >= 1_000_000 => format!("{}m", millions / 1_000_000),
        thousands if thousands >= 1000 => format!("{}k", thousands / 1000),
        few => few.to_string(),
    }
}
