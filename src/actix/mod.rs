//! The adapter for [actix-web](https://docs.rs/actix-web/4). Feature `actix`.
//!
//! ```
//! use std::time::Duration;
//! use actix_web::web::{self, Data, Path, ServiceConfig};
//! use dacapo::actix::Resume;
//! use dacapo::{Continuation, Hub, Outcome};
//!
//! # struct Chat { hub: Hub<String> }
//! # impl Chat {
//! #     fn unread(&self, _room: &str) -> Option<String> { None }
//! #     fn push(&self, _room: &str, _line: String) {}
//! # }
//! async fn news(c: Continuation<String>, chat: Data<Chat>, room: Path<String>) -> Outcome<String> {
//!     match chat.unread(&room) {
//!         Some(lines) => Ok(lines),
//!         None if c.is_expired() => Ok(String::new()),
//!         None => Err(c.suspend(room.as_str(), Duration::from_secs(30))),
//!     }
//! }
//!
//! async fn say(chat: Data<Chat>, room: Path<String>, line: String) -> &'static str {
//!     chat.push(&room, line); // first the change,
//!     chat.hub.notify(room.as_str()); // then the notify
//!     "said"
//! }
//!
//! fn routes(chat: Data<Chat>) -> impl FnOnce(&mut ServiceConfig) {
//!     let news = web::get().to(news).wrap(Resume::new(chat.hub.clone()));
//!     move |app| {
//!         let room = web::resource("/rooms/{room}").route(news).route(web::post().to(say));
//!         app.app_data(chat).service(room);
//!     }
//! }
//! ```
//!
//! Make the hub outside `HttpServer::new` and clone it into each worker: then all workers share it.
//!
//! # Where to put it
//!
//! Around a route, a resource or a scope; around an `App` it works too. Everything *inside* it,
//! routing and extractors included, is executed again with each pass. What is *outside* sees one
//! request and one response: that is the place for logging, compression, CORS, sessions and
//! authentication, since of a pass that suspends the whole response is discarded.
//!
//! actix routes by changing the request, and `Resume` changes back what it can: the path's match
//! and the head. Three things it cannot change back, so the narrower the better:
//!
//! * Around an `App` or a `Scope`, `match_pattern()` and `match_name()` may name, from the second
//!   pass on, another resource with an overlapping path, if only guards tell the two apart.
//! * Around an `App` or a `Scope`, a handler must not keep a clone of its `HttpRequest` when it
//!   suspends, in a spawned task for example: actix panics when it is to route a shared request.
//! * A middleware inside that fails with a [`Suspended`](crate::Suspended) as its *error*, instead
//!   of answering with it as a response, has taken the request with it: its client gets a 500 that
//!   says so. Handlers are not concerned, whichever way they return it.
//!
//! Request extensions live as long as the request and so through all passes, other than in axum.
//!
//! # The body
//!
//! The body is read before the first pass, and every pass gets the same bytes. Larger than 2 MiB it
//! is refused with a 413, slower than 30 seconds with a 408, if not
//! [configured](Resume::body_limit) otherwise.
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
//! With HTTP/2 actix never notices. Such a request lasts until its timeout, or the [longest
//! hold](Resume::longest_hold) of 2 minutes.
//!
//! # Graceful shutdown
//!
//! The server waits for the requests that it serves, for 30 seconds, and then drops them. So the
//! hub has to let them go first: call [`Hub::shutdown`](crate::Hub::shutdown) and then
//! `ServerHandle::stop(true)`.

mod body;
mod convert;
mod extract;
mod handler;
mod passes;
mod resume;

pub use extract::MissingMiddleware;
pub use handler::handler;
pub use resume::{Resume, ResumeService};
