//! The waiters of one notify that have still to be woken.

use std::task::Waker;
use std::vec::IntoIter;

use crate::engine::NEVER;

/// How the waiters of a notify are woken, if that is not done by the notify itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// So many at each tick.
    PerTick(usize),
    /// As fast as they run. So the first run before the last is woken, and what a waker touches is still in the
    /// processor's caches when its request runs.
    InTurn,
}

impl Rate {
    /// How many of them the notify itself wakes.
    pub(super) fn at_once(self) -> usize {
        match self {
            Self::PerTick(wakers) => wakers,
            // While those of one turn run, those of the next are awake.
            Self::InTurn => 2 * TURN,
        }
    }

    fn per_tick(self) -> usize {
        match self {
            Self::PerTick(wakers) => wakers,
            Self::InTurn => usize::MAX,
        }
    }

    /// How many ticks lie between those that wake some.
    fn ticks(self) -> u64 {
        match self {
            Self::PerTick(_) => 1,
            Self::InTurn => PATIENCE,
        }
    }
}

/// The rest of a crowd that a notify has found.
#[derive(Debug)]
pub(super) struct Crowd {
    wakers: IntoIter<Waker>,
    rate: Rate,
    next_tick: u64,
}

impl Crowd {
    pub(super) fn new(wakers: IntoIter<Waker>, rate: Rate, now: u64) -> Self {
        Self {
            wakers,
            rate,
            next_tick: now + rate.ticks(),
        }
    }

    /// The next tick that wakes some of them, or [`NEVER`].
    pub(super) fn next_tick(&self) -> u64 {
        match self.wakers.len() {
            0 => NEVER,
            _ => self.next_tick,
        }
    }

    /// Those that are woken at a tick. If they take turns, none has had one for some time, so it is all of them.
    pub(super) fn tick(&mut self, now: u64) -> Vec<Waker> {
        self.some(self.rate.per_tick(), now)
    }

    /// Those that are woken because as many others run.
    pub(super) fn turn(&mut self, now: u64) -> Vec<Waker> {
        self.some(TURN, now)
    }

    pub(super) fn takes_turns(&self) -> bool {
        self.rate == Rate::InTurn && self.next_tick() != NEVER
    }

    pub(super) fn rest(&mut self) -> impl Iterator<Item = Waker> {
        self.wakers.by_ref()
    }

    fn some(&mut self, wakers: usize, now: u64) -> Vec<Waker> {
        self.next_tick = now + self.rate.ticks();
        self.wakers.by_ref().take(wakers).collect()
    }
}

/// How many requests must run until as many others are woken: few enough for the caches and for the local queue of a
/// thread of tokio, and enough that a turn costs nothing.
pub(super) const TURN: usize = if cfg!(loom) { 1 } else { 32 };

/// The ticks after which all are woken, if there has been no turn. Those whose turn it was may be stuck.
const PATIENCE: u64 = 10;

#[cfg(all(test, loom))]
mod models {
    use std::sync::Arc;
    use std::task::{Context, Wake};
    use std::time::Duration;

    use loom::sync::Mutex;
    use loom::sync::mpsc::{Receiver, Sender, channel};
    use loom::thread;

    use super::*;
    use crate::Hub;

    /// Says when it is woken.
    struct Bell(Mutex<Sender<()>>);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.lock().unwrap().send(()).unwrap();
        }
    }

    fn bell() -> (Waker, Receiver<()>) {
        let (tell, told) = channel();
        (Arc::new(Bell(Mutex::new(tell))).into(), told)
    }

    /// The notify wakes two of the three, and no time passes.
    #[test]
    fn the_last_of_a_crowd_is_woken_when_the_first_runs() {
        loom::model(|| {
            let hub = Hub::<u8>::builder().rate(Rate::InTurn);
            let (hub, _clock) = hub.build_with_mock_clock();
            let wait = |waker| {
                let mut held = Box::pin(hub.run(async |c| match c.is_initial() {
                    true => Err(c.suspend(&0, Duration::MAX)),
                    false => Ok(()),
                }));
                let polled = held.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                held
            };
            let ((first, first_rings), (last, last_rings)) = (bell(), bell());
            let mut held = wait(first);
            let _others = [wait(Waker::noop().clone()), wait(last)];
            let running = thread::spawn(move || {
                first_rings.recv().unwrap();
                let mut cx = Context::from_waker(Waker::noop());
                assert!(held.as_mut().poll(&mut cx).is_ready());
            });
            assert_eq!(hub.notify(&0), 3);
            last_rings.recv().unwrap();
            running.join().unwrap();
        });
    }
}
