use axum::Json;
use axum::extract::{Path, Query, State};
use dacapo::{Answer, Cursor, Error, Hub};
use serde::{Deserialize, Serialize};

use crate::notes::{HOLD, Notes};

#[derive(Clone, Default)]
pub struct App {
    pub notes: Notes,
    pub hub: Hub<String>,
}

#[derive(Default, Deserialize)]
pub struct Poll {
    #[serde(default)]
    pub seen: Cursor,
}

#[derive(Serialize)]
pub struct News {
    pub note: Option<String>,
    pub seen: Cursor, // the client sends it with its next poll
}

/// Answers with the note on a topic, as soon as there is one that the client has not seen.
pub async fn read(
    State(app): State<App>,
    Path(topic): Path<String>,
    Query(poll): Query<Poll>,
) -> Result<Answer<Json<News>>, Error> {
    app.hub
        .run(async |c| {
            if !c.changed(&topic, &poll.seen) && !c.is_expired() {
                return Err(c.suspend(&topic, HOLD));
            }
            let (note, seen) = (app.notes.find(&topic).await, c.advance(&poll.seen));
            Ok(Json(News { note, seen }))
        })
        .await
}

pub async fn write(State(app): State<App>, Path(topic): Path<String>, note: String) {
    app.notes.insert(&topic, note).await;
    app.hub.notify(&topic);
}
