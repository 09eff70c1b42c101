//! What a node answers.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use dacapo::{Answer, Cursor, Error, Hub, Interrupt, Suspended};

use crate::store::{Store, StoreError};

const HOLD: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) hub: Hub<String>,
    pub(crate) store: Store,
    /// The page shows which node has answered.
    pub(crate) name: u16,
}

/// A tab, and what it has seen.
#[derive(serde::Deserialize)]
struct Tab {
    tab: String,
    #[serde(default)]
    seen: Cursor,
}

impl Node {
    pub(crate) fn router(self) -> Router {
        let router = Router::new()
            .route(
                "/",
                get(Html(r#"<a href="ada">Ada</a> <a href="bob">Bob</a>"#)),
            )
            .route("/{person}", get(Html(include_str!("page.html"))))
            .route("/{person}/schedules", get(changes))
            .route("/{person}/schedules/{schedule}/{day}", put(change));
        // The round robin passes connections on. So each request goes to the next node.
        let close = axum::middleware::map_response(async |answer: Response| {
            ([(header::CONNECTION, "close")], answer)
        });
        router.layer(close).with_state(self)
    }
}

/// Returns the schedules of a person, as soon as something else than this tab has changed one.
async fn changes(
    State(node): State<Node>,
    Path(person): Path<String>,
    Query(tab): Query<Tab>,
) -> Result<Answer<impl IntoResponse>, Failure> {
    let others = tab.seen.except(&actor(&person, &tab)?);
    let changes = node.hub.run(async |c| -> Result<_, Failure> {
        let schedules = node.store.schedules_of(&person).await?;
        // If a schedule joins or leaves the set, the key of the person is notified, which is always in the set.
        let mut keys = vec![format!("person:{person}")];
        keys.extend(
            schedules
                .iter()
                .map(|schedule| format!("schedule:{}", schedule.id)),
        );
        if !c.changed_any(&keys, &others) && !c.is_expired() {
            Err(c.suspend_any(&keys, HOLD))?;
        }
        let no_store = [(header::CACHE_CONTROL, "no-store")];
        Ok((no_store, Json((schedules, c.advance(&tab.seen), node.name))))
    });
    changes.await
}

async fn change(
    State(node): State<Node>,
    Path((person, schedule, day)): Path<(String, i32, i32)>,
    Query(tab): Query<Tab>,
    text: String,
) -> Result<StatusCode, Failure> {
    let actor = actor(&person, &tab)?;
    // The database tells all nodes, this one too.
    match node
        .store
        .write(&person, &actor, schedule, day, &text)
        .await?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Failure::NotShared),
    }
}

/// The name of a tab in the database. In your application, the person comes from the session, so that no client can
/// act as a tab of another person. All that may listen to the database see the name, so it is not the session itself.
fn actor(person: &str, tab: &Tab) -> Result<String, Failure> {
    let is_name =
        |text: &str| text.len() < 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match is_name(person) && is_name(&tab.tab) {
        true => Ok(format!("{person}:{}", tab.tab)),
        false => Err(Failure::NoName),
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the database cannot be reached: {0}")]
    Store(#[from] StoreError),
    #[error("this person has no such schedule, or the week has no such day")]
    NotShared,
    #[error("a name has letters, digits and hyphens, and at most 63 of them")]
    NoName,
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Interrupt for Failure {
    type Failure = Self;

    fn split(self) -> Result<Suspended, Self> {
        match self {
            Self::Suspended(token) => Ok(token),
            failure => Err(failure),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE, // the page asks again, with the same cursor
            Self::NotShared => StatusCode::NOT_FOUND,
            Self::NoName => StatusCode::BAD_REQUEST,
            Self::Suspended(token) => return token.into_response(),
            Self::Refused(error) => return error.into_response(),
        };
        (status, self.to_string()).into_response()
    }
}
