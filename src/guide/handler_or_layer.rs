//! Two ways to hold a request: `hub.run` in a handler, or a layer around it.
//!
//! Call [`Hub::run`] in a plain handler, unless the whole stack must be executed again. Reasons for
//! the layer are an extractor that must read fresh permissions in each pass, or middleware that
//! suspends, such as a throttle. The layer is `ResumeLayer` of
//! [`dacapo::axum`](../../axum/index.html) or `Resume` of
//! [`dacapo::actix`](../../actix/index.html). Under it, the handler takes the [`Continuation`] as
//! an extractor and returns an [`Outcome`].
//!
//! | | [`Hub::run`] in a handler | under the layer |
//! |---|---|---|
//! | each pass executes | the closure | routing, middleware, extractors, handler |
//! | kept during a wait | what the handler and its extractors own | the request |
//! | fresh in each pass | what the closure reads | all that is inside the layer |
//! | the body | read by your extractor | read before the first pass |
//! | limits of the body | those of the framework | those of the layer |
//! | longest hold | [`HubBuilder::max_hold`] | the layer's, or else the hub's |
//! | cost of a pass | the closure | also a copy of the head, and the routing |
//!
//! # Rules for a handler with `hub.run`
//!
//! * Put every check that decides whether to wait into the closure. A check before `run` can miss a
//!   change.
//! * Do not extract a database connection, a transaction or a permit: the handler owns it for as
//!   long as the request is held. Take it in the closure.
//! * Write `async |c|` without `move`, and clone what a pass would consume.
//! * If the closure uses `?` on your own error, name the error: `async |c| -> Result<_, AppError>`.
//!   [`Interrupt`](crate::Interrupt) shows the whole.
//!
//! # What it costs
//!
//! A handler that is executed again does more work than a future that waits in the middle: its
//! first lines run again, and under the layer also routing and extractors. In return, nothing of
//! the pass is kept during the wait, and each pass reads fresh data and fresh permissions.
//!
//! For many messages per second on one connection, use a WebSocket instead. If a key is notified
//! much more often than its waiters have news, split the key or notify less often.
//!
//! A hub belongs to one process. If another process makes the change, bring the news into this
//! process, for example with a message queue or Postgres' `NOTIFY`. A [`Relay`](crate::Relay) notifies
//! the keys here, and finds what was lost on the way.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, Hub, HubBuilder, Outcome};
