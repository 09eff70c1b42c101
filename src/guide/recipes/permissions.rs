//! Sessions and permissions that can change during a hold.
//!
//! *When a user can lose a permission while the request is held.* Take the user's name from the
//! request, and check in the closure what the user may do:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! # use std::time::Duration;
//! use axum::extract::{Path, State};
//! use axum::http::StatusCode;
//! use axum::response::{IntoResponse, Response};
//! use dacapo::{Answer, Error, Hub};
//! # #[derive(Clone)] struct App { hub: Hub<String> }
//! # impl App {
//! #     async fn may_read(&self, _user: &str) -> bool { true }
//! #     async fn unread(&self, _user: &str) -> Option<String> { None }
//! #     async fn delete_permission(&self, _user: &str) {}
//! # }
//!
//! async fn inbox(
//!     State(app): State<App>,
//!     Path(user): Path<String>,
//! ) -> Result<Answer<Response>, Error> {
//!     app.hub.run(async |c| {
//!         if !app.may_read(&user).await { // in each pass
//!             return Ok(StatusCode::FORBIDDEN.into_response());
//!         }
//!         match app.unread(&user).await {
//!             Some(message) => Ok(message.into_response()),
//!             None if c.is_expired() => Ok(StatusCode::NO_CONTENT.into_response()),
//!             None => Err(c.suspend(&user, Duration::from_secs(50))),
//!         }
//!     })
//!     .await
//! }
//!
//! async fn revoke(State(app): State<App>, Path(user): Path<String>) {
//!     app.delete_permission(&user).await; // first the change,
//!     app.hub.notify(&user); // then the notify: held requests check again at once
//! }
//! # let inbox = axum::routing::get(inbox).delete(revoke);
//! # let _: axum::Router<App> = axum::Router::new().route("/{user}", inbox);
//! ```
//!
//! The same on actix-web:
//!
#![cfg_attr(feature = "actix", doc = "```")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! # use std::time::Duration;
//! use actix_web::{HttpResponse, web::{Data, Path}};
//! use dacapo::{Answer, Error, Hub};
//! # struct Board { hub: Hub<String> }
//! # impl Board {
//! #     async fn may_read(&self, _user: &str) -> bool { true }
//! #     async fn unread(&self, _user: &str) -> Option<String> { None }
//! # }
//!
//! async fn inbox(
//!     board: Data<Board>,
//!     user: Path<String>,
//! ) -> Result<Answer<HttpResponse>, Error> {
//!     board.hub.run(async |c| {
//!         if !board.may_read(&user).await { // in each pass
//!             return Ok(HttpResponse::Forbidden().finish());
//!         }
//!         match board.unread(&user).await {
//!             Some(message) => Ok(HttpResponse::Ok().body(message)),
//!             None if c.is_expired() => Ok(HttpResponse::NoContent().finish()),
//!             None => Err(c.suspend(user.as_str(), Duration::from_secs(50))),
//!         }
//!     })
//!     .await
//! }
//! # actix_web::web::get().to(inbox);
//! ```
//!
//! All data that middleware or an extractor has read *before* `run` is as old as the request. Under
//! the layer, an extractor of the handler runs again in each pass, but a session outside the layer
//! is just as old. If that session is stored when the request ends, it overwrites what another
//! request has changed in the meantime: a logout is undone. So a request that may be held should
//! read its session and not write it.
