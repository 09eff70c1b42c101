//! The adapter for [axum](https://docs.rs/axum/0.8), and for other tower services with axum's body
//! type. Feature `axum`.
//!
//! In a plain handler, call [`Hub::run`](crate::Hub::run) and return its [`Answer`](crate::Answer):
//!
//! ```
//! use std::time::Duration;
//! use axum::Router;
//! use axum::extract::{Path, State};
//! use axum::routing::get;
//! use dacapo::{Answer, Error, Hub};
//!
//! # #[derive(Clone)]
//! # struct Chat { hub: Hub<String> }
//! # impl Chat {
//! #     fn unread(&self, _room: &str) -> Option<String> { None }
//! #     fn push(&self, _room: &str, _line: String) {}
//! # }
//! async fn news(
//!     State(chat): State<Chat>,
//!     Path(room): Path<String>,
//! ) -> Result<Answer<String>, Error> {
//!     chat.hub.run(async |c| match chat.unread(&room) {
//!         Some(lines) => Ok(lines),
//!         None if c.is_expired() => Ok(String::new()),
//!         None => Err(c.suspend(&room, Duration::from_secs(30))),
//!     }).await
//! }
//!
//! async fn say(State(chat): State<Chat>, Path(room): Path<String>, line: String) {
//!     chat.push(&room, line); // first the change,
//!     chat.hub.notify(&room); // then the notify
//! }
//!
//! fn app(chat: Chat) -> Router {
//!     Router::new().route("/rooms/{room}", get(news).post(say)).with_state(chat)
//! }
//! ```
//!
//! A timeout around such a handler must be longer than the hold. A limit for concurrent requests
//! around it counts the held requests.
//!
//! # Under a layer
//!
//! [`ResumeLayer`] executes everything inside it again, including extractors. The handler takes the
//! [`Continuation`](crate::Continuation) as an extractor:
//!
//! ```
//! use std::time::Duration;
//! use axum::{Router, extract::Path, routing::get};
//! use dacapo::axum::ResumeLayer;
//! use dacapo::{Continuation, Hub, Outcome};
//!
//! # fn unread(_room: &str) -> Option<String> { None }
//! async fn news(c: Continuation<String>, Path(room): Path<String>) -> Outcome<String> {
//!     match unread(&room) {
//!         Some(lines) => Ok(lines),
//!         None if c.is_expired() => Ok(String::new()),
//!         None => Err(c.suspend(&room, Duration::from_secs(30))),
//!     }
//! }
//!
//! fn app(hub: Hub<String>) -> Router {
//!     Router::new().route("/rooms/{room}", get(news).layer(ResumeLayer::new(hub)))
//! }
//! ```
//!
//! The guide [compares the two ways](crate::_guide::handler_or_layer).
//!
//! # Where to put the layer
//!
//! You can put it around a handler, a method router, a route, a nested router or the whole
//! application. In most cases, around a handler is best: a layer around a whole application reads
//! every body before anything else runs, and refuses the large ones.
//!
//! Everything *inside* the layer runs again in each pass, from the request as it came to the layer.
//! Everything *outside* sees one request and one response. From the outside in:
//!
//! 1. tracing, metrics, request ids, CORS, compression, sessions and authentication: the response
//!    of a suspended pass is discarded, with every header that inner middleware has set;
//! 2. a timeout for the whole request, longer than the longest hold;
//! 3. the `ResumeLayer`;
//! 4. limits for concurrent requests, timeouts for one pass, database transactions: a suspended
//!    request holds none of them.
//!
//! Middleware outside runs once, when the request arrives. A session or user that it has found is
//! as old as the request: after a hold of 30 seconds, the user may have logged out. Let the handler
//! or one of its extractors read what must be fresh in each pass, permissions above all. See the
//! [recipe](crate::_guide::recipes::permissions).
//!
//! Middleware inside sees a 425 for each suspended pass. This response is never sent: it is neither
//! a success nor a failure of the server. Its extensions contain the
//! [`Suspended`](crate::Suspended) token.
//!
//! # Answers from other processes
//!
//! A [`Push`](crate::push::Push) is a tower service. `Router::nest_service("/push", push)` mounts
//! it. Keep it outside a [`ResumeLayer`], which reads the body before the token is checked.
//!
//! # Rules
//!
//! * Middleware inside may execute the handler several times in one pass, for example to retry, or
//!   another handler as a fallback. If two executions suspend, the request waits for the keys of
//!   both. If the last one answers, that is the answer. Only a handler that takes the
//!   [`Continuation`](crate::Continuation) counts: if the fallback does not take it, the request
//!   waits.
//! * If a handler combines several parts, and one of them waits while another has an answer, the
//!   handler must decide. With [`Hub::run`](crate::Hub::run), each part can wait separately.
//! * A layer inside another layer of the same hub has no effect, and its limits do not apply.
//!   Middleware that suspends, such as a throttle, needs its own hub and layer; otherwise the inner
//!   handler takes the end of the delay for the end of its own wait.
//! * Middleware outside must not move the request to another task
//!   (`tokio::spawn(next.run(request))`): that task does not notice that the client has
//!   disconnected.
//!
//! # Your own errors
//!
//! If your error type contains the token, the token must become the response. (For
//! [`Hub::run`](crate::Hub::run), implement [`Interrupt`](crate::Interrupt) too, and add a variant
//! for [`Error`](crate::Error).)
//!
//! ```
//! use axum::http::StatusCode;
//! use axum::response::{IntoResponse, Response};
//! use dacapo::Suspended;
//!
//! #[derive(Debug, thiserror::Error)]
//! enum AppError {
//!     #[error(transparent)]
//!     Suspended(#[from] Suspended), // so that `?` accepts a token
//!     #[error("no such room")]
//!     NoSuchRoom,
//! }
//!
//! impl IntoResponse for AppError {
//!     fn into_response(self) -> Response {
//!         match self {
//!             Self::Suspended(token) => token.into_response(),
//!             Self::NoSuchRoom => StatusCode::NOT_FOUND.into_response(),
//!         }
//!     }
//! }
//! ```
//!
//! # The body
//!
//! The layer reads the body before the first pass, and every pass gets the same bytes. By default,
//! a body above 2 MiB is refused with a 413, and one that takes longer than 30 seconds with a 408:
//! see [`max_body_size`](ResumeLayer::max_body_size) and
//! [`body_timeout`](ResumeLayer::body_timeout). Trailers are dropped.
//!
//! # Refusals
//!
//! The layer refuses a request with a sentence as plain text. The reason is in the response's
//! extensions: an [`Error`](crate::Error) or a [`BodyError`](crate::driver::BodyError). So
//! middleware outside can send [JSON](crate::_guide::recipes::errors#refusals-as-json) instead.
//!
//! # When the client disconnects
//!
//! Hyper then drops the request, and its wait ends. With HTTP/2, hyper notices at once. With
//! HTTP/1, it notices unless the client has sent more data after its request (pipelining), or the
//! server has `half_close(true)`. Such a request lasts until its timeout, or until the longest hold
//! of the [layer](ResumeLayer::max_hold) or the [hub](crate::HubBuilder::max_hold), 2 minutes by
//! default.
//!
//! With HTTP/2, hyper allows a client 200 open requests per connection by default; one more waits
//! in hyper until another is answered. With HTTP/1, a browser opens six connections per host: let a
//! page wait for all its topics in one request, with
//! [`suspend_any`](crate::Continuation::suspend_any).
//!
//! # Graceful shutdown
//!
//! The server waits for the requests that it serves. So the hub must end them first, at once or
//! with [`shutdown_within`](crate::Hub::shutdown_within). The server also waits for a connection
//! whose client has sent only half a head. So it needs a time limit, with or without this crate:
//!
//! ```no_run
//! # use std::time::Duration;
//! # async fn example(app: axum::Router, hub: dacapo::Hub<String>) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! let (stopping, stop) = tokio::sync::oneshot::channel::<()>();
//! let server = axum::serve(listener, app).with_graceful_shutdown(async move {
//!     shutdown_signal().await;
//!     hub.shutdown(); // answers all held requests
//!     drop(stopping);
//! });
//! let too_late = async {
//!     stop.await.ok();
//!     tokio::time::sleep(Duration::from_secs(5)).await;
//! };
//! tokio::select! {
//!     served = server => served,
//!     () = too_late => Ok(()),
//! }
//! # }
//!
//! /// Waits for Ctrl-C, or for SIGTERM, which Docker, systemd and Kubernetes send.
//! async fn shutdown_signal() {
//!     use tokio::signal;
//!     let interrupted = async { signal::ctrl_c().await.expect("a handler for Ctrl-C") };
//!     #[cfg(unix)]
//!     let terminated = async {
//!         let terminate = signal::unix::SignalKind::terminate();
//!         signal::unix::signal(terminate).expect("a handler for SIGTERM").recv().await;
//!     };
//!     #[cfg(not(unix))]
//!     let terminated = std::future::pending::<()>();
//!     tokio::select! {
//!         () = interrupted => {}
//!         () = terminated => {}
//!     }
//! }
//! ```

mod answer;
mod body;
mod dispatcher;
mod extract;
mod future;
mod handler;
mod layer;
mod push;
mod sse;

pub use answer::answer;
pub use extract::MissingLayer;
pub use future::ResponseFuture;
pub use handler::handler;
pub use layer::{Resume, ResumeLayer};
pub use sse::sse;
