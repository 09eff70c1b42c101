//! Deadlines that are moved while the clock sleeps (tokio #849, #854, #868, #1700), by the clock of the system.
//!
//! Each test has a witness, which fails it if it has come by then.

use std::pin::Pin;
use std::time::Duration;

use dacapo::{Continuation, Dispatch, Handle, Hub, Outcome};
use futures::FutureExt;
use futures::channel::oneshot;
use support::until;

const FAR: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_millis(20);

type Held = Pin<Box<dyn Future<Output = Dispatch>>>;

/// A test for each clock.
macro_rules! on_each_clock {
    ($name:ident, $test:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn with_a_thread() {
                let test: fn(Hub<String>) = $test;
                test(Hub::new());
            }

            #[cfg(feature = "tokio")]
            #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
            async fn on_tokio() {
                let test: fn(Hub<String>) = $test;
                test(Hub::builder().build_on_tokio());
            }
        }
    };
}

/// A request that is held for so long, and its handle.
fn hold(hub: &Hub<String>, timeout: Duration) -> (Held, Handle) {
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let waits = move |c: Continuation<String>| {
        let outcome: Outcome<_> = match c.dispatch() {
            Dispatch::Initial => {
                let _ = tell.take().unwrap().send(c.handle());
                Err(c.suspend_for(timeout))
            }
            later => Ok(later),
        };
        std::future::ready(outcome)
    };
    let held = hub.run(waits);
    let mut held: Held = held
        .map(|answer| answer.unwrap().into_inner().unwrap())
        .boxed_local();
    assert_eq!(held.as_mut().now_or_never(), None);
    (held, told.now_or_never().unwrap().unwrap())
}

/// Comes before what is far, and after what is soon: when the clock wakes anyway, to sort what is further away.
fn witness(hub: &Hub<String>) -> Held {
    hold(hub, Duration::from_millis(1 << 12)).0
}

/// Lets the clock fall asleep, for as long as its next deadline is away.
fn falls_asleep(hub: &Hub<String>) {
    expires(hold(hub, SOON).0);
}

/// What the clock has come too late for has come with the witness, or a little before it.
fn is_still_to_come(hub: &Hub<String>, witness: &mut Held) {
    expires(hold(hub, 10 * SOON).0);
    assert_eq!(witness.as_mut().now_or_never(), None);
}

/// Waits until it has expired.
fn expires(mut held: Held) {
    until("it expires", || {
        held.as_mut().now_or_never() == Some(Dispatch::Expired)
    });
}

on_each_clock!(
    one_in_front_of_the_one_that_the_clock_sleeps_for_comes_first,
    |hub| {
        let mut witness = witness(&hub);
        falls_asleep(&hub);
        let (near, _) = hold(&hub, SOON);
        expires(near);
        is_still_to_come(&hub, &mut witness);
    }
);

on_each_clock!(one_that_is_moved_in_front_or_to_now_comes, |hub| {
    for timeout in [SOON, Duration::ZERO] {
        let mut witness = witness(&hub);
        let (moved, handle) = hold(&hub, FAR);
        falls_asleep(&hub);
        assert!(handle.set_timeout(timeout));
        expires(moved);
        is_still_to_come(&hub, &mut witness);
    }
});

on_each_clock!(
    one_that_is_moved_back_and_forth_comes_where_it_stays,
    |hub| {
        let mut witness = witness(&hub);
        let (moved, handle) = hold(&hub, FAR);
        falls_asleep(&hub);
        for _ in 0..100 {
            // A slow machine may come too late to move it away again.
            let has_come = !handle.set_timeout(SOON) || !handle.set_timeout(FAR);
            if has_come {
                break;
            }
        }
        handle.set_timeout(SOON);
        expires(moved);
        is_still_to_come(&hub, &mut witness);
    }
);

on_each_clock!(one_that_is_moved_away_does_not_come_where_it_was, |hub| {
    loop {
        let (mut moved, handle) = hold(&hub, SOON);
        if handle.set_timeout(FAR) {
            let (later, _) = hold(&hub, 2 * SOON);
            expires(later);
            assert_eq!(moved.as_mut().now_or_never(), None);
            return;
        }
        // A slow machine has come too late.
        expires(moved);
    }
});
