//! A calendar in several tabs. A tab sees every change, except those that it has made.
//!
//! `cargo run --all-features --example calendar`, then open the address that it prints in two tabs. The variable PORT
//! chooses another port.

#[path = "../files.rs"]
mod files;
#[path = "../signals.rs"]
mod signals;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, hash_map::RandomState};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, put};
use axum::{Json, Router};
use dacapo::stream::LastEventId;
use dacapo::{Answer, Cursor, Error, Hub};
use files::FILES;
use signals::shutdown_signal;
use tokio::net::TcpListener;

const HOLD: Duration = Duration::from_secs(30);
const ALL: &str = "calendar";

#[derive(Clone)]
struct Calendar {
    hub: Hub<String>,
    days: Arc<Mutex<BTreeMap<u8, String>>>,
    began: SystemTime,
}

#[derive(serde::Deserialize)]
struct Tab {
    tab: String,
}

#[derive(serde::Serialize)]
struct Week {
    /// When the server began, with an empty week. So a page notices that its week has gone with another server.
    began: SystemTime,
    days: BTreeMap<u8, String>,
}

/// Returns all days, as soon as another tab has changed one.
async fn changes(
    State(calendar): State<Calendar>,
    Query(Tab { tab }): Query<Tab>,
    LastEventId(seen): LastEventId<Cursor>,
    headers: HeaderMap,
) -> Result<Answer<impl IntoResponse>, Error> {
    let others = seen.except(&(session(&headers), tab));
    let changes = calendar.hub.run(async |c| {
        if !c.changed(ALL, &others) && !c.is_expired() {
            return Err(c.suspend(ALL, HOLD));
        }
        let days = calendar.days.lock().unwrap().clone();
        let week = Week {
            began: calendar.began,
            days,
        };
        let no_store = [(header::CACHE_CONTROL, "no-store")];
        Ok((no_store, Json((week, c.advance(&seen)))))
    });
    changes.await
}

async fn change(
    State(calendar): State<Calendar>,
    Path(day): Path<u8>,
    Query(Tab { tab }): Query<Tab>,
    headers: HeaderMap,
    text: String,
) {
    calendar.days.lock().unwrap().insert(day, text);
    calendar.hub.notify_by(ALL, &(session(&headers), tab));
}

/// A tab has a name, and the session is a secret of its browser. So no client can act as a tab of another.
fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    let mut cookies = cookies.split("; ");
    cookies.find_map(|cookie| cookie.strip_prefix("session="))
}

async fn page(headers: HeaderMap) -> impl IntoResponse {
    let new = || {
        format!(
            "session={:x}; HttpOnly; SameSite=Lax",
            RandomState::new().hash_one(())
        )
    };
    let session = session(&headers)
        .is_none()
        .then(|| [(header::SET_COOKIE, new())]);
    (session, Html(include_str!("page.html")))
}

#[expect(clippy::disallowed_methods, reason = "people read it")]
fn app(hub: Hub<String>) -> Router {
    let mut app = Router::new();
    for (path, kind, text) in FILES {
        app = app.route(path, get(([(header::CONTENT_TYPE, kind)], text)));
    }
    app.route("/", get(page))
        .route("/days", get(changes))
        .route("/days/{day}", put(change))
        .with_state(Calendar {
            hub,
            days: Arc::default(),
            began: SystemTime::now(),
        })
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("calendar on http://{}", listener.local_addr()?);
    let hub = Hub::new();
    axum::serve(listener, app(hub.clone()))
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown();
        })
        .await
}
