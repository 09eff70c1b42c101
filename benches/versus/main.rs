//! The same work done by this crate and by hand, in alternation in one process.
//!
//! `cargo bench --bench versus -- [--quick] [CASE…]`
//!
//! A ratio below 1 says that this crate needs less. Compare with the first contender by hand: a map of tokio's
//! `Notify` under its `timeout`.

mod case;
mod cases;
mod crowd;
#[cfg(feature = "tokio")]
mod ours_on_tokio;
mod reach;
mod stage;
mod tasks;

use std::time::Duration;

use support::contenders::Ours;
use tokio::runtime::{Builder, Runtime};

use cases::cursors::{self, Map, OurCursors};
use cases::expiry::{ExpireInRealTime, ExpireTasks, Expiry};
use cases::mailbox::{self, Channels, OurMailbox};
use cases::notify::{NotifyMany, NotifyNobody, NotifyOne, RoundTrip};
use cases::streams::{self, Broadcast, OurStreams};
use cases::suspend::{AnswerAtOnce, FirstPoll, SuspendAndCancel};
use cases::tasks::{BareLoop, SpawnAndAbort, WakeTasks};
use cases::threads::{FewKeys, ManyKeys};
use stage::Stage;

fn main() {
    let arguments = std::env::args().skip(1);
    let (options, filters): (Vec<_>, _) =
        arguments.partition(|argument| argument.starts_with("--"));
    let is_quick = options.iter().any(|option| option == "--quick");
    let (rounds, sizes) = match is_quick {
        true => (5, [1000, 10_000, 100_000]),
        false => (15, [10_000, 100_000, 1_000_000]),
    };
    let mut stage = Stage::new(filters, rounds);
    with_noop_wakers(&mut stage, sizes);
    with_time(&mut stage, sizes);
    with_tasks(&mut stage, sizes);
    stage.run_pair(&cursors::rows(), "a map", || {
        [cursors::prepare::<OurCursors>(), cursors::prepare::<Map>()]
    });
    stage.run_pair(&mailbox::rows(), "broadcast", || {
        [
            mailbox::prepare::<OurMailbox>(),
            mailbox::prepare::<Channels>(),
        ]
    });
    let runtime = with_time_alone();
    let _entered = runtime.enter();
    stage.run_pair(&streams::rows(), "broadcast", || {
        [
            streams::prepare::<OurStreams>(),
            streams::prepare::<Broadcast>(),
        ]
    });
    stage.end();
}

/// Requests that are polled here, with wakers that do nothing.
fn with_noop_wakers(stage: &mut Stage, sizes @ [few, _, many]: [usize; 3]) {
    let runtime = with_time_alone();
    let _entered = runtime.enter();
    stage.run(&AnswerAtOnce);
    for held in sizes {
        stage.run(&SuspendAndCancel { held });
    }
    let waker = tasks::waker(&runtime);
    for held in [few, many] {
        let waker = waker.clone();
        stage.run(&FirstPoll { held, waker });
    }
    for held in sizes {
        stage.run(&RoundTrip { held });
    }
    for held in [few, many] {
        stage.run(&NotifyOne { held });
    }
    for keys in [1, many / few] {
        stage.run(&NotifyMany { waiting: few, keys });
    }
    stage.run(&NotifyNobody { held: few });
    stage.run(&FewKeys);
    for held in [few, many] {
        stage.run(&ManyKeys { held });
    }
}

/// A runtime that no thread runs, for tokio's timeouts. It has no sockets: with them, each timeout would wake a thread
/// that waits for them.
fn with_time_alone() -> Runtime {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime")
}

/// Requests that expire, in simulated time.
fn with_time(stage: &mut Stage, [_, held, _]: [usize; 3]) {
    let (tick, half_a_minute) = (Duration::from_millis(1), Duration::from_secs(30));
    for (within, step) in [
        (tick, tick),
        (half_a_minute, tick),
        (half_a_minute, half_a_minute),
    ] {
        let expiry = Expiry { held, within, step };
        stage.run(&expiry);
        #[cfg(feature = "tokio")]
        stage.run_alone::<ours_on_tokio::OursOnTokio>(&expiry);
    }
}

/// Requests that are tasks, as in a server.
fn with_tasks(stage: &mut Stage, [tasks, ..]: [usize; 3]) {
    stage.run(&SpawnAndAbort { tasks });
    for threads in [1, 2] {
        stage.run(&WakeTasks { tasks, threads });
        stage.run_alone::<Ours>(&BareLoop { tasks, threads });
    }
    stage.run(&ExpireTasks { tasks });
    let within = Duration::from_millis(tasks as u64 / 4);
    let expiry = ExpireInRealTime { tasks, within };
    stage.run(&expiry);
    #[cfg(feature = "tokio")]
    stage.run_alone::<ours_on_tokio::OursOnTokio>(&expiry);
}
