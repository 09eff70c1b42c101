//! A queue for each key: no item is missed without notice, and no database is needed.
//!
//! A [`Mailbox`] keeps the latest items of each key. A client sends the position up to which it has
//! read, and gets the items after it. What was pushed between two of its polls is in the next one.
//!
//! A chat on axum, with feature `serde`:
//!
#![cfg_attr(all(feature = "axum", feature = "serde"), doc = "```")]
#![cfg_attr(not(all(feature = "axum", feature = "serde")), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::extract::{Path, Query, State};
//! use axum::{Json, Router, routing::get};
//! use axum::{http::{StatusCode, header::CACHE_CONTROL}, response::IntoResponse};
//! use dacapo::mailbox::{Item, Mailbox, Position, Read};
//! use dacapo::{Answer, Error, Hub};
//!
//! const HOLD: Duration = Duration::from_secs(30);
//!
//! #[derive(Clone)]
//! struct Chat {
//!     hub: Hub<String>,
//!     lines: Mailbox<String, String>, // clones are the same mailbox
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Poll {
//!     #[serde(default)] // the first poll has no position, and gets all that is kept
//!     after: Position,
//! }
//!
//! #[derive(serde::Serialize)]
//! struct News {
//!     lines: Vec<Item<String>>,
//!     next: Position, // the client sends it with its next poll
//!     missed: bool,
//! }
//!
//! async fn read(
//!     State(chat): State<Chat>,
//!     Path(room): Path<String>,
//!     Query(Poll { after }): Query<Poll>,
//! ) -> Result<Answer<impl IntoResponse>, Error> {
//!     let answer = chat.hub.run(async |c| match chat.lines.read([&room], &after, 100) {
//!         Read::Batch(batch) if batch.items.is_empty() && !c.is_expired() => {
//!             Err(c.suspend(&room, HOLD))
//!         }
//!         Read::Batch(batch) => Ok(News { lines: batch.items, next: batch.next, missed: false }),
//!         Read::Gap(kept) => { // some items after the client's position were thrown away
//!             Ok(News { lines: kept.items, next: kept.next, missed: true })
//!         }
//!     });
//!     let no_store = [(CACHE_CONTROL, "no-store")]; // a cache would lead the client in a circle
//!     Ok(answer.await?.map(|news| (no_store, Json(news))))
//! }
//!
//! async fn say(State(chat): State<Chat>, Path(room): Path<String>, line: String) -> StatusCode {
//!     match chat.lines.push(&room, line) { // stores, and then notifies
//!         Ok(_position) => StatusCode::NO_CONTENT,
//!         Err(_too_large) => StatusCode::PAYLOAD_TOO_LARGE,
//!     }
//! }
//!
//! fn app(hub: Hub<String>) -> Router {
//!     let lines = Mailbox::builder(&hub).weigh(String::len).build(); // a line counts its bytes
//!     Router::new().route("/{room}", get(read).post(say)).with_state(Chat { hub, lines })
//! }
//! # let _ = app(Hub::new());
//! ```
//!
//! On actix the handlers are the same: write `web::Json`, `web::Query`, `web::Path`, `web::Data` and
//! `Json(news).customize().insert_header((CACHE_CONTROL, "no-store"))`.
//!
//! * **Gaps.** What is kept is bounded, by default to 250 items, 64 KiB and one hour per key,
//!   whichever comes first. A client that stays away longer gets a [`Read::Gap`]: show it that
//!   lines are missing, or load them from elsewhere. [`Mailbox`] lists the limits.
//! * **Bytes.** [`weigh`](crate::mailbox::MailboxBuilder::weigh) items that own memory elsewhere,
//!   such as strings. Without it, one counts as much as its struct, however long it is.
//! * **Several keys**: pass them to one [`read`](Mailbox::read), and wait with
//!   [`suspend_any`](crate::Continuation::suspend_any). Limit the list that a client may send.
//! * **One consumer**: [`forget_before`](Mailbox::forget_before) removes what it has read, so a
//!   position is also an acknowledgement.
//! * **A producer that tries again**: [`push_once`](Mailbox::push_once) stores an item once per name.
//! * **A restart** empties a mailbox. Clients then get a gap. Keep items that must survive a restart
//!   in a database, and use a [`Cursor`](crate::Cursor) instead.

#[expect(unused_imports, reason = "for the documentation")]
use crate::mailbox::{Mailbox, Read};
