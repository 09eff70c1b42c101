//! A timer that is a thread.

use std::io;
use std::sync::{Arc, Weak};

use crate::sync::{Mutex, OnceLock, Thread, order, park_timeout, spawn};
use crate::time::{Clock, Driven, Instant};

use super::parker::Parker;

/// The thread starts with the first deadline. Dropping this ends the thread.
#[derive(Debug, Default)]
pub(crate) struct TimerThread {
    parker: Arc<Parker>,
    thread: OnceLock<Thread>,
    starting: Mutex<(), { order::TIMER }>,
}

impl TimerThread {
    pub(super) fn keep(
        &self,
        deadline: u64,
        clock: &Clock,
        driven: impl FnOnce() -> Weak<dyn Driven>,
    ) -> io::Result<()> {
        let thread = match self.thread.get() {
            Some(thread) => thread,
            None => self.start(clock, driven)?,
        };
        if self.parker.must_unpark(deadline) {
            thread.unpark();
        }
        Ok(())
    }

    fn start(
        &self,
        clock: &Clock,
        driven: impl FnOnce() -> Weak<dyn Driven>,
    ) -> io::Result<&Thread> {
        let _starting = self.starting.lock();
        if let Some(thread) = self.thread.get() {
            return Ok(thread);
        }
        let (parker, clock, driven) = (Arc::clone(&self.parker), clock.clone(), driven());
        let thread = spawn("dacapo-timer", move || run(&parker, &clock, &driven))?;
        Ok(self.thread.get_or_init(|| thread))
    }
}

impl Drop for TimerThread {
    fn drop(&mut self) {
        // The waiters are gone, so the thread ends when it wakes up.
        if let Some(thread) = self.thread.get_mut() {
            thread.unpark();
        }
    }
}

fn run(parker: &Parker, clock: &Clock, driven: &Weak<dyn Driven>) {
    while let Some(until) = parker.turn(clock, driven) {
        park_timeout(Instant::of_tick(until).since(clock.now()));
    }
}

#[cfg(all(test, loom))]
mod models {
    use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use crate::time::MockTime;

    use super::*;

    const NOW: u64 = 10;

    /// Two deadlines, which are due from the start, and a thread that waits until both have been kept. If the timer
    /// slept past one of them, all threads would sleep without end, and loom reports that.
    struct Diary {
        deadlines: [AtomicU64; 2],
        kept: AtomicUsize,
        waiting: Thread,
        keeper: TimerThread,
    }

    impl std::panic::RefUnwindSafe for Diary {}

    impl Driven for Diary {
        fn next_deadline(&self) -> u64 {
            let deadlines = self.deadlines.iter();
            let deadlines = deadlines.map(|deadline| deadline.load(Ordering::Relaxed));
            deadlines.min().unwrap_or(u64::MAX)
        }

        fn next_deadline_exactly(&self) -> u64 {
            self.next_deadline()
        }

        fn expire(&self, now: u64) -> usize {
            let due = |deadline: &&AtomicU64| deadline.load(Ordering::Relaxed) <= now;
            let mut expired = 0;
            for deadline in self.deadlines.iter().filter(due) {
                deadline.store(u64::MAX, Ordering::Relaxed);
                self.kept.fetch_add(1, Ordering::Release);
                expired += 1;
            }
            self.waiting.unpark();
            expired
        }

        fn panicked(&self) {}
    }

    impl Diary {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                deadlines: [(); 2].map(|()| AtomicU64::new(u64::MAX)),
                kept: AtomicUsize::new(0),
                waiting: loom::thread::current(),
                keeper: TimerThread::default(),
            })
        }

        fn keep(self: &Arc<Self>, deadline: u64) {
            let time = Arc::new(MockTime::default());
            time.move_to(Instant::of_tick(NOW));
            let driven = || -> Weak<dyn Driven> { Arc::downgrade(self) as _ };
            let kept = self.keeper.keep(deadline, &Clock::Mock(time), driven);
            kept.unwrap();
        }

        fn make(self: &Arc<Self>, which: usize) {
            self.deadlines[which].store(5, Ordering::Relaxed);
            self.keep(5);
        }

        fn wait_until_kept(&self, number: usize) {
            while self.kept.load(Ordering::Acquire) < number {
                loom::thread::park();
            }
        }
    }

    fn model(test: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(test);
    }

    /// The thread must end too when it has nothing to drive, or else the model does not end.
    #[test]
    fn a_deadline_that_is_made_while_the_thread_falls_asleep_is_kept() {
        model(|| {
            let diary = Diary::new();
            diary.keep(u64::MAX);
            diary.make(0);
            diary.wait_until_kept(1);
        });
    }

    #[test]
    fn two_deadlines_that_are_made_at_once_are_kept_by_one_thread() {
        model(|| {
            let diary = Diary::new();
            for which in 0..2 {
                let diary = Arc::clone(&diary);
                loom::thread::spawn(move || diary.make(which));
            }
            diary.wait_until_kept(2);
        });
    }
}
