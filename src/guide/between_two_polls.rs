//! Nothing is lost between two polls: cursors.
//!
//! A long poll is answered, and the client polls again. A change between the two polls finds no
//! waiter. If the second poll just waits, the client learns of the change too late. With a
//! [`Cursor`], the second poll is answered at once.
//!
//! 1. The handler checks [`changed`](Continuation::changed) with the client's cursor, before it
//!    reads the data.
//! 2. If nothing has changed and the time is not up, it suspends.
//! 3. Otherwise it reads the data, and sends it together with the cursor of
//!    [`advance`](Continuation::advance).
//!    That is the cursor of the beginning of the pass, so a change during the read is not missed.
//! 4. The client sends this cursor with its next poll. The first poll has none: `Cursor::default()`
//!    counts as changed.
//!
//! ```
//! use std::time::Duration;
//! use dacapo::{Answer, Cursor, Error, Hub};
//!
//! /// Returns the answer and the client's new cursor.
//! async fn poll(
//!     hub: &Hub<String>,
//!     seen: Cursor,
//!     read: fn() -> String,
//! ) -> Result<Answer<(String, Cursor)>, Error> {
//!     hub.run(async |c| {
//!         if !c.changed("lobby", &seen) && !c.is_expired() {
//!             return Err(c.suspend("lobby", Duration::from_secs(30)));
//!         }
//!         Ok((read(), c.advance(&seen)))
//!     })
//!     .await
//! }
//!
//! # futures::executor::block_on(async {
//! let hub = Hub::new();
//! let first = poll(&hub, Cursor::default(), || "one".into()).await?;
//! let (_text, cursor) = first.into_inner().unwrap();
//!
//! hub.notify("lobby"); // between two polls
//!
//! let second = poll(&hub, cursor, || "two".into()).await?; // does not wait
//! let (text, _cursor) = second.into_inner().unwrap();
//! assert_eq!(text, "two");
//! # Ok::<_, Error>(())
//! # }).unwrap();
//! ```
//!
//! In a handler, with feature `serde`. Do not forget `#[serde(default)]`: the first poll has no
//! cursor, and without it axum and actix answer that poll with a 400.
//!
#![cfg_attr(all(feature = "axum", feature = "serde"), doc = "```")]
#![cfg_attr(not(all(feature = "axum", feature = "serde")), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::extract::{Query, State};
//! use axum::{Json, http::header::CACHE_CONTROL, response::IntoResponse};
//! use dacapo::{Answer, Cursor, Error, Hub};
//! # #[derive(Clone)] struct App { hub: Hub<String> }
//! # impl App { fn read(&self) -> String { String::new() } }
//!
//! #[derive(serde::Deserialize)]
//! struct Poll {
//!     #[serde(default)]
//!     seen: Cursor,
//! }
//!
//! #[derive(serde::Serialize)]
//! struct News {
//!     text: String,
//!     seen: Cursor, // the client sends it with its next poll
//! }
//!
//! async fn news(
//!     State(app): State<App>,
//!     Query(Poll { seen }): Query<Poll>,
//! ) -> Result<Answer<impl IntoResponse>, Error> {
//!     app.hub.run(async |c| {
//!         if !c.changed("lobby", &seen) && !c.is_expired() {
//!             return Err(c.suspend("lobby", Duration::from_secs(30)));
//!         }
//!         let no_store = [(CACHE_CONTROL, "no-store")];
//!         Ok((no_store, Json(News { text: app.read(), seen: c.advance(&seen) })))
//!     }).await
//! }
//! # let _: axum::Router = axum::Router::new()
//! #     .route("/", axum::routing::get(news))
//! #     .with_state(App { hub: Hub::new() });
//! ```
//!
//! * The cursor says *that* a key has changed, not what. The data comes from your database. It can
//!   have its own position there, such as the number of the last line.
//! * No cache may keep the answer, or it leads the client in a circle: see
//!   [`Caching`](crate::manners::Caching).
//! * The set of keys must stay the same: see [`Cursor`](Cursor#a-fixed-set-of-keys).
//! * With feature `serde`, a cursor is a string in JSON and in a query.
//! * To notify all clients except the one that made the change, use [`Hub::notify_by`] and
//!   [`Cursor::except`]. `examples/calendar` shows it.
//! * A hub remembers the latest change of 100,000 keys: see [`HubBuilder::revisions`]. It begins
//!   with the first cursor; a hub without cursors remembers none.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, Cursor, Hub, HubBuilder};
