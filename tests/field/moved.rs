//! Deadlines that are moved while the clock sleeps (tokio #849, #854, #868, #1700), by the clock of the system.
//!
//! Each test has a witness, which fails it if it comes first. Nothing hangs longer than that.

use std::pin::Pin;
use std::time::Duration;

use dacapo::{Continuation, Dispatch, Handle, Hub, Outcome};
use futures::FutureExt;
use futures::channel::oneshot;

const FAR: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_millis(20);

type Held = Pin<Box<dyn Future<Output = Dispatch>>>;

/// A test for each clock.
macro_rules! on_each_clock {
    ($name:ident, $test:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn with_a_thread() {
                futures::executor::block_on(($test)(Hub::new()));
            }

            #[cfg(feature = "tokio")]
            #[tokio::test]
            async fn on_tokio() {
                ($test)(Hub::builder().max_hold(FAR).build_on_tokio()).await;
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

/// Comes before what is far, and after what is soon.
fn witness(hub: &Hub<String>) -> Held {
    hold(hub, FAR / 2).0
}

/// Lets the clock fall asleep, for as long as its next deadline is away.
async fn falls_asleep(hub: &Hub<String>) {
    let (first, _) = hold(hub, SOON);
    assert_eq!(first.await, Dispatch::Expired);
}

on_each_clock!(
    one_in_front_of_the_one_that_the_clock_sleeps_for_comes_first,
    async |hub: Hub<String>| {
        let mut witness = witness(&hub);
        falls_asleep(&hub).await;
        let (near, _) = hold(&hub, SOON);
        assert_eq!(near.await, Dispatch::Expired);
        assert_eq!(witness.as_mut().now_or_never(), None);
    }
);

on_each_clock!(
    one_that_is_moved_in_front_or_to_now_comes,
    async |hub: Hub<String>| {
        for timeout in [SOON, Duration::ZERO] {
            let mut witness = witness(&hub);
            let (moved, handle) = hold(&hub, FAR);
            falls_asleep(&hub).await;
            assert!(handle.set_timeout(timeout));
            assert_eq!(moved.await, Dispatch::Expired);
            assert_eq!(witness.as_mut().now_or_never(), None);
        }
    }
);

on_each_clock!(
    one_that_is_moved_back_and_forth_comes_where_it_stays,
    async |hub: Hub<String>| {
        let mut witness = witness(&hub);
        let (moved, handle) = hold(&hub, FAR);
        falls_asleep(&hub).await;
        for _ in 0..100 {
            // A slow machine may come too late to move it away again.
            let has_come = !handle.set_timeout(SOON) || !handle.set_timeout(FAR);
            if has_come {
                break;
            }
        }
        handle.set_timeout(SOON);
        assert_eq!(moved.await, Dispatch::Expired);
        assert_eq!(witness.as_mut().now_or_never(), None);
    }
);

on_each_clock!(
    one_that_is_moved_away_does_not_come_where_it_was,
    async |hub: Hub<String>| {
        loop {
            let (mut moved, handle) = hold(&hub, SOON);
            if handle.set_timeout(FAR) {
                let (later, _) = hold(&hub, 2 * SOON);
                assert_eq!(later.await, Dispatch::Expired);
                assert_eq!(moved.as_mut().now_or_never(), None);
                return;
            }
            // A slow machine has come too late.
            assert_eq!(moved.await, Dispatch::Expired);
        }
    }
);
