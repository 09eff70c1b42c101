//! Requests that are tasks: spawned, aborted, woken.

use std::sync::Arc;
use std::task::Waker;

use fastrand::Rng;
use support::contenders::{Board, Contender, Poll};
use support::measure::Watch;
use tokio::task::JoinHandle;

use crate::case::{Case, each, of_each, short};
use crate::crowd::LONG_POLL;
use crate::tasks::{Doors, runtime, spawn};

/// A number of tasks is spawned and held, each with a different key, and then aborted.
pub(crate) struct SpawnAndAbort {
    pub(crate) tasks: usize,
}

impl Case for SpawnAndAbort {
    fn rows(&self) -> Vec<String> {
        let row = |what| format!("tasks-{what}-{}", short(self.tasks));
        ["suspend", "abort"].map(row).into()
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let (tasks, runtime) = (self.tasks, runtime(1));
        let (contender, board, mut dice) = (C::new(), Board::new(), Rng::with_seed(0));
        Box::new(move || {
            let key = |_| format!("{:016x}", dice.u64(..));
            let poll = |key| Poll::new(key, LONG_POLL, board);
            let polls = (0..tasks).map(key).map(poll).collect();
            let doors = Doors::new(tasks);
            let (suspend, spawned) = each(tasks, || {
                let spawned = spawn(&runtime, &contender, polls, &doors);
                runtime.block_on(doors.entry.closed());
                spawned
            });
            let (abort, ()) = each(tasks, || {
                spawned.iter().for_each(JoinHandle::abort);
                runtime.block_on(doors.exit.closed());
            });
            vec![suspend, abort]
        })
    }
}

/// A number of tasks waits for one key, and is woken by one notify.
///
/// `caller`: until the notify returns. `all`: until the last task has its answer.
pub(crate) struct WakeTasks {
    pub(crate) tasks: usize,
    pub(crate) threads: usize,
}

impl Case for WakeTasks {
    fn rows(&self) -> Vec<String> {
        let (tasks, threads) = (short(self.tasks), self.threads);
        let row = |until| format!("tasks-notify-{until}-{tasks}-on-{threads}");
        ["caller", "all"].map(row).into()
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let (tasks, runtime) = (self.tasks, runtime(self.threads));
        let (contender, board) = (C::new(), Board::new());
        Box::new(move || {
            let (doors, polls) = (Doors::new(tasks), polls(tasks, board));
            spawn(&runtime, &contender, polls, &doors);
            runtime.block_on(doors.entry.closed());
            board.publish();
            // In a task, like the handler that has the news.
            let notified = runtime.spawn(notify(contender.clone(), doors, tasks));
            runtime.block_on(notified).expect("it does not panic")
        })
    }
}

/// A number of tasks waits, and is woken by a loop over their wakers: until the loop ends.
pub(crate) struct BareLoop {
    pub(crate) tasks: usize,
    pub(crate) threads: usize,
}

impl Case for BareLoop {
    fn rows(&self) -> Vec<String> {
        let (tasks, threads) = (short(self.tasks), self.threads);
        vec![format!("bare-loop-{tasks}-on-{threads}")]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let (tasks, runtime) = (self.tasks, runtime(self.threads));
        let (contender, board) = (C::new(), Board::new());
        Box::new(move || {
            let (doors, polls) = (Doors::new(tasks), polls(tasks, board));
            let visitors = spawn(&runtime, &contender, polls, &doors);
            runtime.block_on(doors.entry.closed());
            let wakers = doors.take_wakers();
            let woken = runtime.spawn(async move {
                vec![each(tasks, || wakers.into_iter().for_each(Waker::wake)).0]
            });
            let took = runtime.block_on(woken).expect("it does not panic");
            visitors.iter().for_each(JoinHandle::abort);
            runtime.block_on(doors.exit.closed());
            took
        })
    }
}

fn polls(tasks: usize, board: &'static Board) -> Vec<Poll> {
    let poll = |_| Poll::new(KEY.to_owned(), LONG_POLL, board);
    (0..tasks).map(poll).collect()
}

async fn notify(contender: impl Contender, doors: Arc<Doors>, tasks: usize) -> Vec<f64> {
    let watch = Watch::start();
    contender.notify(KEY);
    let caller = watch.elapsed();
    doors.exit.closed().await;
    [caller, watch.elapsed()]
        .map(|took| of_each(took, tasks))
        .into()
}

const KEY: &str = "a key of 16 byte";
