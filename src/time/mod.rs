//! The time of a hub: its clock, and the timer that ends waits.

mod atomic;
mod clock;
mod driven;
mod instant;
mod jitter;
mod mock;
mod timer;

pub(crate) use atomic::AtomicTime;
pub(crate) use clock::Clock;
pub(crate) use driven::Driven;
pub(crate) use instant::Instant;
pub(crate) use jitter::Jitter;
pub use mock::MockClock;
pub(crate) use mock::MockTime;
pub(crate) use timer::Timer;
