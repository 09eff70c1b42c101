//! What is measured.

use std::time::Instant;

use crate::contender::Contender;

/// One thing that all contenders do, and what is measured of it.
pub(crate) trait Case {
    /// The names of what is measured: a row for each.
    fn rows(&self) -> Vec<String>;

    /// Makes everything ready, and returns how to do it once: what it took, in nanoseconds each, row by row.
    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>>;
}

/// Does something to so many, and returns what it took for each, in nanoseconds.
pub(crate) fn each<R>(count: usize, work: impl FnOnce() -> R) -> (f64, R) {
    let watch = Watch::start();
    let result = work();
    (watch.each(count), result)
}

/// A stopwatch.
pub(crate) struct Watch(Instant);

impl Watch {
    #[expect(
        clippy::disallowed_methods,
        reason = "what is measured here is real time"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// What it has taken for each of so many until now, in nanoseconds.
    pub(crate) fn each(&self, count: usize) -> f64 {
        self.0.elapsed().as_nanos() as f64 / count as f64
    }
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
