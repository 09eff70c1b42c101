//! An application without a framework: notes on topics. Each of the other crates here serves it with another framework.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Answer, Error, Hub};
use http::Response;
use tokio::task::yield_now;

/// How long a request is held at most.
pub const HOLD: Duration = Duration::from_secs(30);

/// The notes by topic. Clones share them.
#[derive(Clone, Default)]
pub struct Board {
    pub hub: Hub<String>,
    notes: Arc<Mutex<HashMap<String, String>>>,
}

impl Board {
    pub fn note(&self, topic: &str) -> Option<String> {
        self.notes.lock().unwrap().get(topic).cloned()
    }

    pub fn write(&self, topic: &str, note: &str) {
        let mut notes = self.notes.lock().unwrap();
        notes.insert(topic.to_owned(), note.to_owned()); // first the change,
        drop(notes);
        self.hub.notify(topic); // then the notify
    }
}

/// The response to a request, for every framework that uses the crate `http`.
pub fn response(answer: Result<Answer<String>, Error>) -> Response<Bytes> {
    match answer {
        Ok(answer) => answer.map(|note| Response::new(note.into())).into(),
        Err(error) => error.response(),
    }
}

/// Polls a request for a note on tea, writes the note as soon as the request is held, and returns the answer. For tests.
pub async fn held_and_notified<T>(board: &Board, request: impl Future<Output = T>) -> T {
    let mut request = pin!(request);
    // Everything is in memory, so a few turns are enough. Without a limit, a lost notify would hang the test.
    for _ in 0..1000 {
        let answer = poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await;
        if let Poll::Ready(answer) = answer {
            assert!(board.note("tea").is_some(), "it was not held");
            return answer;
        }
        if board.hub.suspended_count() == 1 && board.note("tea").is_none() {
            board.write("tea", "it is ready");
        }
        yield_now().await; // the server may be another task
    }
    panic!("it was not held, or the notify has not answered it");
}
