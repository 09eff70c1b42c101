//! One connection, one answer after another: server-sent events.
//!
//! [`Hub::stream`] executes a closure again after each of its answers, with the position that it
//! returned. `dacapo::axum::sse` sends the answers to a browser, and [`LastEventId`] is the position
//! that a browser sends when it connects again. So a lost connection loses nothing.
//!
//! A price list on axum, as JSON. The same function serves a long poll:
//!
#![cfg_attr(all(feature = "axum", feature = "serde"), doc = "```")]
#![cfg_attr(not(all(feature = "axum", feature = "serde")), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::extract::{Query, State};
//! use axum::response::{IntoResponse, Response};
//! use axum::{Json, Router, http::StatusCode, routing::get};
//! use dacapo::stream::LastEventId;
//! use dacapo::{Answer, Continuation, Cursor, Error, Hub, Outcome};
//! # use std::sync::{Arc, Mutex};
//!
//! /// The time between two heartbeats, and the time that a poll is held.
//! const HOLD: Duration = Duration::from_secs(25);
//!
//! #[derive(Clone)]
//! struct Shop {
//!     hub: Hub<String>,
//!     prices: Prices,
//! }
//! # type Prices = Arc<Mutex<std::collections::BTreeMap<String, u32>>>;
//!
//! /// The prices after a change that the client has not seen, and the client's new position.
//! async fn prices(c: Continuation<String>, shop: &Shop, seen: &Cursor) -> Outcome<(String, Cursor)> {
//!     if !c.changed("prices", seen) && !c.is_expired() {
//!         return Err(c.suspend("prices", HOLD));
//!     }
//!     let prices = shop.prices.lock().unwrap();
//!     let json = serde_json::to_string(&*prices).expect("prices are JSON");
//!     Ok((json, c.advance(seen)))
//! }
//!
//! async fn stream(State(shop): State<Shop>, LastEventId(seen): LastEventId<Cursor>) -> Response {
//!     if shop.prices.lock().unwrap().is_empty() {
//!         return StatusCode::NOT_FOUND.into_response(); // before the stream: a stream is a 200
//!     }
//!     let hub = shop.hub.clone();
//!     dacapo::axum::sse(hub.stream(seen, async move |c, seen: Cursor| prices(c, &shop, &seen).await))
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Poll {
//!     #[serde(default)]
//!     seen: Cursor,
//! }
//!
//! async fn poll(
//!     State(shop): State<Shop>,
//!     Query(Poll { seen }): Query<Poll>,
//! ) -> Result<Answer<Json<(String, Cursor)>>, Error> {
//!     shop.hub.run(async |c| prices(c, &shop, &seen).await.map(Json)).await
//! }
//!
//! fn app(shop: Shop) -> Router {
//!     Router::new().route("/stream", get(stream)).route("/poll", get(poll)).with_state(shop)
//! }
//! # let _ = app(Shop { hub: Hub::new(), prices: Prices::default() });
//! ```
//!
//! In the browser:
//!
//! ```js
//! const prices = new EventSource("/stream")
//! prices.onmessage = event => show(JSON.parse(event.data))
//! ```
//!
//! On actix it is `dacapo::actix::sse`.
//!
//! * **Heartbeats.** The timeout of a wait is the time until the next heartbeat, and the closure does
//!   not run for it. Choose 15 to 30 seconds, because many proxies close a connection that is quiet
//!   for 60.
//! * **Permissions.** Each pass reads them afresh. If one is gone, return an error: it ends the stream.
//! * **A slow reader** delays only its own stream. The pass after an item begins when the connection
//!   takes the next item, so several changes become one answer.
//! * **Which of the two?** An event stream saves the request between two answers. A long poll passes
//!   every proxy, shows the client a status, and moves to another node with each poll. Offer both:
//!   it is one function.
//! * **In a test**, [`testing`](super::super::testing#streams) shows a stream under a mock clock.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Hub, stream::LastEventId};
