//! Measurements for the benches.

mod process;
mod schedule;
mod spread;
mod watch;

pub use process::Process;
pub use schedule::kept_waiting;
pub use spread::Spread;
pub use watch::Watch;
