//! The second failure: the entries of the map stay, since a client that hangs up only drops the handler's future.

use std::pin::pin;

use axum::extract::{Path, State};
use dacapo::Hub;
use futures::FutureExt;
use support::allocator::Mark;

use crate::{once_by_hand, once_here};

/// Clients that ask for these topics, wait, and hang up.
fn hang_up<T>(topics: std::ops::Range<u32>, read: impl Fn(Path<String>) -> T)
where
    T: Future,
{
    for topic in topics {
        let mut poll = pin!(read(Path(topic.to_string())));
        for _ in ["it checks", "it waits"] {
            assert!(poll.as_mut().now_or_never().is_none());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn by_hand_every_topic_that_was_ever_asked_for_keeps_an_entry() {
    let app = once_by_hand::App::default();
    let read = |topic| once_by_hand::read(State(app.clone()), topic);
    hang_up(0..1000, read);
    assert_eq!(app.topics.lock().unwrap().len(), 1000);
    let mark = Mark::here();
    hang_up(1000..2000, read);
    assert_eq!(app.topics.lock().unwrap().len(), 2000);
    assert!(mark.bytes() > 0);
}

#[test]
fn here_a_topic_without_a_poll_takes_no_memory() {
    let (hub, _clock) = Hub::with_mock_clock();
    let app = once_here::App {
        hub,
        ..Default::default()
    };
    let read = |topic| once_here::read(State(app.clone()), topic);
    hang_up(0..1000, read);
    assert_eq!(app.hub.suspended_count(), 0);
    let mark = Mark::here();
    hang_up(1000..2000, read);
    assert_eq!(mark.bytes(), 0);
}
