//! What runs in the browser, and in programs that poll.
//!
//! `client/dacapo.js` in the repository follows an address: a page gets each new state, in all its
//! tabs, with one held request. It is three modules with 300 lines together, without a dependency
//! and without a build step; `dacapo.d.ts` has the types. Copy the folder to where your server has
//! its static files, or serve it as the examples do, with `include_str!`.
//!
//! ```js
//! import { follow } from "/client/dacapo.js"
//!
//! const feed = follow("/news", {
//!   topics: ["lobby"],
//!   reduce: (lines = [], news) => [...lines, ...news], // the next state
//!   onchange: lines => show(lines),
//!   onstatus: status => showConnection(status),
//! })
//! ```
//!
//! # What the server answers
//!
//! The client asks `GET /news?topics=lobby&lastEventId=…`. The position is missing at first,
//! and then it is the last one that the server has sent. The server answers with one of these:
//!
//! | `Content-Type` | what | from |
//! |---|---|---|
//! | `text/event-stream` | events, with JSON as `data` and the position after it as `id` | [`Hub::stream`] |
//! | `application/json` | an array of a value and the position after it | [`Hub::run`] |
//! | none, with a 204 | there is nothing new yet, if your handler prefers that to an empty value | |
//!
//! One function serves both, so the client can change between them:
//!
#![cfg_attr(all(feature = "axum", feature = "serde"), doc = "```")]
#![cfg_attr(not(all(feature = "axum", feature = "serde")), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::{Json, extract::State, response::{IntoResponse, Response}};
//! use axum::http::{HeaderMap, header::{ACCEPT, CACHE_CONTROL}};
//! use dacapo::mailbox::{Mailbox, Position, Read};
//! use dacapo::stream::LastEventId;
//! use dacapo::{Continuation, Error, Hub, Outcome};
//! use futures::TryStreamExt;
//!
//! const HOLD: Duration = Duration::from_secs(25);
//!
//! #[derive(Clone)]
//! struct Chat {
//!     hub: Hub<String>,
//!     lines: Mailbox<String, String>,
//! }
//!
//! impl Chat {
//!     /// The lines of the lobby after a position, and the position after them.
//!     fn news(&self, c: &Continuation<String>, seen: &Position) -> Outcome<(Vec<String>, Position)> {
//!         // After a gap it goes on with what is kept. The page on queues shows how to tell the client.
//!         let (Read::Batch(batch) | Read::Gap(batch)) = self.lines.read(["lobby"], seen, 100);
//!         let is_first = *seen == Position::default(); // it learns at once that there is nothing
//!         if batch.items.is_empty() && !is_first && !c.is_expired() {
//!             return Err(c.suspend("lobby", HOLD));
//!         }
//!         Ok((batch.items.iter().map(|line| line.to_string()).collect(), batch.next))
//!     }
//! }
//!
//! async fn news(
//!     State(chat): State<Chat>,
//!     LastEventId(seen): LastEventId<Position>,
//!     headers: HeaderMap,
//! ) -> Result<Response, Error> {
//!     let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
//!     if accepts.is_some_and(|accept| accept.contains("text/event-stream")) {
//!         let hub = chat.hub.clone();
//!         let stream = hub.stream(seen, async move |c, seen| chat.news(&c, &seen));
//!         let json = |lines| serde_json::to_string(&lines).unwrap();
//!         return Ok(dacapo::axum::sse(stream.map_ok(move |event| event.map(json))));
//!     }
//!     let answer = chat.hub.run(async |c| chat.news(&c, &seen)).await?;
//!     let no_store = [(CACHE_CONTROL, "no-store")];
//!     Ok(answer.map(|news| (no_store, Json(news))).into_response())
//! }
//! # let hub = Hub::new();
//! # let chat = Chat { lines: Mailbox::builder(&hub).weigh(String::len).build(), hub };
//! # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(news)).with_state(chat);
//! ```
//!
//! A server with long polls alone needs no streams: the client notices. `examples/lounge` has both,
//! and `examples/calendar` only polls.
//!
//! # What the client does
//!
//! | when | it |
//! |---|---|
//! | there is no first byte of a stream for 3 seconds | polls: a proxy holds the stream back, or there is no stream |
//! | nothing arrives for 45 seconds | ends the request, and asks again |
//! | the network or the server is gone, or a 5xx | asks again after 1, 2, 4 … 30 seconds, less up to a half at random |
//! | 408, 425, 429 or 503 with `Retry-After` | asks again not before that time |
//! | another 4xx | stops, and gives the status and the text to `onstatus`; `retry()` asks again |
//! | the server answers at once with nothing new | waits as after a failure |
//! | the browser is online again, or its tab visible | asks at once, if no `Retry-After` forbids it |
//!
//! So hold a request for 30 seconds at most, and set a suspension of a stream to as much: it is the
//! time between two heartbeats. A status is one of `connecting`, `live`, `waiting` and `refused`.
//! A poll counts as live when it has been held for 3 seconds: a network that swallows everything is
//! noticed only after 45 seconds.
//!
//! # Tabs
//!
//! A browser has six connections to a host with HTTP/1, for all its tabs. So the tabs that follow one
//! address share a request. They elect a leader with a Web Lock, which tells the others what comes in
//! a `BroadcastChannel`. If the leader is closed, the next tab goes on from the same position. A tab
//! that is opened later gets the state from the leader, so keep the state to what
//! `structuredClone` can copy.
//!
//! * The address is what tabs have in common. Put into it what makes answers different, such as the
//!   room's language, and nothing else.
//! * For answers that are different in each tab, as with [`Cursor::except`](crate::Cursor::except),
//!   set `share: false`. With HTTP/1, a browser can have five such tabs.
//! * A browser has locks on pages with `https`, and on `localhost`. Elsewhere, each tab has a request.
//!
//! The request is for the topics of all tabs. A position is good for a fixed set of topics, so if a
//! topic joins, the client asks without a position, and `reduce` gets `undefined` as its state.
//!
//! # Sending
//!
//! The client only reads. What a page sends may arrive although its answer is lost. Give it an id
//! and store it with [`Mailbox::push_once`](crate::Mailbox::push_once), and the page can send it
//! again until it has an answer. The page of `examples/lounge` does.
//!
//! # Programs
//!
//! `examples/client` does the same in Rust, for one program and with the libraries of your choice
//! (there, hyper).

#[expect(unused_imports, reason = "for the documentation")]
use crate::Hub;
