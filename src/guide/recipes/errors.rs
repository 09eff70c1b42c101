//! Errors: `anyhow` in a handler, and refusals as JSON.
//!
//! # `anyhow`
//!
//! *When your functions return `anyhow::Error`.* Give the token its own variant beside it:
//!
//! ```
//! use std::time::Duration;
//! use anyhow::Context;
//! use dacapo::{Answer, Continuation, Error, Hub, Interrupt, Suspended};
//!
//! #[derive(Debug, thiserror::Error)]
//! enum AppError {
//!     #[error(transparent)]
//!     Suspended(#[from] Suspended),
//!     #[error(transparent)]
//!     Refused(#[from] Error),
//!     #[error(transparent)]
//!     Other(#[from] anyhow::Error),
//! }
//!
//! impl Interrupt for AppError {
//!     type Failure = Self;
//!
//!     fn split(self) -> Result<Suspended, Self> {
//!         match self {
//!             Self::Suspended(token) => Ok(token),
//!             failure => Err(failure),
//!         }
//!     }
//! }
//!
//! async fn load(_key: &str) -> anyhow::Result<Option<String>> {
//!     Ok(None)
//! }
//!
//! async fn read(c: Continuation<String>) -> Result<String, AppError> {
//!     match load("tea").await.context("the store is down")? {
//!         Some(note) => Ok(note),
//!         None if c.is_expired() => Ok("nothing yet".into()),
//!         None => Err(c.suspend("tea", Duration::from_millis(5)))?,
//!     }
//! }
//!
//! let hub = Hub::new();
//! let answer = futures::executor::block_on(hub.run(read));
//! assert_eq!(answer.unwrap(), "nothing yet".to_owned());
//! ```
//!
//! A function that suspends must not return `anyhow::Result`: `?` puts the token into the
//! `anyhow::Error`, which is then an ordinary failure. If you cannot change such a function, find
//! the token again in `split`:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! # use axum::response::{IntoResponse, Response};
//! # use dacapo::{Error, Interrupt, Suspended};
//! struct AppError(anyhow::Error);
//!
//! impl Interrupt for AppError {
//!     type Failure = Self;
//!
//!     fn split(self) -> Result<Suspended, Self> {
//!         self.0.downcast().map_err(Self) // through every `context`
//!     }
//! }
//!
//! impl IntoResponse for AppError {
//!     fn into_response(self) -> Response {
//!         match self.0.downcast_ref::<Error>() {
//!             Some(refused) => refused.clone().into_response(), // a limit or a shutdown
//!             None => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
//!         }
//!     }
//! }
//!
//! impl<E: Into<anyhow::Error>> From<E> for AppError {
//!     fn from(error: E) -> Self {
//!         Self(error.into())
//!     }
//! }
//! ```
//!
//! Without the check for an [`Error`], a shutdown would be a 500. Under the layer, check for the
//! [`Suspended`] in the same way.
//!
//! # Refusals as JSON
//!
//! *When your API answers only in JSON.* A refusal has a status, a sentence and headers, including
//! `Retry-After`. Replace the sentence and keep the rest. In a handler, do this where your error
//! becomes a response:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::body::Body;
//! use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
//! use axum::response::{IntoResponse, Response};
//! use dacapo::{Error, Suspended};
//! use serde_json::json;
//!
//! #[derive(Debug, thiserror::Error)]
//! enum AppError {
//!     #[error(transparent)]
//!     Suspended(#[from] Suspended),
//!     #[error(transparent)]
//!     Refused(#[from] Error),
//! }
//! # impl dacapo::Interrupt for AppError {
//! #     type Failure = Self;
//! #     fn split(self) -> Result<Suspended, Self> {
//! #         if let Self::Suspended(token) = self { Ok(token) } else { Err(self) }
//! #     }
//! # }
//!
//! impl IntoResponse for AppError {
//!     fn into_response(self) -> Response {
//!         match self {
//!             Self::Suspended(token) => token.into_response(),
//!             Self::Refused(error) => in_json(error.clone().into_response(), &error),
//!         }
//!     }
//! }
//!
//! fn in_json(mut response: Response, error: &Error) -> Response {
//!     let sentence = String::from_utf8_lossy(error.response().body()).into_owned();
//!     *response.body_mut() = Body::from(json!({ "error": sentence }).to_string());
//!     let json = HeaderValue::from_static("application/json");
//!     response.headers_mut().insert(CONTENT_TYPE, json);
//!     response.headers_mut().remove(CONTENT_LENGTH);
//!     response
//! }
//!
//! /// Under the layer: for `axum::middleware::map_response`, outside of it.
//! async fn refusals_in_json(response: Response) -> Response {
//!     match response.extensions().get::<Error>().cloned() {
//!         Some(error) => in_json(response, &error),
//!         None => response,
//!     }
//! }
//! # let layer = axum::middleware::map_response(refusals_in_json);
//! # let _: axum::Router = axum::Router::new().layer(layer);
//! ```
//!
//! On actix-web:
//!
#![cfg_attr(feature = "actix", doc = "```")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! use actix_web::body::{BoxBody, MessageBody};
//! use actix_web::dev::{ServiceRequest, ServiceResponse};
//! use actix_web::http::{StatusCode, header::{CONTENT_TYPE, HeaderValue}};
//! use actix_web::middleware::Next;
//! use actix_web::{HttpResponse, ResponseError};
//! use dacapo::{Error, Suspended};
//! use serde_json::json;
//!
//! # #[derive(Debug, thiserror::Error)]
//! # enum AppError {
//! #     #[error(transparent)]
//! #     Suspended(#[from] Suspended),
//! #     #[error(transparent)]
//! #     Refused(#[from] Error),
//! # }
//! impl ResponseError for AppError {
//!     fn error_response(&self) -> HttpResponse {
//!         match self {
//!             Self::Suspended(token) => token.error_response(),
//!             Self::Refused(error) => in_json(error.error_response(), error),
//!         }
//!     }
//! }
//!
//! fn in_json<B>(response: HttpResponse<B>, error: &Error) -> HttpResponse {
//!     let sentence = String::from_utf8_lossy(error.response().body()).into_owned();
//!     let json = json!({ "error": sentence }).to_string();
//!     let mut response = response.set_body(BoxBody::new(json));
//!     let json = HeaderValue::from_static("application/json");
//!     response.headers_mut().insert(CONTENT_TYPE, json);
//!     response
//! }
//!
//! /// Under the middleware: for `actix_web::middleware::from_fn`, outside of it.
//! async fn refusals_in_json(
//!     request: ServiceRequest,
//!     next: Next<impl MessageBody + 'static>,
//! ) -> Result<ServiceResponse, actix_web::Error> {
//!     let response = next.call(request).await?;
//!     let error = response.response().extensions().get::<Error>().cloned();
//!     Ok(match error {
//!         Some(error) => {
//!             let (request, response) = response.into_parts();
//!             ServiceResponse::new(request, in_json(response, &error))
//!         }
//!         None => response.map_into_boxed_body(),
//!     })
//! }
//! # let _ = actix_web::App::new().wrap(actix_web::middleware::from_fn(refusals_in_json));
//! ```
//!
//! * Do not build the response from the status alone: it would lose `Retry-After` and
//!   `Cache-Control: no-store`.
//! * The `to_string` of an [`Error`] names limits of the server. Log it, and send the sentence of
//!   [`Error::response`].
//! * The middleware also works for a handler that returns `dacapo::Error`. Find a
//!   [`BodyError`](crate::driver::BodyError) in the same way.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Error, Suspended};
