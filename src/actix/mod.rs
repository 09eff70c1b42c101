//! The adapter for [actix-web](https://docs.rs/actix-web/4). Feature `actix`.
//!
//! In a plain handler, call [`Hub::run`](crate::Hub::run) and return its [`Answer`](crate::Answer):
//!
//! ```
//! use std::time::Duration;
//! use actix_web::web::{self, Data, Path, ServiceConfig};
//! use dacapo::{Answer, Error, Hub};
//!
//! # struct Chat { hub: Hub<String> }
//! # impl Chat {
//! #     fn unread(&self, _room: &str) -> Option<String> { None }
//! #     fn push(&self, _room: &str, _line: String) {}
//! # }
//! async fn news(chat: Data<Chat>, room: Path<String>) -> Result<Answer<String>, Error> {
//!     chat.hub.run(async |c| match chat.unread(&room) {
//!         Some(lines) => Ok(lines),
//!         None if c.is_expired() => Ok(String::new()),
//!         None => Err(c.suspend(room.as_str(), Duration::from_secs(30))),
//!     }).await
//! }
//!
//! async fn say(chat: Data<Chat>, room: Path<String>, line: String) -> &'static str {
//!     chat.push(&room, line); // first the change,
//!     chat.hub.notify(room.as_str()); // then the notify
//!     "said"
//! }
//!
//! fn routes(chat: Data<Chat>) -> impl FnOnce(&mut ServiceConfig) {
//!     move |app| {
//!         let room = web::resource("/rooms/{room}");
//!         let room = room.route(web::get().to(news)).route(web::post().to(say));
//!         app.app_data(chat).service(room);
//!     }
//! }
//! ```
//!
//! Create the hub outside of `HttpServer::new` and clone it into each worker, so that all workers
//! share it. If [`notify`](crate::Hub::notify) returns 0 although a request waits, each worker may
//! have its own hub.
//!
//! # Under a middleware
//!
//! [`Resume`] executes everything inside it again, including extractors. The handler takes the
//! [`Continuation`](crate::Continuation) as an extractor:
//!
//! ```
//! use std::time::Duration;
//! use actix_web::web::{self, Path, ServiceConfig};
//! use dacapo::actix::Resume;
//! use dacapo::{Continuation, Hub, Outcome};
//!
//! # fn unread(_room: &str) -> Option<String> { None }
//! async fn news(c: Continuation<String>, room: Path<String>) -> Outcome<String> {
//!     match unread(&room) {
//!         Some(lines) => Ok(lines),
//!         None if c.is_expired() => Ok(String::new()),
//!         None => Err(c.suspend(room.as_str(), Duration::from_secs(30))),
//!     }
//! }
//!
//! fn routes(hub: Hub<String>) -> impl FnOnce(&mut ServiceConfig) {
//!     let news = web::get().to(news).wrap(Resume::new(hub));
//!     move |app| _ = app.service(web::resource("/rooms/{room}").route(news))
//! }
//! ```
//!
//! The guide [compares the two ways](crate::_guide::handler_or_layer).
//!
//! # Where to put the middleware
//!
//! Put it around a route, a resource or a scope. It also works around an `App`. Everything *inside*
//! it, including routing and extractors, runs again in each pass. Everything *outside* sees one
//! request and one response: put logging, compression, CORS, sessions and authentication there,
//! since the response of a suspended pass is discarded.
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
//! Middleware inside may execute the handler several times in one pass, for example to retry, or
//! another handler as a fallback. If two executions suspend, the request waits for the keys of
//! both. If the last one answers, that is the answer. Only a handler that takes the
//! [`Continuation`](crate::Continuation) counts: if the fallback does not take it, the request
//! waits. If a handler combines several parts, and one of them waits while another has an answer,
//! the handler must decide. With [`Hub::run`](crate::Hub::run), each part can wait separately.
//!
//! # What a pass leaves behind
//!
//! Actix has one request object, and routing and middleware change it. Before each pass, `Resume`
//! restores the path's match and the head. Actix does not let it restore the rest:
//!
//! * **Values in the request's extensions** are still there in later passes, for example a user
//!   that is no longer logged in. Insert *or remove* them in each pass, or read them in the
//!   handler.
//! * **A session** that a pass changes before it suspends is stored with the answer, wherever its
//!   middleware is. Change the session only in the last pass.
//! * **The application data of a scope.** If a guard routes a later pass to another scope, that
//!   pass may find the data of the first scope. Put `Resume` around the resource.
//! * **The names of matched resources.** `match_pattern()` and `match_name()` may return another
//!   resource with an overlapping path. Put `Resume` around the resource.
//! * **The methods of the routes that actix has checked**, for a 405. Each pass adds 24 bytes per
//!   checked route. Put `Resume` around the route.
//! * **A clone of the `HttpRequest`**, for example in a spawned task. Actix panics when it routes a
//!   shared request again, or when the head must be restored. Keep no clone in a handler that
//!   suspends.
//! * **A [`Suspended`](crate::Suspended) that middleware inside returns as its *error***, instead
//!   of as a response. The request is lost with it, and the client gets a 500 that says so. Return
//!   the response. Handlers are not affected.
//!
//! None of this affects a handler that calls [`Hub::run`](crate::Hub::run): it is routed once.
//!
//! # Your own errors
//!
//! If your error type contains the token, the token must become the response. (For
//! [`Hub::run`](crate::Hub::run), implement [`Interrupt`](crate::Interrupt) too, and add a variant
//! for [`Error`](crate::Error).)
//!
//! ```
//! use actix_web::{HttpResponse, ResponseError};
//! use dacapo::Suspended;
//!
//! #[derive(Debug, thiserror::Error)]
//! enum AppError {
//!     #[error(transparent)]
//!     Suspended(#[from] Suspended),
//!     #[error("no such room")]
//!     NoSuchRoom,
//! }
//!
//! impl ResponseError for AppError {
//!     fn error_response(&self) -> HttpResponse {
//!         match self {
//!             Self::Suspended(token) => token.error_response(),
//!             Self::NoSuchRoom => HttpResponse::NotFound().body(self.to_string()),
//!         }
//!     }
//! }
//! ```
//!
//! # The body
//!
//! The middleware reads the body before the first pass, and every pass gets the same bytes. By
//! default, a body above 2 MiB is refused with a 413, and one that takes longer than 30 seconds
//! with a 408: see [`max_body_size`](Resume::max_body_size) and
//! [`body_timeout`](Resume::body_timeout). An incomplete body is refused with a 400.
//!
//! * A middleware around a whole application reads every body before anything else runs.
//! * Trailers are dropped. Versions of actix-http that do not support trailers refuse a body with
//!   trailers.
//! * A middleware inside another one of the same hub has no effect, and its limits do not apply.
//! * If middleware outside has replaced the client's body, the new body counts, and
//!   `Content-Length` is ignored.
//! * The data after a WebSocket upgrade or a `CONNECT` is not a body. It is not read, and has no
//!   limits. It belongs to the first pass whose handler reads it.
//!
//! # Refusals
//!
//! The middleware refuses a request with a sentence as plain text. The reason is in the response's
//! extensions: an [`Error`](crate::Error) or a [`BodyError`](crate::driver::BodyError). So
//! middleware outside can send [JSON](crate::_guide::recipes::errors#refusals-as-json) instead.
//!
//! # When the client disconnects
//!
//! By default, actix assumes that a client that closes its connection can still read, and
//! continues. For long polls you seldom want this:
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! # use actix_web::{App, HttpServer};
//! HttpServer::new(|| App::new())
//!     .h1_allow_half_closed(false) // a client that disconnects ends its request
//! #   .bind("127.0.0.1:0")?.run().await
//! # }
//! ```
//!
//! With HTTP/2, actix never notices. Such a request lasts until its timeout, or until the longest
//! hold of the [middleware](Resume::max_hold) or the [hub](crate::HubBuilder::max_hold), 2 minutes
//! by default. Until then it is still a waiter, and a [`notify_one`](crate::Hub::notify_one) may
//! choose it.
//!
//! # Graceful shutdown
//!
//! The server waits up to 30 seconds for the requests that it serves, and then drops them. On
//! Ctrl-C, by default, it drops them at once. So the hub must answer them first, at once or with
//! [`shutdown_within`](crate::Hub::shutdown_within):
//!
//! ```no_run
//! # use actix_web::{App, HttpServer};
//! # async fn example(hub: dacapo::Hub<String>) -> std::io::Result<()> {
//! HttpServer::new(|| App::new())
//!     .shutdown_signal(async move {
//!         shutdown_signal().await;
//!         hub.shutdown(); // answers all held requests, and then actix stops
//!     })
//!     .shutdown_timeout(5) // seconds, for clients that do not disconnect
//!     .bind("127.0.0.1:3000")?
//!     .run()
//!     .await
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
mod convert;
mod dispatcher;
mod extract;
mod handler;
mod push;
mod resume;
mod slices;
mod snapshot;
mod sse;
mod tunnel;

pub use answer::answer;
pub use extract::MissingMiddleware;
pub use handler::handler;
pub use push::push;
pub use resume::{Resume, ResumeService};
pub use sse::sse;
