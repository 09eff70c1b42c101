//! Whoever does things when their time has come. It knows what it drives only as [`Timed`].

#[cfg(feature = "tokio")]
mod task;
mod thread;

use std::io;
use std::sync::Weak;

use crate::clock::{Clock, Timed, tick_at};
use crate::panics::undisturbed;
use crate::sync::atomic::{AtomicU64, Ordering, fence};

/// Started with the first deadline, and ended by being dropped. Between two deadlines it sleeps.
#[derive(Debug)]
pub(crate) enum Timekeeper {
    Thread(thread::Timekeeper),
    #[cfg(feature = "tokio")]
    Task(task::Timekeeper),
}

impl Timekeeper {
    /// The one that goes with a clock.
    pub(crate) fn of(clock: &Clock) -> Self {
        match clock {
            #[cfg(feature = "tokio")]
            Clock::Tokio(_) => Self::Task(task::Timekeeper::default()),
            Clock::System(_) | Clock::Mock(_) => Self::Thread(thread::Timekeeper::default()),
        }
    }

    /// Sees to it that a deadline which has been written where [`Timed::next_deadline`] finds it is
    /// kept.
    ///
    /// # Errors
    ///
    /// If nobody keeps the time yet and there is nobody to do it: the system gives no thread, or this
    /// is no task of a runtime.
    pub(crate) fn keep(
        &self,
        deadline: u64,
        clock: &Clock,
        timed: impl FnOnce() -> Weak<dyn Timed>,
    ) -> io::Result<()> {
        match self {
            Self::Thread(thread) => thread.keep(deadline, clock, timed),
            #[cfg(feature = "tokio")]
            Self::Task(task) => task.keep(deadline, clock, timed),
        }
    }
}

/// When a sleeper wakes by itself.
///
/// It sleeps until the next deadline, and for ever while there is none. Whoever makes an earlier one
/// has to wake it, and must not have to do so otherwise. This is Dekker's problem, and has his
/// solution:
///
/// ```text
///   sleeper:  wakes_at = next;      fence;   read the deadlines again
///   others:   write the deadline;   fence;   read wakes_at
/// ```
///
/// One of the two sees what the other wrote. Without *both* fences the sleeper can sleep past a
/// deadline.
#[derive(Debug, Default)]
struct Alarm {
    /// The tick until which it sleeps; `AWAKE` while it does not.
    wakes_at: AtomicU64,
}

/// What the sleeper does next.
enum Turn {
    /// Sleep until this tick.
    Sleep(u64),
    /// Look once more: an earlier deadline has come in.
    Again,
    /// What it drives is gone.
    End,
}

impl Alarm {
    /// Whether the sleeper has to be woken for a deadline that has been written.
    fn must_ring(&self, deadline: u64) -> bool {
        if !cfg!(mutant = "no-fence-outside-the-thread") {
            fence(Ordering::SeqCst);
        }
        deadline < self.wakes_at.load(Ordering::Relaxed)
    }

    /// Does what is due, and says when there is more.
    fn turn(&self, clock: &Clock, timed: &Weak<dyn Timed>) -> Turn {
        let Some(driven) = timed.upgrade() else {
            return Turn::End;
        };
        self.wakes_at.store(AWAKE, Ordering::Relaxed);
        // A waker that panics has nobody here to tell, and must not stop the time for all others.
        if !undisturbed(|| _ = driven.expire(tick_at(clock.now()))) {
            driven.panicked();
        }
        let next = driven.next_deadline();
        self.wakes_at.store(next, Ordering::Relaxed);
        if !cfg!(mutant = "no-fence-in-the-thread") {
            fence(Ordering::SeqCst);
        }
        let look_again = !cfg!(mutant = "sleep-without-looking-again");
        match driven.next_deadline() < next && look_again {
            true => Turn::Again,
            false => Turn::Sleep(next),
        }
    }
}

/// Earlier than every deadline.
const AWAKE: u64 = 0;
