//! What ends waits when their time has come: a thread or a task. It knows what it drives only as [`Driven`].

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

/// Started with the first deadline, and ended by being dropped. Between two deadlines it sleeps.
#[derive(Debug)]
pub(crate) enum Timer {
    Thread(TimerThread),
    #[cfg(feature = "tokio")]
    Task(TimerTask),
}

impl Timer {
    /// The one that goes with a clock.
    pub(crate) fn of(clock: &Clock) -> Self {
        match clock {
            #[cfg(feature = "tokio")]
            Clock::Tokio(_) => Self::Task(TimerTask::default()),
            Clock::System(_) | Clock::Mock(_) => Self::Thread(TimerThread::default()),
        }
    }

    /// Makes sure that the timer wakes for a deadline. [`Driven::next_deadline`] must return the deadline already.
    ///
    /// # Errors
    ///
    /// If the timer does not run yet and cannot be started: the system gives no thread, or this is no task of a
    /// runtime.
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
