//! Without sockets: a hub, and requests that are tasks.

use std::future::ready;
use std::time::Duration;

use dacapo::{Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use support::measure::Process;
use support::measure::Watch;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::phase::{A_LITTLE_EARLIER, Phase, report_memory};

/// Holds this number of requests three times: to wake them all, to let them all expire, and to shut down.
pub(crate) fn measure(requests: usize) {
    println!("\n| {requests} requests without sockets | | each |\n|---|---|---|");
    let (runtime, process) = (Runtime::new().expect("a runtime"), Process::own());
    let hub = Hub::builder().max_suspended(usize::MAX).build();
    let before = process.memory();

    let phase = Phase::begin(&process);
    let held = take_in(&runtime, &hub, requests, Duration::MAX);
    let patience = 2 * phase.end("to hold them", requests) + Duration::from_secs(1);
    report_memory("memory", requests, &process, before);

    let phase = Phase::begin(&process);
    let woken: usize = (0..requests as u64).map(|key| hub.notify(&key)).sum();
    assert_eq!(woken, requests);
    end(&runtime, held, &Ok(NEWS));
    phase.end("to wake them by their keys", requests);

    let watch = Watch::start();
    let held = take_in(&runtime, &hub, requests, patience);
    let left = patience.saturating_sub(watch.elapsed() + A_LITTLE_EARLIER);
    sleep(&runtime, left);
    assert_eq!(hub.suspended_count(), requests, "none has expired yet");
    let phase = Phase::begin(&process);
    end(&runtime, held, &Ok(NO_NEWS));
    phase.end("to let them all expire in one moment", requests);

    let held = take_in(&runtime, &hub, requests, Duration::MAX);
    let phase = Phase::begin(&process);
    assert_eq!(hub.shutdown(), requests);
    end(&runtime, held, &Err(Error::ShutDown));
    phase.end("to shut down", requests);
}

type Answer = Result<&'static str, Error>;

/// Spawns a task for each request, and waits until all are held. They expire after this time.
fn take_in(
    runtime: &Runtime,
    hub: &Hub<u64>,
    requests: usize,
    patience: Duration,
) -> Vec<JoinHandle<Answer>> {
    let watch = Watch::start();
    let request =
        |key| {
            let handler = move |c: Continuation<u64>| {
                ready(hold(&c, key, patience.saturating_sub(watch.elapsed())))
            };
            let run = hub.run(handler);
            runtime.spawn(run.map(|answer| {
                answer.map(|answer| answer.into_inner().expect("no call completes it"))
            }))
        };
    let held = (0..requests as u64).map(request).collect();
    while hub.suspended_count() < requests {
        sleep(runtime, Duration::from_millis(1));
    }
    held
}

fn hold(c: &Continuation<u64>, key: u64, timeout: Duration) -> Outcome<&'static str> {
    if c.is_resumed() {
        return Ok(NEWS);
    }
    if c.is_expired() {
        return Ok(NO_NEWS);
    }
    Err(c.suspend(&key, timeout).timeout_from_now())
}

/// Waits for all answers, which must be these.
fn end(runtime: &Runtime, held: Vec<JoinHandle<Answer>>, answer: &Answer) {
    for request in held {
        let ended = runtime.block_on(request).expect("it does not panic");
        assert_eq!(ended, *answer);
    }
}

fn sleep(runtime: &Runtime, time: Duration) {
    runtime.block_on(async { tokio::time::sleep(time).await });
}

const NEWS: &str = "news";
const NO_NEWS: &str = "no news";
