//! Answers that are made in another process.
//!
//! A [`Push`] is a mount with a token. Workers, other services and cron jobs answer requests that
//! this server holds, and notify their keys, with one HTTP request each. They need no library.
//!
//! Here a worker computes the result of a job, and clients wait for it:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::extract::{Path, State};
//! use axum::{Router, http::StatusCode, routing::post};
//! use dacapo::push::{Push, Token, TokenError};
//! use dacapo::{Answer, Error, Hub};
//!
//! #[derive(Clone)]
//! struct App {
//!     hub: Hub<u64>,
//!     jobs: Jobs, // your table of jobs, and of their results
//! }
//! # #[derive(Clone)] struct Jobs;
//! # impl Jobs {
//! #     async fn submit(&self, _image: String) -> u64 { 7 }
//! #     async fn result(&self, _job: u64) -> Option<String> { None }
//! # }
//!
//! async fn create(State(app): State<App>, image: String) -> (StatusCode, String) {
//!     (StatusCode::CREATED, app.jobs.submit(image).await.to_string())
//! }
//!
//! async fn result(
//!     State(app): State<App>,
//!     Path(job): Path<u64>,
//! ) -> Result<Answer<(StatusCode, String)>, Error> {
//!     app.hub.run(async |c| match app.jobs.result(job).await {
//!         Some(result) => Ok((StatusCode::OK, result)),
//!         None if c.is_expired() => Ok((StatusCode::ACCEPTED, String::new())),
//!         None => Err(c.suspend(&job, Duration::from_secs(50))),
//!     })
//!     .await
//! }
//!
//! fn app(app: App, secret: &str) -> Result<Router, TokenError> {
//!     let push = Push::new(&app.hub, Token::new(secret)?);
//!     Ok(Router::new()
//!         .route("/jobs", post(create))
//!         .route("/jobs/{job}", axum::routing::get(result))
//!         .nest_service("/push", push)
//!         .with_state(app))
//! }
//! # let jobs = App { hub: Hub::new(), jobs: Jobs };
//! # assert!(app(jobs, "a-secret-of-the-test").is_ok());
//! ```
//!
//! The worker stores the result of job 7 and notifies its key:
//!
//! ```sh
//! curl -H "Authorization: Bearer $SECRET" -X POST http://127.0.0.1:3000/push/keys/7/notify
//! ```
//!
//! If there is no table, the worker sends the result as the answer of all requests that are held
//! for the job. A client that polls later gets nothing of it:
//!
//! ```sh
//! curl -H "Authorization: Bearer $SECRET" -d 'the result' http://127.0.0.1:3000/push/keys/7/answer
//! ```
//!
//! On actix, mount it with `dacapo::actix::push("/push", push)`, and the handlers are the same. The
//! module [`push`](crate::push) lists all paths, statuses and limits.

#[expect(unused_imports, reason = "for the documentation")]
use crate::push::Push;
