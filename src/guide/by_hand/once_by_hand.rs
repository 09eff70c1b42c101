use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::notes::{HOLD, Notes};

#[derive(Clone, Default)]
pub struct App {
    pub notes: Notes,
    pub topics: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
}

impl App {
    fn topic(&self, topic: &str) -> Arc<Notify> {
        let mut topics = self.topics.lock().unwrap();
        Arc::clone(topics.entry(topic.to_owned()).or_default())
    }
}

/// Answers with the note on a topic, as soon as there is one.
pub async fn read(State(app): State<App>, Path(topic): Path<String>) -> String {
    if let Some(note) = app.notes.find(&topic).await {
        return note;
    }
    let _ = timeout(HOLD, app.topic(&topic).notified()).await;
    let note = app.notes.find(&topic).await;
    note.unwrap_or_else(|| "nothing yet".into())
}

pub async fn write(State(app): State<App>, Path(topic): Path<String>, note: String) {
    app.notes.insert(&topic, note).await;
    app.topic(&topic).notify_waiters();
}
