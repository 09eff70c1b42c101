//! The thread that does things when their time has come. It knows what it drives only as [`Timed`].

use std::io;
use std::sync::{Arc, OnceLock, Weak};

use crate::clock::{Clock, Timed, tick_at, time_of};
use crate::panics::undisturbed;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::sync::{Mutex, Thread, park_timeout, spawn};

/// Starts the thread with the first deadline; dropping it ends the thread.
///
/// The thread sleeps until the next deadline, and for ever while there is none. Whoever makes an
/// earlier one has to wake it, and must not have to do so otherwise. This is Dekker's problem, and
/// has his solution:
///
/// ```text
///   thread:   wakes_at = next;      fence;   read the deadlines again
///   others:   write the deadline;   fence;   read wakes_at
/// ```
///
/// One of the two sees what the other wrote. Without *both* fences the thread can sleep past a
/// deadline.
#[derive(Debug, Default)]
pub(crate) struct Timekeeper {
    /// The tick until which the thread sleeps; `AWAKE` while it does not.
    wakes_at: Arc<AtomicU64>,
    thread: OnceLock<Thread>,
    starting: Mutex<()>,
}

impl Timekeeper {
    /// Sees to it that a deadline which has been written where [`Timed::next_deadline`] finds it is
    /// kept.
    ///
    /// # Errors
    ///
    /// If there is no thread yet and the system gives none.
    pub(crate) fn keep(
        &self,
        deadline: u64,
        clock: &Clock,
        timed: impl FnOnce() -> Weak<dyn Timed>,
    ) -> io::Result<()> {
        let thread = match self.thread.get() {
            Some(thread) => thread,
            None => self.start(clock, timed)?,
        };
        if !cfg!(mutant = "no-fence-outside-the-thread") {
            fence(Ordering::SeqCst);
        }
        if deadline < self.wakes_at.load(Ordering::Relaxed) {
            thread.unpark();
        }
        Ok(())
    }

    fn start(&self, clock: &Clock, timed: impl FnOnce() -> Weak<dyn Timed>) -> io::Result<&Thread> {
        let _starting = self.starting.lock();
        if let Some(thread) = self.thread.get() {
            return Ok(thread);
        }
        let (wakes_at, clock, timed) = (Arc::clone(&self.wakes_at), clock.clone(), timed());
        let thread = spawn("dacapo-timer", move || run(&wakes_at, &clock, &timed))?;
        Ok(self.thread.get_or_init(|| thread))
    }
}

impl Drop for Timekeeper {
    fn drop(&mut self) {
        // What it drives is gone, so the thread finds nothing to go on with.
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

fn run(wakes_at: &AtomicU64, clock: &Clock, timed: &Weak<dyn Timed>) {
    while let Some(driven) = timed.upgrade() {
        wakes_at.store(AWAKE, Ordering::Relaxed);
        // A waker that panics has nobody here to tell, and must not stop the time for all others.
        undisturbed(|| _ = driven.expire(tick_at(clock.now())));
        let next = driven.next_deadline();
        wakes_at.store(next, Ordering::Relaxed);
        if !cfg!(mutant = "no-fence-in-the-thread") {
            fence(Ordering::SeqCst);
        }
        let earlier = driven.next_deadline() < next;
        drop(driven);
        if !earlier {
            park_timeout(time_of(next).saturating_sub(clock.now()));
        }
    }
}

/// Earlier than every deadline.
const AWAKE: u64 = 0;

#[cfg(all(test, loom))]
mod models {
    use crate::clock::Hand;
    use crate::sync::atomic::AtomicBool;

    use super::*;

    /// One deadline, and somebody who waits for it.
    struct One {
        deadline: AtomicU64,
        kept: AtomicBool,
        waiting: Thread,
    }

    impl std::panic::RefUnwindSafe for One {}

    impl Timed for One {
        fn next_deadline(&self) -> u64 {
            self.deadline.load(Ordering::Relaxed)
        }

        fn expire(&self, now: u64) -> usize {
            let due = self.next_deadline() <= now;
            if due {
                self.deadline.store(u64::MAX, Ordering::Relaxed);
                self.kept.store(true, Ordering::Release);
                self.waiting.unpark();
            }
            due.into()
        }
    }

    /// If the thread slept past a deadline that is due already, both would sleep for ever.
    #[test]
    fn a_deadline_that_is_made_while_the_thread_falls_asleep_is_kept() {
        loom::model(|| {
            let hand = Arc::new(Hand::default());
            hand.move_to(time_of(10));
            let (clock, keeper) = (Clock::Mock(hand), Timekeeper::default());
            let one = Arc::new(One {
                deadline: AtomicU64::new(u64::MAX),
                kept: AtomicBool::new(false),
                waiting: loom::thread::current(),
            });
            let timed = || -> Weak<dyn Timed> { Arc::downgrade(&one) as _ };
            keeper.keep(u64::MAX, &clock, timed).unwrap();

            one.deadline.store(5, Ordering::Relaxed);
            keeper.keep(5, &clock, timed).unwrap();
            while !one.kept.load(Ordering::Acquire) {
                loom::thread::park();
            }
            // The thread ends with what it drives, or the model would not.
            drop(one);
            drop(keeper);
        });
    }
}
