//! The adapter for [axum](https://docs.rs/axum/0.8), and for every tower service of its kind.
//! Feature `axum`.
//!
//! A plain handler holds its request with [`Hub::run`](crate::Hub::run), and needs nothing of this module but the
//! responses:
//!
//! ```
//! use std::time::Duration;
//! use axum::Router;
//! use axum::extract::{Path, State};
//! use axum::routing::get;
//! use dacapo::{Answer, Hub};
//!
//! # #[derive(Clone)]
//! # struct Chat { hub: Hub<String> }
//! # impl Chat {
//! #     fn unread(&self, _room: &str) -> Option<String> { None }
//! #     fn push(&self, _room: &str, _line: String) {}
//! # }
//! async fn news(State(chat): State<Chat>, Path(room): Path<String>) -> Result<Answer<String>, dacapo::Error> {
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
//! What stands outside such a handler lasts as long as its request does: a timeout around it must be longer than the
//! hold, and a limit for concurrent requests counts the held ones.
//!
//! # Under a layer
//!
//! The [`ResumeLayer`] executes everything inside it again, extractors included. Its handler takes the
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
//! The [table](crate#in-a-handler-or-under-the-layer) compares the two ways.
//!
//! # Where to put the layer
//!
//! Anywhere: around a handler, a method router, a route, a nested router or the whole application.
//! Everything *inside* it, routing and extractors included, is executed again with each pass, from
//! the request as it came to the layer. What is *outside* sees one request and one response. So,
//! from the outside in:
//!
//! 1. tracing, metrics, request ids, CORS, compression, sessions and authentication: of a pass that
//!    suspends, the whole response is discarded, with every header that was set on it;
//! 2. a timeout for the whole request, if there is one, longer than the longest hold;
//! 3. the `ResumeLayer`;
//! 4. limits for concurrent requests, timeouts for one pass, database transactions: a request that
//!    is suspended holds none of them.
//!
//! What stands outside looks once, when the request arrives. A session or a user that it has found is as old as the
//! request: after a hold of 30 seconds the user may have logged out, and a session layer that stores at the end brings the
//! old state back. Let the handler, or an extractor of its own, ask again for what must be fresh in each pass:
//! permissions, above all.
//!
//! Middleware inside sees a 425 for each pass that suspends, because every handler answers with some response, and this
//! one is never sent. It is neither a success nor a failure of the server, and it can be told apart by the
//! [`Suspended`](crate::Suspended) in the response's extensions.
//!
//! Middleware inside may execute the handler more than once in a pass, to try again for example, or another one as a
//! fallback. If two executions suspend, the request waits for the keys of both. If the last one answers, that is the
//! answer. (An execution counts if its handler takes the [`Continuation`](crate::Continuation). The response of one
//! that does not could as well be a nicer page for the first, and the request waits.) But a handler that joins several
//! parts of its own, of which one waits and one has an answer, must decide itself: with
//! [`Hub::run`](crate::Hub::run) each part can wait on its own.
//!
//! Around a handler is the best place in most cases: a layer around a whole application reads every
//! body of it before anything else runs, and refuses the large ones. A layer inside another of the
//! same hub passes its requests through, and its own limits do not apply. So middleware that suspends, as a throttle does, needs a hub
//! and a layer of its own, or the handler inside takes the end of the delay for that of its own wait.
//! Middleware outside that moves the request to a task of its own (`tokio::spawn(next.run(request))`)
//! hides from it that the client has gone.
//!
//! # Answers from other processes
//!
//! A [`Push`](crate::push::Push) is a tower service: `Router::nest_service("/push", push)` mounts it. Nest it outside of a
//! [`ResumeLayer`].
//!
//! # Errors of one's own
//!
//! A token that is part of an error must itself become the response. (With [`Hub::run`](crate::Hub::run), that error
//! implements [`Interrupt`](crate::Interrupt) as well.)
//!
//! ```
//! use axum::http::StatusCode;
//! use axum::response::{IntoResponse, Response};
//! use dacapo::Suspended;
//!
//! #[derive(Debug, thiserror::Error)]
//! enum AppError {
//!     #[error(transparent)]
//!     Suspended(#[from] Suspended), // so that `?` takes a token
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
//! The body is read before the first pass, and every pass gets the same bytes. Larger than 2 MiB it
//! is refused with a 413, slower than 30 seconds with a 408, if not
//! [configured](ResumeLayer::max_body_size) otherwise. Trailers are not kept.
//!
//! # Refusals of one's own
//!
//! What the layer refuses, it answers with a sentence as plain text, and with the reason in the
//! response's extensions: an [`Error`](crate::Error) or a [`BodyError`](crate::driver::BodyError). So an
//! API that speaks JSON can say it in JSON: see the [recipe](crate::recipes#refusals-as-json).
//!
//! # When the client goes away
//!
//! hyper drops the request then, and with it the wait. It notices at once with HTTP/2, and with
//! HTTP/1 as long as the client has sent nothing behind its request. A client that pipelines, or a
//! server with `half_close(true)`, hides it; such a request lasts until its timeout, and no longer
//! than the longest hold of the [layer](ResumeLayer::max_hold) or the [hub](crate::HubBuilder::max_hold), 2 minutes by
//! default.
//!
//! With HTTP/2 a client may have 200 requests open on a connection by hyper's default; one more
//! waits, unseen, until another has been answered. With HTTP/1 a browser opens six connections to a
//! host: let a page wait for all its topics in one request
//! ([`suspend_any`](crate::Continuation::suspend_any)).
//!
//! # Graceful shutdown
//!
//! The server waits for the requests that it serves, so the hub has to let them go first: at once, or
//! with [`shutdown_within`](crate::Hub::shutdown_within) one after the other. And it
//! waits for every connection on which a request has begun, even for one whose client has sent half
//! a head and then nothing; so it needs a time limit, as it would without this crate:
//!
//! ```no_run
//! # use std::time::Duration;
//! # async fn example(app: axum::Router, hub: dacapo::Hub<String>) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! let (told, tell) = tokio::sync::oneshot::channel::<()>();
//! let server = axum::serve(listener, app).with_graceful_shutdown(async move {
//!     shutdown_signal().await;
//!     hub.shutdown(); // answers every request that is held
//!     drop(told);
//! });
//! tokio::select! {
//!     served = server => served,
//!     () = async { tell.await.ok(); tokio::time::sleep(Duration::from_secs(5)).await } => Ok(()),
//! }
//! # }
//!
//! /// Waits for Ctrl-C, or for SIGTERM, which is how Docker, systemd and Kubernetes end a process.
//! async fn shutdown_signal() {
//!     use tokio::signal;
//!     let interrupted = async { signal::ctrl_c().await.expect("Ctrl-C can be heard") };
//!     #[cfg(unix)]
//!     let terminated = async {
//!         let terminate = signal::unix::SignalKind::terminate();
//!         signal::unix::signal(terminate).expect("SIGTERM can be heard").recv().await;
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

pub use answer::answer;
pub use extract::MissingLayer;
pub use future::ResponseFuture;
pub use handler::handler;
pub use layer::{Resume, ResumeLayer};
