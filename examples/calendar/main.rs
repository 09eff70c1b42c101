//! A calendar in several tabs. A tab sees every change, except those that it has made.
//!
//! `cargo run --all-features --example calendar`, then open <http://127.0.0.1:3000> in two tabs.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, hash_map::RandomState};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse};
use axum::{Json, Router, routing::get};
use dacapo::{Answer, Cursor, Error, Hub};

const HOLD: Duration = Duration::from_secs(30);
const ALL: &str = "calendar";

#[derive(Clone)]
struct Calendar {
    hub: Hub<String>,
    days: Arc<Mutex<BTreeMap<u8, String>>>,
}

#[derive(serde::Deserialize)]
struct Tab {
    tab: String,
    #[serde(default)]
    seen: Cursor,
}

/// Returns all days, as soon as another tab has changed one.
async fn changes(
    State(calendar): State<Calendar>,
    Query(Tab { tab, seen }): Query<Tab>,
    headers: HeaderMap,
) -> Result<Answer<impl IntoResponse>, Error> {
    let others = seen.except(&(session(&headers), tab));
    let changes = calendar.hub.run(async |c| {
        if !c.changed(ALL, &others) && !c.is_expired() {
            return Err(c.suspend(ALL, HOLD));
        }
        let days = calendar.days.lock().unwrap().clone();
        let no_store = [(header::CACHE_CONTROL, "no-store")];
        Ok((no_store, Json((days, c.advance(seen.clone())))))
    });
    changes.await
}

async fn change(
    State(calendar): State<Calendar>,
    Path(day): Path<u8>,
    Query(Tab { tab, .. }): Query<Tab>,
    headers: HeaderMap,
    text: String,
) {
    calendar.days.lock().unwrap().insert(day, text);
    calendar.hub.notify_by(ALL, &(session(&headers), tab));
}

/// A tab has a name, and the session says which client it belongs to. So no client can act as a tab of another.
fn session(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(header::COOKIE).map(|cookie| cookie.as_bytes())
}

async fn page(headers: HeaderMap) -> impl IntoResponse {
    let new = || format!("session={:x}; HttpOnly", RandomState::new().hash_one(()));
    let session = session(&headers)
        .is_none()
        .then(|| [(header::SET_COOKIE, new())]);
    (session, Html(include_str!("page.html")))
}

fn app(hub: Hub<String>) -> Router {
    let router = Router::new()
        .route("/", get(page))
        .route("/days", get(changes));
    let router = router.route("/days/{day}", axum::routing::put(change));
    router.with_state(Calendar {
        hub,
        days: Arc::default(),
    })
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, app(Hub::new())).await
}
