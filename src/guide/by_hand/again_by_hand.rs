use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::notes::HOLD;

#[derive(Clone, Default)]
pub struct App {
    pub topics: Arc<Mutex<HashMap<String, watch::Sender<String>>>>,
}

impl App {
    fn topic(&self, topic: &str) -> watch::Sender<String> {
        let mut topics = self.topics.lock().unwrap();
        topics.entry(topic.to_owned()).or_default().clone()
    }
}

/// Answers with the next note on a topic.
pub async fn read(State(app): State<App>, Path(topic): Path<String>) -> String {
    let mut notes = app.topic(&topic).subscribe();
    match timeout(HOLD, notes.changed()).await {
        Ok(_) => notes.borrow().clone(),
        Err(_) => "nothing new".into(),
    }
}

pub async fn write(State(app): State<App>, Path(topic): Path<String>, note: String) {
    app.topic(&topic).send_replace(note);
}
