//! Requests that expire.

use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use support::contenders::{Answer, Board, Contender, Poll};
use support::measure::Process;
use tokio::runtime::{Builder, Runtime};

use crate::case::{Case, each, short};
use crate::crowd::{finish_all, hold};
use crate::tasks::{self, Doors, spawn};

/// A number of requests expires in simulated time, within a given span, after they have been held for a while.
///
/// `expiry`: the time advances in steps of this length, and they are woken. `finish`: they are polled to their
/// answers.
pub(crate) struct Expiry {
    pub(crate) held: usize,
    pub(crate) within: Duration,
    pub(crate) step: Duration,
}

impl Case for Expiry {
    fn rows(&self) -> Vec<String> {
        let (held, within, step) = (short(self.held), self.within, self.step);
        let row = |what| format!("{what}-{held}-within-{within:?}-by-{step:?}");
        ["expiry", "finish"].map(row).into()
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let Self { held, within, step } = *self;
        let runtime = Rc::new(paused());
        let (contender, pass) = C::simulated(Rc::clone(&runtime));
        let mut dice = Rng::with_seed(0);
        Box::new(move || {
            let entered = runtime.enter();
            let requests = hold(&contender, polls(held, A_WHILE, within, &mut dice));
            drop(entered);
            pass(A_WHILE - TICK);
            let steps = within.as_millis().div_ceil(step.as_millis()) + 1;
            let (expiry, ()) = each(held, || (0..steps).for_each(|_| pass(step)));
            let (finished, ()) = each(held, || finish_all(requests, Answer::Nothing));
            vec![expiry, finished]
        })
    }
}

/// A number of tasks expires in one moment of simulated time: until the last task has its answer.
pub(crate) struct ExpireTasks {
    pub(crate) tasks: usize,
}

impl Case for ExpireTasks {
    fn rows(&self) -> Vec<String> {
        vec![format!("tasks-expiry-{}", short(self.tasks))]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let (tasks, runtime) = (self.tasks, Rc::new(paused()));
        let (contender, pass) = C::simulated(Rc::clone(&runtime));
        let mut dice = Rng::with_seed(0);
        Box::new(move || {
            let doors = Doors::new(tasks);
            spawn(
                &runtime,
                &contender,
                polls(tasks, A_WHILE, TICK, &mut dice),
                &doors,
            );
            runtime.block_on(doors.entry.closed());
            let (expiry, ()) = each(tasks, || {
                pass(A_WHILE);
                runtime.block_on(doors.exit.closed());
            });
            vec![expiry]
        })
    }
}

/// A number of tasks expires in real time, within a given span: the CPU time of the process, for the timer and the
/// tasks.
pub(crate) struct ExpireInRealTime {
    pub(crate) tasks: usize,
    pub(crate) within: Duration,
}

impl Case for ExpireInRealTime {
    fn rows(&self) -> Vec<String> {
        let (tasks, within) = (short(self.tasks), self.within);
        vec![format!("cpu-of-expiry-{tasks}-within-{within:?}")]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let Self { tasks, within } = *self;
        let (runtime, contender, mut dice) = (tasks::runtime(2), C::new(), Rng::with_seed(0));
        Box::new(move || {
            let doors = Doors::new(tasks);
            spawn(
                &runtime,
                &contender,
                polls(tasks, within, within, &mut dice),
                &doors,
            );
            runtime.block_on(doors.entry.closed());
            let before = Process::own().cpu();
            runtime.block_on(doors.exit.closed());
            let cpu = Process::own().cpu() - before;
            vec![cpu.as_nanos() as f64 / tasks as f64]
        })
    }
}

/// A number of requests that expire after this time, within this span.
fn polls(count: usize, after: Duration, within: Duration, dice: &mut Rng) -> Vec<Poll> {
    let board = Board::new();
    let mut poll = |_| {
        let within = Duration::from_millis(dice.u64(..within.as_millis() as u64));
        let key = format!("{:016x}", dice.u64(..));
        Poll::new(key, after + within, board)
    };
    (0..count).map(&mut poll).collect()
}

/// A runtime with simulated time.
fn paused() -> Runtime {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("a runtime")
}

/// Long enough that timers move down the wheel before they are due.
const A_WHILE: Duration = Duration::from_secs(20);

/// The precision of all timers.
const TICK: Duration = Duration::from_millis(1);
