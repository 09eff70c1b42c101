//! The timer, which ends waits when they are due: a thread or a task. It knows the waiters only as [`Driven`].

mod parker;
#[cfg(feature = "tokio")]
mod task;
mod thread;

use std::io;
use std::sync::Weak;

use super::clock::Clock;
use super::driven::Driven;

#[cfg(feature = "tokio")]
use task::TimerTask;
use thread::TimerThread;

/// Starts with the first deadline, ends when it is dropped, and sleeps between deadlines.
#[derive(Debug)]
pub(crate) enum Timer {
    Thread(TimerThread),
    #[cfg(feature = "tokio")]
    Task(TimerTask),
}

impl Timer {
    /// The timer for a clock.
    pub(crate) fn of(clock: &Clock) -> Self {
        match clock {
            #[cfg(feature = "tokio")]
            Clock::Tokio(_) => Self::Task(TimerTask::default()),
            Clock::System(_) | Clock::Mock(_) => Self::Thread(TimerThread::default()),
        }
    }

    /// Makes sure that the timer wakes up for a deadline. [`Driven::next_deadline`] must already return the deadline.
    ///
    /// # Errors
    ///
    /// If the timer does not run yet and cannot be started: the system has no thread left, or the caller is not in a
    /// tokio runtime.
    pub(crate) fn keep(
        &self,
        deadline: u64,
        clock: &Clock,
        driven: impl FnOnce() -> Weak<dyn Driven>,
    ) -> io::Result<()> {
        match self {
            Self::Thread(thread) => thread.keep(deadline, clock, driven),
            #[cfg(feature = "tokio")]
            Self::Task(task) => task.keep(deadline, clock, driven),
        }
    }
}
