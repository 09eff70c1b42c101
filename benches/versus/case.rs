//! What is measured.

use std::time::Duration;

use support::contenders::Contender;
use support::measure::Watch;
use support::measure::kept_waiting;

/// One thing that all contenders do, and what is measured of it.
pub(crate) trait Case {
    /// The names of what is measured: a row for each.
    fn rows(&self) -> Vec<String>;

    /// Makes everything ready, and returns how to do it once: what it took, in nanoseconds each, row by row.
    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>>;
}

/// Does something to so many, and returns what it took for each, in nanoseconds.
///
/// It does not count if this thread was ready and the machine did something else.
pub(crate) fn each<R>(count: usize, work: impl FnOnce() -> R) -> (f64, R) {
    let before = kept_waiting();
    let watch = Watch::start();
    let result = work();
    let took = watch.elapsed();
    let waited = kept_waiting() - before;
    (of_each(took.saturating_sub(waited), count), result)
}

/// The part of one in what so many have taken, in nanoseconds.
pub(crate) fn of_each(took: Duration, count: usize) -> f64 {
    took.as_nanos() as f64 / count as f64
}

/// Does a round so many times, and returns what it took on average.
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

/// A number as it is written in the name of a row.
pub(crate) fn short(count: usize) -> String {
    match count {
        millions if millions >= 1_000_000 => format!("{}m", millions / 1_000_000),
        thousands if thousands >= 1000 => format!("{}k", thousands / 1000),
        few => few.to_string(),
    }
}
