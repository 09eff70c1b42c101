//! What all versions share: notes in a database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Path;
use tokio::task::yield_now;

/// How long a poll waits at most.
pub const HOLD: Duration = Duration::from_secs(30);

/// The notes by topic. Clones share them.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<HashMap<String, String>>>);

impl Notes {
    /// Returns the note on a topic. As with any database, the reply is on its way for a moment.
    pub async fn find(&self, topic: &str) -> Option<String> {
        let note = self.0.lock().unwrap().get(topic).cloned();
        yield_now().await;
        note
    }

    /// Returns when the note is stored.
    pub async fn insert(&self, topic: &str, note: String) {
        self.0.lock().unwrap().insert(topic.to_owned(), note);
        yield_now().await;
    }
}

/// The topic of most tests, as the router passes it to a handler.
pub fn tea() -> Path<String> {
    Path("tea".into())
}
