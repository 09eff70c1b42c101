//! The fourth failure: a test of the timeout takes as long as the timeout.
//!
//! Tokio can pause its time. Then the test must run in a runtime of one thread, and nothing in it may wait for anything
//! else: the clock of an idle runtime jumps to the next timeout.

use std::pin::pin;
use std::sync::mpsc;
use std::thread;

use axum::extract::State;
use dacapo::Hub;
use futures::FutureExt;
use futures::executor::block_on;
use tokio::runtime::Builder;
use tokio::time::Instant;

use crate::notes::{HOLD, tea};
use crate::{once_by_hand, once_here};

/// The paused clock is the stopwatch here. Without it, this test would take thirty seconds.
#[tokio::test(start_paused = true)]
async fn by_hand_a_test_of_the_timeout_takes_as_long_as_the_timeout() {
    let (app, begun) = (once_by_hand::App::default(), Instant::now());
    assert_eq!(once_by_hand::read(State(app), tea()).await, "nothing yet");
    assert!(begun.elapsed() >= HOLD);
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn by_hand_a_handler_needs_a_runtime() {
    let app = once_by_hand::App::default();
    block_on(once_by_hand::read(State(app), tea()));
}

/// The thread stands for everything that tokio does not know: a driver with threads, a socket, another process.
#[test]
fn by_hand_a_paused_clock_does_not_wait_for_another_thread() {
    let app = once_by_hand::App::default();
    let (send, receive) = mpsc::channel();
    let writer = thread::spawn({
        let app = app.clone();
        move || {
            receive.recv().unwrap();
            block_on(once_by_hand::write(State(app), tea(), "it is ready".into()));
        }
    });
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let answer = runtime.block_on(once_by_hand::read(State(app), tea()));
    assert_eq!(
        answer, "nothing yet",
        "although thirty seconds are enough for any thread"
    );
    send.send(()).unwrap();
    writer.join().unwrap();
}

#[test]
fn here_a_test_of_the_timeout_takes_no_time_and_no_runtime() {
    let (hub, clock) = Hub::with_mock_clock();
    let app = once_here::App {
        hub,
        ..Default::default()
    };
    let mut poll = pin!(once_here::read(State(app), tea()));
    for _ in ["it checks", "it waits"] {
        assert!(poll.as_mut().now_or_never().is_none());
    }
    assert_eq!(clock.advance(HOLD), 1);
    assert_eq!(block_on(poll).unwrap(), "nothing yet".to_owned());
}
