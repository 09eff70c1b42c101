use axum::extract::{Path, State};
use dacapo::{Answer, Error, Hub};

use crate::notes::{HOLD, Notes};

#[derive(Clone, Default)]
pub struct App {
    pub notes: Notes,
    pub hub: Hub<String>,
}

/// Answers with the note on a topic, as soon as there is one.
pub async fn read(
    State(app): State<App>,
    Path(topic): Path<String>,
) -> Result<Answer<String>, Error> {
    app.hub
        .run(async |c| match app.notes.find(&topic).await {
            Some(note) => Ok(note),
            None if c.is_expired() => Ok("nothing yet".into()),
            None => Err(c.suspend(&topic, HOLD)),
        })
        .await
}

pub async fn write(State(app): State<App>, Path(topic): Path<String>, note: String) {
    app.notes.insert(&topic, note).await;
    app.hub.notify(&topic);
}
