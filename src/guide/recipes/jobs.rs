//! Work that takes longer than a request, and caches that are filled late.
//!
//! # An approval that takes a day
//!
//! *When something takes longer than any request.* Your application stores it. Its id is the key,
//! and the client polls with the id:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! # use std::time::Duration;
//! use axum::{extract::{Path, State}, http::StatusCode};
//! use dacapo::{Answer, Error, Hub};
//! # #[derive(Clone)] struct App { hub: Hub<u64>, approvals: Table }
//! # #[derive(Clone)] struct Table;
//! # impl Table {
//! #     async fn insert(&self, _request: String) -> u64 { 0 }
//! #     async fn decision(&self, _id: u64) -> Option<String> { None }
//! #     async fn decide(&self, _id: u64, _decision: String) {}
//! # }
//!
//! /// Answers with the id, at once.
//! async fn request(State(app): State<App>, request: String) -> (StatusCode, String) {
//!     (StatusCode::CREATED, app.approvals.insert(request).await.to_string())
//! }
//!
//! /// The client calls this again and again for a day. A 202 means "not yet".
//! async fn wait(
//!     State(app): State<App>,
//!     Path(id): Path<u64>,
//! ) -> Result<Answer<(StatusCode, String)>, Error> {
//!     app.hub.run(async |c| match app.approvals.decision(id).await {
//!         Some(decision) => Ok((StatusCode::OK, decision)),
//!         None if c.is_expired() => Ok((StatusCode::ACCEPTED, String::new())),
//!         None => Err(c.suspend(&id, Duration::from_secs(50))),
//!     })
//!     .await
//! }
//!
//! async fn decide(State(app): State<App>, Path(id): Path<u64>, decision: String) {
//!     app.approvals.decide(id, decision).await; // first the change, committed,
//!     app.hub.notify(&id); // then the notify
//! }
//! # let _: axum::Router<App> = axum::Router::new().route("/", axum::routing::post(request))
//! #     .route("/{id}", axum::routing::get(wait).post(decide));
//! ```
//!
//! Do not store a [`Handle`] or its [`ContinuationId`] for that day. It reaches only one request,
//! which ends when the poll expires, or when the server is deployed again. The stored row is there
//! for the next poll, in any process.
//!
//! # A cache that is filled after the commit
//!
//! *When passes read a cache and not the database.* Notify after the cache is filled:
//!
//! ```
//! # use std::{pin::pin, sync::Mutex, time::Duration};
//! # use dacapo::Hub;
//! # use futures::FutureExt;
//! # struct Database;
//! # impl Database { async fn commit(&self, _price: &str) {} }
//! # let database = Database;
//! # futures::executor::block_on(async {
//! let (hub, _clock) = Hub::<String>::with_mock_clock();
//! let cache = Mutex::new(None);
//! let mut request = pin!(hub.run(async |c| {
//!     let cached: Option<&str> = *cache.lock().unwrap();
//!     match cached {
//!         Some(price) => Ok(price),
//!         None if c.is_expired() => Ok("not known yet"),
//!         None => Err(c.suspend("tea", Duration::from_secs(50))),
//!     }
//! }));
//! # assert!(request.as_mut().now_or_never().is_none());
//!
//! database.commit("3.50").await;
//! // A notify here is too early: the pass finds the cache empty, and waits again.
//! *cache.lock().unwrap() = Some("3.50");
//! hub.notify("tea");
//! assert_eq!(request.await, Ok("3.50".into()));
//! # });
//! ```
//!
//! After a notify that is too early, the request is held until the next notify or its timeout. The
//! rule is *first the change, then the notify*, and the change is in the state that the pass reads.
//! If a feed fills the cache, let the feed notify.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{ContinuationId, Handle};
