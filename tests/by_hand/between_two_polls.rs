//! The fifth failure: a note between two polls is missed.

use std::pin::pin;

use axum::Json;
use axum::extract::{Query, State};
use dacapo::{Cursor, Hub};
use futures::FutureExt;
use futures::executor::block_on;
use tokio::time::Instant;

use crate::notes::{HOLD, tea};
use crate::{again_by_hand, again_here};

#[tokio::test(start_paused = true)]
async fn by_hand_a_note_between_two_polls_is_missed() {
    let (app, begun) = (again_by_hand::App::default(), Instant::now());
    let write = |note: &str| again_by_hand::write(State(app.clone()), tea(), note.into());
    let mut first = pin!(again_by_hand::read(State(app.clone()), tea()));
    assert!(first.as_mut().now_or_never().is_none());
    write("it draws").await;
    assert_eq!(first.await, "it draws");
    write("it is ready").await;
    let second = again_by_hand::read(State(app.clone()), tea());
    assert_eq!(second.await, "nothing new");
    assert!(begun.elapsed() >= HOLD);
}

#[test]
fn here_a_note_between_two_polls_is_the_answer_of_the_second() {
    let (hub, _clock) = Hub::with_mock_clock();
    let app = again_here::App {
        hub,
        ..Default::default()
    };
    let write = |note: &str| {
        block_on(again_here::write(State(app.clone()), tea(), note.into()));
    };
    // No time passes: a poll that waits is a `None`, after the passes that it may need.
    let poll = |seen: Cursor| {
        let poll = Query(again_here::Poll { seen });
        let mut poll = pin!(again_here::read(State(app.clone()), tea(), poll));
        let answer = (0..3).find_map(|_| poll.as_mut().now_or_never());
        let answer = answer.map(|answer| answer.unwrap().into_inner().unwrap());
        answer.map(|Json(news)| (news.note, news.seen))
    };
    write("it draws");
    let (note, seen) = poll(Cursor::default()).unwrap();
    assert_eq!(note.unwrap(), "it draws");
    assert!(poll(seen.clone()).is_none(), "there is nothing new");
    write("it is ready");
    let (note, seen) = poll(seen).unwrap();
    assert_eq!(note.unwrap(), "it is ready");
    assert!(poll(seen).is_none());
}
