//! What a long poll owes to HTTP: how long a client wants to wait, what it has already, and what
//! caches may keep.
//!
//! Each part stands alone, and works on the headers of the crate `http`, on any framework. None of
//! them takes what a client sends for an error.
//!
//! | header | here |
//! |---|---|
//! | `Prefer: wait=20`, `Preference-Applied` | [`PreferredWait`] |
//! | `ETag`, `If-None-Match`, `If-Match`, 304 | [`ETag`] |
//! | a [`Cursor`](crate::Cursor) in `If-None-Match` | [`ETag::of_cursor`], [`cursor`] |
//! | a number in `If-None-Match` | [`version`] |
//! | `Cache-Control`, `Vary` | [`Caching`] |
//! | the same cursor again and again | [`Repeats`] |
//!
//! # Everyone but the changer, without any state
//!
//! Five people edit a schedule, and each wants to be told of the changes of the others. HTTP has
//! that: a `PUT` names in `If-Match` the version that it was made from, and its answer contains the
//! `ETag` of the new one. The client polls with the new tag and is held, since it has this version
//! already. The others hold an older one, and are told. A change by another client in between is no
//! lost update but a 412.
//!
//! ```
//! use std::sync::Mutex;
//! use std::time::Duration;
//! use dacapo::manners::ETag;
//! use dacapo::{Answer, Hub, Outcome};
//! use http::{Request, Response, StatusCode};
//!
//! struct App { hub: Hub<String>, schedule: Mutex<(u64, String)> }
//!
//! /// `GET /schedule`
//! async fn read(
//!     app: &App,
//!     request: Request<()>,
//! ) -> Result<Answer<Response<String>>, dacapo::Error> {
//!     app.hub.run(async |c| -> Outcome<_> {
//!         let (version, text) = app.schedule.lock().unwrap().clone();
//!         let tag = ETag::new(version.to_string());
//!         if !tag.is_known(request.headers()) {
//!             let mut response = Response::new(text);
//!             tag.write(response.headers_mut());
//!             return Ok(response);
//!         }
//!         match c.is_expired() {
//!             true => Ok(tag.not_modified()), // a 304
//!             false => Err(c.suspend("schedule", Duration::from_secs(30))),
//!         }
//!     }).await
//! }
//!
//! /// `PUT /schedule`
//! fn write(app: &App, request: Request<String>) -> Response<String> {
//!     let mut schedule = app.schedule.lock().unwrap();
//!     let is_expected = ETag::new(schedule.0.to_string()).is_expected(request.headers());
//!     let mut response = Response::new(String::new());
//!     if !is_expected {
//!         *response.status_mut() = StatusCode::PRECONDITION_FAILED;
//!         return response;
//!     }
//!     *schedule = (schedule.0 + 1, request.into_body());
//!     ETag::new(schedule.0.to_string()).write(response.headers_mut());
//!     drop(schedule);
//!     app.hub.notify("schedule");
//!     response
//! }
//! ```
//!
//! The version comes from the data, so this works on several nodes and after a restart. A client
//! ends its own poll before it writes, and polls again with the new tag. Where a client cannot wait
//! for the answer of its `PUT`, or where many keys are watched at once, take
//! [`Cursor::except`](crate::Cursor::except).

mod caching;
mod etag;
mod headers;
mod prefer;
mod repeats;
mod tags;

pub use caching::Caching;
pub use etag::{ETag, ParseETagError, cursor, version};
pub use prefer::PreferredWait;
pub use repeats::Repeats;
