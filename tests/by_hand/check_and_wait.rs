//! The first failure: a wake between check and wait is lost.
//!
//! The database has found nothing. While its reply is on its way, a note is stored, and the notify finds no
//! waiter.

use std::pin::pin;

use axum::extract::State;
use dacapo::Hub;
use futures::FutureExt;
use tokio::time::Instant;

use crate::notes::{HOLD, tea};
use crate::{once_by_hand, once_here};

#[tokio::test(start_paused = true)]
async fn by_hand_a_note_between_check_and_wait_arrives_when_the_time_is_up() {
    let (app, begun) = (once_by_hand::App::default(), Instant::now());
    let mut poll = pin!(once_by_hand::read(State(app.clone()), tea()));
    assert!(poll.as_mut().now_or_never().is_none(), "it has checked");
    once_by_hand::write(State(app), tea(), "it is ready".into()).await;
    assert_eq!(poll.await, "it is ready");
    assert!(begun.elapsed() >= HOLD);
}

#[test]
fn here_a_note_between_check_and_wait_arrives_at_once() {
    let (hub, _clock) = Hub::with_mock_clock();
    let app = once_here::App {
        hub,
        ..Default::default()
    };
    let mut poll = pin!(once_here::read(State(app.clone()), tea()));
    assert!(poll.as_mut().now_or_never().is_none(), "it has checked");
    let write = once_here::write(State(app.clone()), tea(), "it is ready".into());
    futures::executor::block_on(write);
    assert_eq!(app.hub.stats().unheard_notifies, 1);
    // No time passes: this clock stands still. The second pass checks, and its reply is on its way too.
    let answer = (0..3).find_map(|_| poll.as_mut().now_or_never());
    assert_eq!(answer.unwrap().unwrap(), "it is ready".to_owned());
}
