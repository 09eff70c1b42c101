//! A stopwatch.

use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub struct Watch(Instant);

impl Watch {
    #[expect(
        clippy::disallowed_methods,
        reason = "what is measured here is real time"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
