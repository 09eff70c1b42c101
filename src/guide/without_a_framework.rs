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
//! `examples/own_server` is a server on the core, with tokio and `httparse`. To write an adapter
//! for another framework, see [`driver`](crate::driver): the two adapters use nothing else.

#[expect(unused_imports, reason = "for the documentation")]
use crate::Hub;
