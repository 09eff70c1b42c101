//! Suspend & Resume of HTTP requests: hold a request until there is an answer, without keeping its
//! handler alive.
//!
//! Some requests have to wait: for the next line of a chat, the result of a job, an approval. A
//! handler without an answer returns a [`Suspended`] token, and its future is dropped. A [`Hub`]
//! holds the request. When a key is notified, or the timeout expires, the handler is executed again
//! from the beginning (*da capo*). Jetty calls this *continuations*.
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::{Router, extract::{Path, State}, routing::get};
//! use dacapo::{Answer, Error, Hub};
//! # #[derive(Clone)] struct Chat { hub: Hub<String> }
//! # impl Chat { fn unread(&self, _room: &str) -> Option<String> { None }
//! #     fn push(&self, _room: &str, _line: String) {} }
//!
//! async fn news(
//!     State(chat): State<Chat>,
//!     Path(room): Path<String>,
//! ) -> Result<Answer<String>, Error> {
//!     chat.hub.run(async |c| match chat.unread(&room) {
//!         Some(lines) => Ok(lines),
//!         None if c.is_expired() => Ok("nothing new".into()),
//!         None => Err(c.suspend(&room, Duration::from_secs(30))),
//!     }).await
//! }
//!
//! async fn say(State(chat): State<Chat>, Path(room): Path<String>, line: String) {
//!     chat.push(&room, line); // first the change,
//!     chat.hub.notify(&room); // then the notify
//! }
//!
//! # fn app(chat: Chat) -> Router {
//! Router::new().route("/rooms/{room}", get(news).post(say)).with_state(chat)
//! # }
//! ```
//!
//! There is no race between `unread` and `suspend`: if a line arrives in between, the closure is
//! executed again at once. You do not register anything before you check.
//!
//! # The life of a request
//!
//! ```text
//!                      ╭───────────────────── suspend ─────────────────────╮
//!                      │                                                   ▼
//!  arrives ──▶ pass: Initial                                           suspended
//!              pass: Resumed ◀── notify, notify_one, resume ───────────────┤
//!              pass: Expired ◀── timeout ──────────────────────────────────┤
//!                      │                                                   │
//!                      ▼                                                   ▼
//!                   answered ◀── complete, respond       client disconnects, or shutdown
//! ```
//!
//! A *pass* is one execution of the handler. A request can have several passes, so all effects
//! before the last suspension must be idempotent, or run [once](Continuation::once). [`Hub::run`]
//! executes its closure again. [A layer](_guide::handler_or_layer) executes the whole handler
//! again, with its extractors. A [`Handle`] resumes or completes one request from outside.
//!
//! # Promises
//!
//! | | promise |
//! |---|---|
//! | 1 | [No notify is lost](_guide::why_no_notify_is_lost) between check and wait |
//! | 2 | [A wait ends exactly once][2] |
//! | 3 | [A wait never expires early][3], and at most 1 ms late, or 10 ms if it is long |
//! | 4 | [Dropping a request removes it from the hub][4] at once |
//! | 5 | [No lock is held while foreign code runs][5] |
//! | 6 | [Nothing of a pass stays alive during a wait][6] |
//! | 7 | [A wake-up before the wait is remembered][7] |
//! | 8 | [A needless wake-up never prolongs a request][8] |
//! | 9 | [A suspended pass leaves no trace in the answer][9] |
//! | 10 | [The hub can always be emptied][10] |
//! | 11 | [Nothing is lost between two polls](_guide::between_two_polls) with a [`Cursor`] |
//! | 12 | [A loss between nodes becomes a gap][12], which wakes every request |
//! | 13 | No `unsafe`: `#![forbid(unsafe_code)]` |
//!
//! [`Hub::stream`] goes on after an answer, as a [`stream`] for event streams. A [`Relay`] notifies
//! the requests of all nodes. The [guide](_guide) explains testing, operation, limits and faults. It
//! has recipes for sessions, timeouts, proxies and errors. To return your own errors from the
//! closure, see [`Interrupt`].
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | [`axum`]: responses, and a tower layer |
//! | `actix` | [`actix`]: responses, and a middleware |
//! | `tokio` | [`HubBuilder::build_on_tokio`]: a hub on tokio's time |
//! | `tracing`, `metrics` | [spans, events and metrics](_guide::operating#traces-and-metrics) |
//! | `serde` | [`Stats`] can be serialized; [`Cursor`] and [`ContinuationId`] are text |
//!
//! None is on by default.
//!
//! [2]: _guide::promises#2-a-wait-ends-exactly-once
//! [3]: _guide::promises#3-a-wait-never-expires-early
//! [4]: _guide::promises#4-dropping-a-request-removes-it-from-the-hub
//! [5]: _guide::promises#5-no-lock-is-held-while-foreign-code-runs
//! [6]: _guide::promises#6-nothing-of-a-pass-stays-alive-during-a-wait
//! [7]: _guide::promises#7-a-wake-up-before-the-wait-is-remembered
//! [8]: _guide::promises#8-a-needless-wake-up-never-prolongs-a-request
//! [9]: _guide::promises#9-a-suspended-pass-leaves-no-trace-in-the-answer
//! [10]: _guide::promises#10-the-hub-can-always-be-emptied
//! [12]: _guide::promises#12-a-loss-between-nodes-becomes-a-gap
#![cfg_attr(
    not(feature = "axum"),
    doc = "[`axum`]: https://docs.rs/dacapo/latest/dacapo/axum/"
)]
#![cfg_attr(
    not(feature = "actix"),
    doc = "[`actix`]: https://docs.rs/dacapo/latest/dacapo/actix/"
)]
#![cfg_attr(
    not(feature = "tokio"),
    doc = "[`HubBuilder::build_on_tokio`]: https://docs.rs/dacapo/latest/dacapo/struct.HubBuilder.html#method.build_on_tokio"
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(doc)]
#[path = "guide/mod.rs"]
pub mod _guide;
#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "axum")]
pub mod axum;
pub mod driver;
pub mod mailbox;
pub mod manners;
pub mod push;
pub mod relay;
pub mod stream;

mod answer;
mod callbacks;
mod completion;
mod continuation;
mod cursor;
mod dispatch;
mod end;
mod engine;
mod error;
mod execution;
mod generations;
mod handle;
mod hash;
mod hub;
mod id;
mod interrupt;
#[cfg(feature = "serde")]
mod lenient;
mod on_expiry;
mod panics;
mod payload;
mod percent;
mod request;
mod share;
mod suspended;
mod sync;
mod telemetry;
#[cfg(all(test, not(loom)))]
mod tests;
mod time;
mod waiters;

pub use answer::Answer;
pub use completion::CompleteError;
pub use continuation::Continuation;
pub use cursor::Cursor;
pub use dispatch::Dispatch;
pub use end::End;
pub use error::Error;
pub use handle::Handle;
pub use hub::{Hub, HubBuilder};
pub use id::{ContinuationId, ParseContinuationIdError};
pub use interrupt::Interrupt;
pub use mailbox::Mailbox;
pub use relay::Relay;
pub use request::OnClientLimit;
pub use share::Share;
pub use suspended::{Outcome, Suspended};
pub use telemetry::Stats;
pub use time::MockClock;
pub use waiters::{Drained, Sleep};

/// The parts of [`Stats`].
pub mod stats {
    pub use crate::telemetry::{Ended, Gaps, Passes, Pushes, Refused, Relayed, Waits};
}

/// The README's code compiles.
#[cfg(all(doctest, feature = "axum", feature = "actix"))]
#[doc = include_str!("../README.md")]
struct Readme;
