//! A hub without axum and actix.
//!
//! The core does not need a server. [`Hub::run`] works wherever a future can be polled:
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
//! A handler from `http::Request<Bytes>` to `http::Response<Bytes>` (crates `http` 1 and `bytes` 1)
//! runs unchanged under both adapters: see [`dacapo::axum::handler`](../../axum/fn.handler.html)
//! and [`dacapo::actix::handler`](../../actix/fn.handler.html).
//!
//! # In another framework
//!
//! A handler of any framework can call [`Hub::run`]. What differs is how it returns the [`Answer`]
//! and the [`Error`]. Both convert to an `http::Response<Bytes>`, which most frameworks take:
//!
//! ```
//! use bytes::Bytes;
//! use dacapo::{Answer, Error};
//! use http::Response;
//!
//! fn response(answer: Result<Answer<String>, Error>) -> Response<Bytes> {
//!     match answer {
//!         Ok(answer) => answer.map(|text| Response::new(text.into())).into(),
//!         Err(error) => error.response(),
//!     }
//! }
//! ```
//!
//! In the folder `frameworks` of the repository, the same closure runs in each of these, with a
//! test:
//!
//! | framework | folder | what the handler does with the answer |
//! |---|---|---|
//! | hyper 1 | `frameworks/hyper` | returns the response |
//! | poem 3 | `frameworks/poem` | copies status, headers and body |
//! | salvo 1 | `frameworks/salvo` | calls `merge_hyper` with the response |
//! | Rocket 0.5 | `frameworks/rocket` | copies them too, in a `Responder` |
//! | tonic 0.14 | `frameworks/tonic` | returns the message; an error is `UNAVAILABLE` |
//!
//! # A server without a framework
//!
//! `examples/own_server` is a server on the core, with tokio and `httparse`. To write an adapter
//! for another framework, see [`driver`](crate::driver): the two adapters use nothing else.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Answer, Error, Hub};
