//! The adapter for [actix-web](https://docs.rs/actix-web/4). Feature `actix`.
//!
//! A plain handler holds its request with [`Hub::run`](crate::Hub::run), and needs nothing of this module but the
//! responses:
//!
//! ```
//! use std::time::Duration;
//! use actix_web::web::{self, Data, Path, ServiceConfig};
//! use dacapo::{Answer, Hub};
//!
//! # struct Chat { hub: Hub<String> }
//! # impl Chat {
//! #     fn unread(&self, _room: &str) -> Option<String> { None }
//! #     fn push(&self, _room: &str, _line: String) {}
//! # }
//! async fn news(chat: Data<Chat>, room: Path<String>) -> Result<Answer<String>, dacapo::Error> {
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
//!         let room = web::resource("/rooms/{room}").route(web::get().to(news)).route(web::post().to(say));
//!         app.app_data(chat).service(room);
//!     }
//! }
//! ```
//!
//! Make the hub outside `HttpServer::new` and clone it into each worker: then all workers share it.
//! (If [`notify`](crate::Hub::notify) returns 0 although somebody waits, each worker may have one of
//! its own.)
//!
//! # Under a middleware
//!
//! [`Resume`] executes everything inside it again, extractors included. Its handler takes the
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
//! The [table](crate#in-a-handler-or-under-the-layer) compares the two ways.
//!
//! # Where to put the middleware
//!
//! Around a route, a resource or a scope; around an `App` it works too. Everything *inside* it,
//! routing and extractors included, is executed again with each pass. What is *outside* sees one
//! request and one response: that is the place for logging, compression, CORS, sessions and
//! authentication, since of a pass that suspends the whole response is discarded.
//!
//! What stands outside looks once, when the request arrives. A session or a user that it has found is as old as the
//! request: after a hold of 30 seconds the user may have logged out, and a session layer that stores at the end brings the
//! old state back. Let the handler, or an extractor of its own, ask again for what must be fresh in each pass:
//! permissions, above all.
//!
//! # What a pass leaves behind
//!
//! There is one request in actix, and routing and middleware change it. `Resume` puts back the path's match and the
//! head before each pass. actix gives it no way to put back the rest:
//!
//! | what an earlier pass has left | what follows | what to do |
//! |---|---|---|
//! | values in the request's extensions | they are there in later passes, unless these replace or remove them: a user that is no longer logged in, for example | insert *or remove* in each pass, or ask in the handler |
//! | a session that a pass has changed before it suspended, wherever its middleware stands | the answer stores the change | change the session in the last pass only |
//! | the application data of a scope, if a guard routes a later pass elsewhere | that pass may find the data of the first scope | put `Resume` around the resource |
//! | the names of the resources that it was routed to | `match_pattern()` and `match_name()` may name another resource with an overlapping path | put `Resume` around the resource |
//! | the methods of the routes that actix has asked, for a 405 | each pass adds some bytes (24 for each route that it asks), up to the most passes | put `Resume` around the route |
//! | a clone of the `HttpRequest`, in a spawned task for example | actix panics when it routes a shared request again, or when the head must be put back | keep no clone in a handler that suspends |
//! | a [`Suspended`](crate::Suspended) that a middleware inside returns as its *error*, instead of as a response | the request is gone with it, and its client gets a 500 that says so | return the response; handlers are not concerned |
//!
//! None of this concerns a handler that calls [`Hub::run`](crate::Hub::run): it is routed once.
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
//! # Errors of one's own
//!
//! A token that is part of an error must itself become the response. (With [`Hub::run`](crate::Hub::run), that error
//! implements [`Interrupt`](crate::Interrupt) as well.)
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
//! The body is read before the first pass, and every pass gets the same bytes. Larger than 2 MiB it
//! is refused with a 413, slower than 30 seconds with a 408, if not
//! [configured](Resume::max_body_size) otherwise. A middleware around a whole application reads every
//! body of it before anything else runs. One inside another of the same hub passes its requests
//! through, and its own limits do not apply.
//!
//! What is refused is answered with a sentence as plain text, and with the reason in the response's
//! extensions, an [`Error`](crate::Error) or a [`BodyError`](crate::driver::BodyError): middleware
//! outside can make another response of it.
//!
//! Trailers are not kept. Versions of actix-http that do not know them refuse a body that has any.
//!
//! A body that breaks off is refused with a 400. If middleware outside has put another body in place of the client's,
//! that is the one that counts, whatever `Content-Length` says.
//!
//! What follows an upgrade to a WebSocket, or a `CONNECT`, is no body. It is not read, and has no limits: it belongs to
//! the first pass whose handler reads it.
//!
//! # When the client goes away
//!
//! By default actix takes a client that closes its connection for one that may still read, and goes
//! on. For long polls that is seldom wanted:
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! # use actix_web::{App, HttpServer};
//! HttpServer::new(|| App::new())
//!     .h1_allow_half_closed(false) // a client that has gone ends its request
//! #   .bind("127.0.0.1:0")?.run().await
//! # }
//! ```
//!
//! With HTTP/2 actix never notices. Such a request lasts until its timeout, and no longer than the longest hold of the
//! [middleware](Resume::max_hold) or the [hub](crate::HubBuilder::max_hold), 2 minutes by default. Until then it also
//! stands in the queue of its key, and a [`notify_one`](crate::Hub::notify_one) may be spent on it.
//!
//! # Graceful shutdown
//!
//! The server waits for the requests that it serves, for 30 seconds, and then drops them. Left to itself it even drops
//! them at once on Ctrl-C. So the hub has to answer them first, at once or with
//! [`shutdown_within`](crate::Hub::shutdown_within) one after the other:
//!
//! ```no_run
//! # use actix_web::{App, HttpServer};
//! # async fn example(hub: dacapo::Hub<String>) -> std::io::Result<()> {
//! HttpServer::new(|| App::new())
//!     .shutdown_signal(async move {
//!         shutdown_signal().await;
//!         hub.shutdown(); // answers every request that is held, and then actix stops
//!     })
//!     .shutdown_timeout(5) // seconds, for those who never hang up
//!     .bind("127.0.0.1:3000")?
//!     .run()
//!     .await
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
mod convert;
mod dispatcher;
mod extract;
mod handler;
mod push;
mod resume;
mod slices;
mod snapshot;
mod tunnel;

pub use answer::answer;
pub use extract::MissingMiddleware;
pub use handler::handler;
pub use push::push;
pub use resume::{Resume, ResumeService};
