//! One connection, one answer after another: server-sent events.
//!
//! [`Hub::stream`] executes a closure again after each of its answers, with the position that it
//! returned. `dacapo::axum::sse` sends the answers to a browser, and [`LastEventId`] is the position
//! that a browser sends when it connects again. So a lost connection loses nothing.
//!
//! A price list on axum, as JSON. The same function serves a long poll, at the same address:
//!
#![cfg_attr(all(feature = "axum", feature = "serde"), doc = "```")]
#![cfg_attr(not(all(feature = "axum", feature = "serde")), doc = "```ignore")]
//! use std::time::Duration;
//! use std::collections::BTreeMap;
//! use axum::extract::State;
//! use axum::http::{HeaderMap, StatusCode, header::ACCEPT};
//! use axum::response::{IntoResponse, Response};
//! use axum::{Json, Router, routing::get};
//! use dacapo::stream::LastEventId;
//! use dacapo::{Continuation, Cursor, Error, Hub, Outcome};
//! use futures::TryStreamExt;
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
//! # type Prices = Arc<Mutex<PriceList>>;
//!
//! type PriceList = BTreeMap<String, u32>;
//!
//! /// The prices after a change that the client has not seen, and the client's new position.
//! async fn news(c: Continuation<String>, shop: &Shop, seen: &Cursor) -> Outcome<(PriceList, Cursor)> {
//!     if !c.changed("prices", seen) && !c.is_expired() { // only a poll expires
//!         return Err(c.suspend("prices", HOLD));
//!     }
//!     Ok((shop.prices.lock().unwrap().clone(), c.advance(seen)))
//! }
//!
//! async fn prices(
//!     State(shop): State<Shop>,
//!     LastEventId(seen): LastEventId<Cursor>, // also from the query: `?lastEventId=`
//!     headers: HeaderMap,
//! ) -> Result<Response, Error> {
//!     if shop.prices.lock().unwrap().is_empty() {
//!         return Ok(StatusCode::NOT_FOUND.into_response()); // before the stream: a stream is a 200
//!     }
//!     let hub = shop.hub.clone();
//!     let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
//!     if accepts.is_some_and(|accept| accept.contains("text/event-stream")) {
//!         let stream = hub.stream(seen, async move |c, seen: Cursor| news(c, &shop, &seen).await);
//!         let json = |prices| serde_json::to_string(&prices).expect("prices are JSON");
//!         return Ok(dacapo::axum::sse(stream.map_ok(move |event| event.map(json))));
//!     }
//!     let answer = hub.run(async |c| news(c, &shop, &seen).await).await?;
//!     Ok(answer.map(Json).into_response())
//! }
//!
//! fn app(shop: Shop) -> Router {
//!     Router::new().route("/prices", get(prices)).with_state(shop)
//! }
//! # let _ = app(Shop { hub: Hub::new(), prices: Prices::default() });
//! ```
//!
//! In the browser:
//!
//! ```js
//! const prices = new EventSource("/prices")
//! prices.onmessage = event => show(JSON.parse(event.data))
//! ```
//!
//! `client/dacapo.js` follows such an address by either way: see [`clients`](super::super::clients). On
//! actix it is `dacapo::actix::sse`.
//!
//! * **Heartbeats.** In a stream, an expiry sends a heartbeat and does not run the closure. Choose 15 to 30 seconds, because many proxies close a connection that is quiet
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
