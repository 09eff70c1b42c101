//! The thread of a hub's timer: one, from the first timed wait to the end of the hub. The test is alone in its
//! process, so that no thread of another test is counted.
#![cfg(target_os = "linux")]

use std::fs;
use std::thread;
use std::time::Duration;

use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;

/// Threads of this process.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// Whether the timer's thread has started and sleeps.
fn sleeps() -> bool {
    let mut threads = fs::read_dir("/proc/self/task").unwrap();
    threads.any(|thread| {
        let status = thread.map(|thread| fs::read_to_string(thread.path().join("status")));
        let status = status.unwrap().unwrap_or_default();
        status.contains("dacapo-timer") && status.contains("(sleeping)")
    })
}

/// Gives other threads some time.
fn soon(mut is_so: impl FnMut() -> bool) -> bool {
    (0..1_000_000).any(|_| {
        thread::yield_now();
        is_so()
    })
}

async fn wait(c: Continuation<u8>) -> Outcome<()> {
    Err(c.suspend(&0, Duration::from_secs(300)))
}

#[test]
fn it_starts_with_the_first_timed_wait_and_ends_with_the_hub() {
    let before = threads();
    let hub = Hub::<u8>::builder().max_hold(Duration::MAX).build();
    let mut untimed = Box::pin(hub.run(async |c| Err::<(), _>(c.suspend_for(Duration::MAX))));
    assert!(untimed.as_mut().now_or_never().is_none());
    assert_eq!((hub.suspended_count(), threads()), (1, before));

    let (mut one, mut two) = (Box::pin(hub.run(wait)), Box::pin(hub.run(wait)));
    assert!(one.as_mut().now_or_never().is_none() && two.as_mut().now_or_never().is_none());
    assert_eq!(threads(), before + 1);
    assert!(soon(sleeps));

    drop((one, two, hub));
    assert_eq!(threads(), before + 1, "a request still waits");
    drop(untimed);
    // It is woken for that. Otherwise it would sleep for five minutes.
    assert!(soon(|| threads() == before));
}
