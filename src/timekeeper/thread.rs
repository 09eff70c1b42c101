//! The thread that keeps the time.

use std::io;
use std::sync::{Arc, OnceLock, Weak};

use crate::clock::{Clock, Timed, time_of};
use crate::sync::{Mutex, Thread, park_timeout, spawn};

use super::{Alarm, Turn};

/// Starts the thread with the first deadline; dropping it ends the thread.
#[derive(Debug, Default)]
pub(crate) struct Timekeeper {
    alarm: Arc<Alarm>,
    thread: OnceLock<Thread>,
    starting: Mutex<()>,
}

impl Timekeeper {
    pub(super) fn keep(
        &self,
        deadline: u64,
        clock: &Clock,
        timed: impl FnOnce() -> Weak<dyn Timed>,
    ) -> io::Result<()> {
        let thread = match self.thread.get() {
            Some(thread) => thread,
            None => self.start(clock, timed)?,
        };
        if self.alarm.must_ring(deadline) {
            thread.unpark();
        }
        Ok(())
    }

    fn start(&self, clock: &Clock, timed: impl FnOnce() -> Weak<dyn Timed>) -> io::Result<&Thread> {
        let _starting = self.starting.lock();
        if let Some(thread) = self.thread.get() {
            return Ok(thread);
        }
        let (alarm, clock, timed) = (Arc::clone(&self.alarm), clock.clone(), timed());
        let thread = spawn("dacapo-timer", move || run(&alarm, &clock, &timed))?;
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

fn run(alarm: &Alarm, clock: &Clock, timed: &Weak<dyn Timed>) {
    loop {
        match alarm.turn(clock, timed) {
            Turn::Sleep(until) => park_timeout(time_of(until).saturating_sub(clock.now())),
            Turn::Again => {}
            Turn::End => return,
        }
    }
}

#[cfg(all(test, loom))]
mod models {
    use crate::clock::Hand;
    use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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

        fn panicked(&self) {}
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
