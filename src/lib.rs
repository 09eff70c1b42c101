//! Suspend & Resume of HTTP requests: a handler that has nothing to say yet is executed again when something has
//! happened.
//!
//! *Da capo*: from the beginning. Some requests have to wait: for the next line of a chat, the result of a job, an
//! approval, the change of a row. A handler that waits by hand keeps its whole future alive. It needs a map of
//! channels, which must be cleaned up, and it has a race between looking and listening. Here the handler does not wait.
//! It returns a [`Suspended`] token and is gone. A [`Hub`] keeps the request. When its key is notified, or its time is
//! up, the handler is executed again, from the beginning. Jetty called this *continuations*.
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::{Json, Router, extract::{Path, State}, routing::get};
//! use dacapo::{Answer, Hub};
//! # #[derive(Clone)] struct Chat { hub: Hub<Room> }
//! # type Room = String; type Line = String;
//! # impl Chat {
//! #     fn unread(&self, _room: &Room) -> Vec<Line> { Vec::new() }
//! #     fn push(&self, _room: &Room, _line: Line) {}
//! # }
//!
//! const LONG_POLL: Duration = Duration::from_secs(30);
//!
//! async fn news(
//!     State(chat): State<Chat>,
//!     Path(room): Path<Room>,
//! ) -> Result<Answer<Json<Vec<Line>>>, dacapo::Error> {
//!     chat.hub.run(async |c| {
//!         let lines = chat.unread(&room);
//!         if lines.is_empty() && !c.is_expired() {
//!             return Err(c.suspend(&room, LONG_POLL));
//!         }
//!         Ok(Json(lines))
//!     }).await
//! }
//!
//! async fn say(State(chat): State<Chat>, Path(room): Path<Room>, Json(line): Json<Line>) {
//!     chat.push(&room, line); // first the change,
//!     chat.hub.notify(&room); // then the notify
//! }
//!
//! fn app(chat: Chat) -> Router {
//!     Router::new().route("/rooms/{room}", get(news).post(say)).with_state(chat)
//! }
//! ```
//!
//! There is no race between `unread` and `suspend`: if a line comes in between, the closure is executed again at once.
//! Nothing has to be registered before you look.
//!
//! The closure may fail with errors of your own: [`Interrupt`] shows how. The [recipes] show what else a held handler
//! meets in an application: sessions, permissions, timeouts, jobs, approvals.
//!
//! # In a handler, or under the layer
//!
//! [`Hub::run`] in a plain handler is the ordinary way. The other way is a layer around the handler: `ResumeLayer` of
//! [`axum`], `Resume` of [`actix`]. Then the handler takes the [`Continuation`] as an extractor and returns an [`Outcome`].
//!
//! | | in a handler: [`Hub::run`] | under the layer |
//! |---|---|---|
//! | executed again in each pass | the closure | everything inside the layer: middleware, routing, extractors, the handler |
//! | kept while the request is held | what the handler and its extractors own. Do not extract a connection, a transaction or a permit | the request: head and body |
//! | fresh in each pass | what the closure reads | what extractors and inner middleware read as well, permissions above all |
//! | what the handler reads before it decides | read it in the closure: a look *before* `run` may miss a change | always inside |
//! | the body | read as your extractor says, within the framework's limits | read before the first pass, within the layer's limits for size and time |
//! | longest hold | [`HubBuilder::max_hold`], 2 minutes by default | the layer's own `max_hold`; without one, the hub's |
//! | cost | close to waiting by hand | more: each pass clones the head and routes again |
//!
//! Use the layer where the whole stack must be executed again: for fresh permissions from an extractor, or for middleware
//! that suspends, such as a throttle.
//!
//! # The life of a request
//!
//! ```text
//!                      ╭───────────────────── suspend ─────────────────────╮
//!                      │                                                   ▼
//!  arrives ──▶ pass: Initial                                           suspended
//!              pass: Resumed ◀── notify, notify_one, resume ───────────────┤
//!              pass: Expired ◀── its time is up ───────────────────────────┤
//!                      │                                                   │
//!                      ▼                                                   ▼
//!                   answered ◀── complete, respond            client gone, or shutdown
//! ```
//!
//! A *pass* is one execution of the handler, and [`Continuation::dispatch`] says why it runs. In a pass the handler does
//! what every handler does. If it returns a response, that is the answer. If it returns a [`Suspended`], whatever else
//! the response carried is thrown away, and so is the handler's future: what waits is the request and one small record.
//!
//! A handler may run several times, so everything before its last suspension must be idempotent, or be done
//! [once](Continuation::once). What has to be remembered from pass to pass goes into the request's
//! [attributes](Continuation::set_attribute).
//!
//! If all requests that wait for a key get the same answer, [`Hub::respond`] gives it without another pass.
//!
//! A [`Handle`] reaches one request from outside, whatever it waits for: it [resumes](Handle::resume) it, with a
//! [value](Handle::resume_value) if there is one to hand over; [completes](Handle::complete) it, without another pass;
//! [moves its deadline](Handle::set_timeout). Its [id](Handle::id) may leave the process. A token can carry an [answer for
//! the end of its time](Suspended::or_respond) and a [priority](Suspended::priority), and
//! [`on_end`](Continuation::on_end) reports how a request ended.
//!
//! Coming from Jetty or Spring's `DeferredResult`? See the [migration table](jetty).
//!
//! # What it promises
//!
//! 1. **No notify is lost.** A pass that checks, finds nothing and then suspends is woken by every notify whose change it
//!    could not have seen, without having to register before it checks. It covers what is read *in the pass*: the closure
//!    of [`Hub::run`], or everything inside the layer.
//! 2. **A wait ends exactly once**: resumed, expired, completed from outside, cancelled (the request was dropped) or
//!    closed (the hub was shut down). A call that loses the race changes nothing, says so, and gives back what it carried.
//! 3. **Never early, and late by at most one tick** of a millisecond, or by the [timer's slack](HubBuilder::timer_slack) for
//!    long waits: 10 ms for a second and more. On top comes what the system takes to run a thread.
//! 4. **Dropping the request forgets it**: waiter, timer and key entry go at once, and nothing keeps a finished request,
//!    its waker or its attributes alive. A [`Handle`] that outlives its request reaches no other one.
//! 5. **No lock is held while foreign code runs**: wakers (wake, clone and drop), listeners, destructors of attributes
//!    and values, the `Hash` of keys. So [`Hub::notify`] may be called from any of them.
//! 6. **While a request is suspended nothing of the pass lives**: its future is dropped. What stays is one record, and one
//!    waiter of less than 128 bytes; around them what a handler owns that calls [`Hub::run`], or the request that a layer
//!    keeps.
//! 7. **A wake before the wait is remembered**: a `resume` or a `complete` while the handler still runs takes effect when
//!    it returns.
//! 8. **A spurious wake never prolongs a request.** The timeout counts from the request's arrival, or from its last
//!    expiry; [`Suspended::timeout_from_now`] asks for the other meaning.
//! 9. **A suspended pass leaves no trace in the answer**: its status, headers and body are discarded. Attributes stay.
//! 10. **The hub can always be emptied**: [`Hub::shutdown`] is sticky, ends every wait, and lets the server's own
//!     graceful shutdown return.
//! 11. **No `unsafe`**: `#![forbid(unsafe_code)]`.
//!
//! Each has tests that are named after it.
//!
//! ## Why no notify is lost
//!
//! The notifies of a hub are numbered. A pass takes note of the latest number before anything of the handler runs. When
//! the handler has returned its token, the wait is registered, and under the same lock the number
//! of the key's latest notify is compared with that of the pass: if it is greater, there was a notify in the meantime, and
//! the handler is executed once more. Either the notify finds the registration, or the registration finds the notify;
//! there is no third way.
//!
//! The numbers are not kept by key, for that would cost memory for each key that was ever notified, but in a table of
//! fixed size. So it can happen that another key's notify makes a handler run once more without need: at 100,000
//! notifies a second, two in ten thousand passes of 5 ms each. In that second pass the registration stands, and so it is
//! the last.
//!
//! What is left to the application: *first the change, then the notify*, where a change in a database is made when it is
//! *committed*; and what the decision rests on must be read in the pass itself, not taken from an attribute of an
//! earlier one.
//!
//! # Without a framework
//!
//! The core knows no server. [`Hub::run`] executes a closure wherever a future can be polled:
//!
//! ```
//! use std::time::Duration;
//! use dacapo::{Continuation, Hub, Outcome};
//!
//! async fn news(c: Continuation<String>, room: &str, lines: &[String]) -> Outcome<String> {
//!     if lines.is_empty() && !c.is_expired() {
//!         return Err(c.suspend(room, Duration::from_millis(20)));
//!     }
//!     Ok(lines.join("\n"))
//! }
//!
//! # futures::executor::block_on(async {
//! let hub = Hub::new();
//! assert_eq!(hub.run(|c| news(c, "lobby", &[])).await.unwrap(), String::new());
//! # });
//! ```
//!
//! A handler from `http::Request<Bytes>` to `http::Response<Bytes>` (of the crates `http` 1 and `bytes` 1) can be mounted
//! in axum and in actix without a change: see [`axum::handler`] and [`actix::handler`].
//!
//! # Testing
//!
//! A test needs no runtime, no thread and no time. [`Hub::with_mock_clock`] gives a hub and a [`MockClock`], and moving the clock
//! ends what is due, at once, on the test's own thread:
//!
//! ```
//! use std::{pin::pin, time::Duration};
//! use dacapo::Hub;
//! use futures::FutureExt;
//!
//! const LONG_POLL: Duration = Duration::from_secs(30);
//!
//! let (hub, clock) = Hub::<String>::with_mock_clock();
//! let mut request = pin!(hub.run(async |c| {
//!     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("lobby", LONG_POLL)) }
//! }));
//! assert!(request.as_mut().now_or_never().is_none());
//! assert_eq!(clock.advance(LONG_POLL), 1);
//! assert_eq!(request.now_or_never().unwrap().unwrap(), "nothing new");
//! ```
//!
//! A handler that calls [`Hub::run`] is tested by calling it, as `hub.run` is here. It works the same with a whole application: `tower::ServiceExt::oneshot` in place of `hub.run`, or actix's
//! `test::init_service`. [`Hub::suspended_count`] tells whether a request is held.
//!
//! Between two passes that follow each other at once, the executor gets its turn: a handler that was notified while it
//! ran is polled twice to its second pass.
//!
//! With feature `tokio`, a hub from [`HubBuilder::build_on_tokio`] goes by tokio's own time, and `#[tokio::test(start_paused =
//! true)]` expires holds in no time. (tokio's paused time does not move any other hub.)
//!
//! # Operating it
//!
//! * **Before the server's own graceful shutdown**, [`Hub::shutdown`], or [`Hub::shutdown_within`] to answer all one
//!   after the other: [`axum`] and [`actix`] show how.
//! * **Limits**: [`HubBuilder`] has those of a hub, of a key and of a client, the adapters those of a request; all that a
//!   server needs are on by default, and each is an [`Error`] and a response.
//! * **Thundering herds**: requests that arrive together expire together and return together.
//!   [`HubBuilder::jitter`] with 0.1 spreads them, and is recommended. It is off by default so that timeouts are exact.
//!   [`HubBuilder::max_wakes_per_tick`] spreads the passes after one notify, and [`Hub::notify_every_key`] wakes all requests
//!   over some time, when news may have been missed.
//! * **Seeing it**: [`Hub::stats`] counts what happens. With feature `tracing` each request has a span at level `DEBUG`,
//!   in which its handler is executed, and events: `TRACE` for passes, suspensions and waits, `DEBUG` for its end and for
//!   clients that have gone, `WARN` for what is the server's own fault. With feature `metrics` these are measured:
//!
//!   | measurement | kind, and labels |
//!   |---|---|
//!   | `dacapo_suspended` | gauge |
//!   | `dacapo_passes_total` | counter; `dispatch`: `initial`, `resumed`, `expired` |
//!   | `dacapo_needless_passes_total` | counter |
//!   | `dacapo_wait_seconds` | histogram; `end`: `resumed`, `expired`, `completed`, `cancelled`, `closed` |
//!   | `dacapo_ended_total` | counter; `end`: `answered`, `completed`, `failed`, `panicked`, `cancelled` |
//!   | `dacapo_refused_total` | counter; `error`: `full`, `shut_down`, and so on |
//!   | `dacapo_notifies_total` | counter; `heard`: `yes`, `no` |
//!   | `dacapo_pushes_total` | counter; `result`: `answered`, `notified`, `refused` |
//!   | `dacapo_timer_lag_seconds` | histogram |
//!   | `dacapo_panics_total` | counter |
//!
//!   `examples/dashboard` shows them to Prometheus, and to a person.
//! * **When something goes wrong**: a [table](faults) of what can, and what happens then.
//! * **What it stands beside**: [recipes](recipes) for the order of layers, sessions, caches, proxies, large bodies and
//!   other things that a held request meets.
//!
//! # What it costs
//!
//! Executing a handler again is more work than waking a future that waits in the middle: routing, extractors and the
//! first lines of the handler run once more. In return nothing of it is kept while it waits, and whatever it reads in
//! its pass is fresh when it wakes: data, and permissions too if it or an extractor of its own asks for them. (What
//! middleware *outside* the layer has looked up, a session or a user, is as old as the request.) And what it waits for
//! can be chosen late. Where a connection carries many messages
//! a second, a WebSocket is the better tool; and a key that is notified much more often than there is news for those who
//! wait for it should be split, or notified less often.
//!
//! A hub lives in one process. To wake a request by what happens in another one, bring the news here, from a message
//! queue or from Postgres' `NOTIFY`, and call [`Hub::notify`] with it. Or let the other process answer and notify over
//! HTTP: see [`push`].
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `axum` | [`axum`]: a tower layer, the extractor, responses |
//! | `actix` | [`actix`]: a middleware, the extractor, responses |
//! | `tokio` | [`HubBuilder::build_on_tokio`]: a hub that goes by tokio's time |
//! | `tracing` | spans and events |
//! | `metrics` | measurements |
//! | `serde` | [`Stats`] can be serialized |
//!
//! None is on by default. An adapter for another framework needs nothing that these two have not: see [`driver`].
//!
#![cfg_attr(
    not(feature = "axum"),
    doc = "[`axum`]: https://docs.rs/dacapo/latest/dacapo/axum/"
)]
#![cfg_attr(
    not(feature = "axum"),
    doc = "[`axum::handler`]: https://docs.rs/dacapo/latest/dacapo/axum/fn.handler.html"
)]
#![cfg_attr(
    not(feature = "actix"),
    doc = "[`actix`]: https://docs.rs/dacapo/latest/dacapo/actix/"
)]
#![cfg_attr(
    not(feature = "tokio"),
    doc = "[`HubBuilder::build_on_tokio`]: https://docs.rs/dacapo/latest/dacapo/struct.HubBuilder.html#method.build_on_tokio"
)]
#![cfg_attr(
    not(feature = "actix"),
    doc = "[`actix::handler`]: https://docs.rs/dacapo/latest/dacapo/actix/fn.handler.html"
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "axum")]
pub mod axum;
pub mod driver;
#[cfg(doc)]
pub mod faults;
#[cfg(doc)]
pub mod jetty;
pub mod push;
#[cfg(doc)]
pub mod recipes;

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
mod handle;
mod hash;
mod hub;
mod id;
mod interrupt;
mod on_expiry;
mod panics;
mod payload;
mod request;
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
pub use request::OnClientLimit;
pub use suspended::{Outcome, Suspended};
pub use telemetry::Stats;
pub use time::MockClock;
pub use waiters::{Drained, Sleep};

/// What the counts in [`Stats`] are made of.
pub mod stats {
    pub use crate::telemetry::{Ended, Passes, Pushes, Refused, Waits};
}

/// The README's code compiles.
#[cfg(all(doctest, feature = "axum", feature = "actix"))]
#[doc = include_str!("../README.md")]
struct Readme;
