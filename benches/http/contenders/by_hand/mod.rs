//! What is written by hand for long polling: a map of tokio's `watch` channels, and its `timeout`.

pub(super) mod on_actix;
pub(super) mod on_axum;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::watch::{Receiver, Sender};
use tokio::time::timeout;

/// The channels by their keys.
#[derive(Clone, Default)]
struct Topics(Arc<Mutex<HashMap<String, Sender<Bytes>>>>);

impl Topics {
    /// Waits for the next message of a key.
    async fn next(&self, key: String, poll: &Poll) -> Option<Bytes> {
        let mut waiting = Waiting::new(self.clone(), key);
        let messages = waiting.messages.as_mut()?;
        match timeout(poll.timeout(), messages.changed()).await {
            Ok(Ok(())) => Some(messages.borrow_and_update().clone()),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    /// Answers all requests that wait for a key, and returns how many there were. Later requests begin a new topic.
    fn notify(&self, key: &str, message: Bytes) -> usize {
        let topic = self.lock().remove(key);
        topic.map_or(0, |topic| {
            let waiting = topic.receiver_count();
            let _ = topic.send(message);
            waiting
        })
    }

    /// How many wait.
    fn held(&self) -> usize {
        self.lock().values().map(Sender::receiver_count).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sender<Bytes>>> {
        self.0.lock().expect("no code panics under this lock")
    }
}

/// A request's receiver. The last one that goes without a message takes the key along.
struct Waiting {
    topics: Topics,
    key: String,
    messages: Option<Receiver<Bytes>>,
}

impl Waiting {
    fn new(topics: Topics, key: String) -> Self {
        let messages = topics
            .lock()
            .entry(key.clone())
            .or_insert_with(|| Sender::new(Bytes::new()))
            .subscribe();
        Self {
            topics,
            key,
            messages: Some(messages),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut topics = self.topics.lock();
        self.messages = None;
        let topic = topics.get(&self.key);
        if topic.is_some_and(|topic| topic.receiver_count() == 0) {
            topics.remove(&self.key);
        }
    }
}

/// What a client asks for.
#[derive(Deserialize)]
struct Poll {
    timeout_ms: Option<u64>,
}

impl Poll {
    fn timeout(&self) -> Duration {
        self.timeout_ms
            .map_or(Duration::from_secs(30), Duration::from_millis)
    }
}
