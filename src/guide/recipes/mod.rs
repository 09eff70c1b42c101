//! Recipes: timeouts, sessions, proxies and whatever else surrounds a held request.
//!
//! Each says what it is for, shows the code, and names the trap. The code compiles, and what it says of a behaviour
//! is tested in `tests/recipes`. There are two ways to hold a request: *in a handler*, with [`Hub::run`], or *under
//! the layer*, which is `ResumeLayer` on axum and the middleware `Resume` on actix-web.
//!
//! # The order of the layers
//!
//! *For a timeout, sessions and limits around a held request.* In a handler, every layer is outside:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::{Router, extract::State, http::StatusCode, routing::get};
//! use dacapo::{Answer, Error, Hub};
//! use tower::ServiceBuilder;
//! use tower_http::{timeout::TimeoutLayer, trace::TraceLayer};
//! # use axum::{extract::Request, middleware::{Next, from_fn}, response::Response};
//! # async fn sessions(request: Request, next: Next) -> Response { next.run(request).await }
//!
//! async fn news(State(hub): State<Hub<String>>) -> Result<Answer<&'static str>, Error> {
//!     hub.run(async |c| {
//!         if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", Duration::from_secs(50))) }
//!     })
//!     .await
//! }
//!
//! let hub = Hub::<String>::builder()
//!     .max_hold(Duration::from_secs(55)) // shorter than the timeout
//!     .max_suspended(10_000) // the limit for held requests
//!     .build();
//! let outside = ServiceBuilder::new() // from the outside in
//!     .layer(TraceLayer::new_for_http())
//!     .layer(from_fn(sessions)) // or `tower_sessions::SessionManagerLayer`
//!     .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)));
//! let app: Router = Router::new().route("/news", get(news)).layer(outside).with_state(hub);
//! ```
//!
//! A timeout that is shorter than the hold cuts the request: its client gets the timeout's status, and the hub
//! forgets it. A `ConcurrencyLimit` outside keeps a permit for each request that is held, so a hundred held requests
//! stop an application with a hundred permits. What limits held requests is [`HubBuilder::max_suspended`]. To limit
//! how many passes run at once, take the permit of a `tokio::sync::Semaphore` in the closure: it is given back with
//! each pass.
//!
//! Under the layer, what is to limit passes stands inside:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use std::time::Duration;
//! use axum::{Router, http::StatusCode, routing::get};
//! use dacapo::{Continuation, Hub, Outcome, axum::ResumeLayer};
//! use tower::{ServiceBuilder, limit::GlobalConcurrencyLimitLayer};
//! use tower_http::{timeout::TimeoutLayer, trace::TraceLayer};
//! # use axum::{extract::Request, middleware::{Next, from_fn}, response::Response};
//! # async fn sessions(request: Request, next: Next) -> Response { next.run(request).await }
//!
//! async fn news(c: Continuation<String>) -> Outcome<&'static str> {
//!     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", Duration::from_secs(50))) }
//! }
//!
//! let hub = Hub::<String>::builder().max_hold(Duration::from_secs(55)).build();
//! let layers = ServiceBuilder::new() // from the outside in
//!     .layer(TraceLayer::new_for_http()) // one span, one line
//!     .layer(from_fn(sessions)) // looked up once
//!     .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)))
//!     .layer(ResumeLayer::new(hub)) // what follows is executed for each pass
//!     .layer(GlobalConcurrencyLimitLayer::new(100)); // a held request has no permit
//! let app: Router = Router::new().route("/news", get(news)).layer(layers);
//! ```
//!
//! Inside the layer a `TimeoutLayer` bounds one pass and not the request. On actix-web the order is the same, and the
//! last `wrap` is the outermost:
//!
#![cfg_attr(feature = "actix", doc = "```")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! use actix_web::{App, middleware::Logger, web};
//! use dacapo::{Continuation, Hub, Outcome, actix::Resume};
//! # use actix_web::{Error, body::MessageBody, dev::{ServiceRequest, ServiceResponse}};
//! # use actix_web::middleware::{Next, from_fn};
//! # async fn sessions(request: ServiceRequest, next: Next<impl MessageBody>)
//! # -> Result<ServiceResponse<impl MessageBody>, Error> { next.call(request).await }
//! # async fn news(_: Continuation<String>) -> Outcome<&'static str> { Ok("") }
//!
//! let hub = Hub::<String>::new();
//! let news = web::resource("/news").route(web::get().to(news)).wrap(Resume::new(hub));
//! let app = App::new().service(news)
//!     .wrap(from_fn(sessions)) // or `actix_session::SessionMiddleware`
//!     .wrap(Logger::default());
//! ```
//!
//! # Sessions and permissions
//!
//! *For a request whose user may lose a permission while it is held.* Take the user's name from the request, and
//! ask in the closure what that user may do:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! # use std::time::Duration;
//! use axum::{extract::{Path, State}, http::StatusCode, response::{IntoResponse, Response}};
//! use dacapo::{Answer, Error, Hub};
//! # #[derive(Clone)] struct App { hub: Hub<String> }
//! # impl App {
//! #     async fn may_read(&self, _user: &str) -> bool { true }
//! #     async fn unread(&self, _user: &str) -> Option<String> { None }
//! #     async fn delete_permission(&self, _user: &str) {}
//! # }
//!
//! async fn inbox(State(app): State<App>, Path(user): Path<String>) -> Result<Answer<Response>, Error> {
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
//! # let _: axum::Router<App> = axum::Router::new().route("/{user}", axum::routing::get(inbox).delete(revoke));
//! ```
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
//! async fn inbox(board: Data<Board>, user: Path<String>) -> Result<Answer<HttpResponse>, Error> {
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
//! What middleware or an extractor has found out *before* `run` is as old as the request. Under the layer, an
//! extractor of the handler is executed again and asks again, but a session that stands outside is just as old. If it
//! is stored at the end, it brings back what another request has changed in the meantime: a logout is undone. Let a
//! request that may be held read its session, and not write it.
//!
//! # An approval that takes a day
//!
//! *For something that takes longer than any request.* The application keeps it in a store of its own. Its id is the
//! key, and the client comes back with it:
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
//! /// Its answer is the id, at once.
//! async fn request(State(app): State<App>, request: String) -> (StatusCode, String) {
//!     (StatusCode::CREATED, app.approvals.insert(request).await.to_string())
//! }
//!
//! /// Asked again and again for a day: a 202 means "not yet".
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
//! Do not store a [`Handle`] or its [`ContinuationId`] for that day: it reaches one request, which is gone when the
//! poll expires, and at the latest when the server is redeployed. The row in the store is there for the next poll, in
//! whichever process it arrives.
//!
//! # A cache that is filled after the commit
//!
//! *For passes that read a cache and not the database.* Notify when the cache is filled:
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
//!     cached.ok_or_else(|| c.suspend("tea", Duration::from_secs(50)))
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
//! After a notify that is too early the request is held until the next one, or until its time is up. The rule is
//! *first the change, then the notify*, and the change is whatever the pass reads. If the cache fills itself from a
//! feed, let the feed notify.
//!
//! # Proxies and clients
//!
//! *For a hold that ends before anything in between gives up.* A hold of 25 to 55 seconds fits through most of it:
//!
//! ```
//! use std::time::Duration;
//! use dacapo::Hub;
//!
//! let hub = Hub::<String>::builder()
//!     .max_hold(Duration::from_secs(55))
//!     .jitter(0.1) // so that not all of them come back at once
//!     .build();
//! ```
//!
//! By default nginx waits 60 seconds for an answer (`proxy_read_timeout`), AWS' Application Load Balancer 60 seconds
//! for any byte (its idle timeout), and Cloudflare 100 seconds (then it sends a 524). HTTP clients often have a limit
//! of their own. Without a `max_hold` a hub allows 2 minutes, which is longer than all of these: the client then gets
//! a 504 or a broken connection where your handler would have said "nothing new". A longest hold of 55 seconds leaves
//! some for the answer's way.
//!
//! # Large bodies
//!
//! *For uploads above the limits.* In a handler, the limits of the framework hold, as without this crate. Under the
//! layer, its own limit (2 MiB) comes first and the framework's comes second, so raise both:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, extract::DefaultBodyLimit, routing::post};
//! use dacapo::{Continuation, Hub, Outcome, axum::ResumeLayer};
//! # async fn upload(_: Continuation<String>, _body: String) -> Outcome<()> { Ok(()) }
//!
//! const LARGE: usize = 10 << 20;
//!
//! let hub = Hub::<String>::new();
//! let upload = post(upload).layer(ResumeLayer::new(hub).max_body_size(LARGE)); // 2 MiB by default
//! let app: Router = Router::new()
//!     .route("/upload", upload)
//!     .layer(DefaultBodyLimit::max(LARGE)); // 2 MiB by default; in a handler this alone
//! ```
//!
#![cfg_attr(feature = "actix", doc = "```")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! use actix_web::{App, web::{self, PayloadConfig}};
//! use dacapo::{Continuation, Hub, Outcome, actix::Resume};
//! # async fn upload(_: Continuation<String>, _body: String) -> Outcome<&'static str> { Ok("") }
//!
//! const LARGE: usize = 10 << 20;
//!
//! let hub = Hub::<String>::new();
//! let upload = web::post().to(upload).wrap(Resume::new(hub).max_body_size(LARGE)); // 2 MiB by default
//! let app = App::new()
//!     .app_data(PayloadConfig::new(LARGE)) // 256 KiB by default; in a handler this alone
//!     .route("/upload", upload);
//! ```
//!
//! All of them answer with a 413. A refusal of the layer has a [`BodyError`](crate::driver::BodyError) in the
//! response's extensions, one of the framework has not. actix has limits of their own for `Json` and `Form`. A body
//! stays in memory for as long as its request is held: in a handler as long as a variable outside the closure has it,
//! and under the layer always.
//!
//! # `anyhow`
//!
//! *For a handler whose helpers fail with `anyhow::Error`.* Give the token a variant of its own beside it:
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
//! A helper that suspends must not return `anyhow::Result`: `?` puts the token into the `anyhow::Error`, and that is
//! a failure like any other. If you cannot change such a helper, take the token out again where the error is split:
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
//!             Some(refused) => refused.clone().into_response(), // a limit, a shutdown: no 500
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
//! Without the look for an [`Error`], a shutdown would be a 500. Under the layer, look for the
//! [`Suspended`](crate::Suspended) in the same way.
//!
//! # A hub where routers have no state
//!
//! *For an application that keeps nothing in its router's state.* On axum the hub is an `Extension`:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! # use std::time::Duration;
//! use axum::{Extension, Router, routing::get};
//! use dacapo::{Answer, Error, Hub};
//!
//! async fn news(Extension(hub): Extension<Hub<String>>) -> Result<Answer<&'static str>, Error> {
//!     hub.run(async |c| {
//!         if c.is_initial() { Err(c.suspend("news", Duration::from_secs(50))) } else { Ok("news, or not") }
//!     })
//!     .await
//! }
//!
//! let app: Router = Router::new().route("/news", get(news)).layer(Extension(Hub::<String>::new()));
//! ```
//!
//! On actix-web it is `Data`:
//!
#![cfg_attr(feature = "actix", doc = "```no_run")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! # use std::time::Duration;
//! use actix_web::{App, HttpServer, web::{self, Data}};
//! use dacapo::{Answer, Error, Hub};
//!
//! async fn news(hub: Data<Hub<String>>) -> Result<Answer<&'static str>, Error> {
//!     hub.run(async |c| {
//!         if c.is_initial() { Err(c.suspend("news", Duration::from_secs(50))) } else { Ok("news, or not") }
//!     })
//!     .await
//! }
//!
//! # async fn example() -> std::io::Result<()> {
//! let hub = Data::new(Hub::<String>::new()); // outside: one for all workers
//! HttpServer::new(move || App::new().app_data(hub.clone()).route("/news", web::get().to(news)))
//! #   .bind("127.0.0.1:0")?.run().await
//! # }
//! ```
//!
//! And everywhere it may be a `static`:
//!
//! ```
//! use std::sync::LazyLock;
//! use std::time::Duration;
//! use dacapo::{Answer, Error, Hub};
//!
//! static HUB: LazyLock<Hub<String>> = LazyLock::new(|| Hub::builder().max_hold(Duration::from_secs(55)).build());
//!
//! async fn news() -> Result<Answer<&'static str>, Error> {
//!     HUB.run(async |c| {
//!         if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", Duration::from_millis(5))) }
//!     })
//!     .await
//! }
//! # assert_eq!(futures::executor::block_on(news()).unwrap(), "nothing new");
//!
//! fn publish() {
//!     HUB.notify("news");
//! }
//! # publish();
//! ```
//!
//! An extension that is missing is a 500 at run time, where a state that is missing does not compile. A hub that is
//! made inside `HttpServer::new` is another one for each worker, and a notify reaches one of them. A `static` has no
//! mock clock, and all tests of a process share it.
//!
//! # Refusals as JSON
//!
//! *For an API that answers only in JSON.* What is refused has a status, a sentence and headers,
//! `Retry-After` among them: replace the sentence and keep the rest. In a handler that is where your error becomes a
//! response:
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
//! # let _: axum::Router = axum::Router::new().layer(axum::middleware::map_response(refusals_in_json));
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
//!     let mut response = response.set_body(BoxBody::new(json!({ "error": sentence }).to_string()));
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
//! A response that is built from the status alone loses `Retry-After` and `Cache-Control: no-store`. The error's
//! own `to_string` names limits of the server, so it belongs in a log; the sentence of [`Error::response`] is made
//! for clients. The middleware does the same for a handler that returns `dacapo::Error`, and a
//! [`BodyError`](crate::driver::BodyError) is found in the same way.
//!
//! # Counts as JSON
//!
//! *For a page that shows how a hub is doing.* With feature `serde`, [`Stats`] can be serialized:
//!
#![cfg_attr(feature = "serde", doc = "```")]
#![cfg_attr(not(feature = "serde"), doc = "```ignore")]
//! let hub = dacapo::Hub::<String>::new();
//! let stats = serde_json::to_value(hub.stats()).unwrap();
//! assert_eq!(stats["suspended"], 0);
//! assert_eq!(stats["waits"]["expired"], 0);
//! assert_eq!(stats["timer_lag"]["secs"], 0);
//! ```
//!
//! The names are those of the fields, and a duration is an object of `secs` and `nanos`. [`Hub::stats`] looks at
//! every waiter: ask every few seconds, and not for each request.
//!
//! # Logs without later passes
//!
//! *For a log in which a request does not repeat itself.* With feature `tracing`, the crate's own events of each pass
//! are at level `TRACE`, so `RUST_LOG=info,dacapo=debug` leaves the end of each request. What your handler says in a
//! later pass is left out by a filter that knows the pass:
//!
#![cfg_attr(feature = "tracing", doc = "```")]
#![cfg_attr(not(feature = "tracing"), doc = "```ignore")]
//! use std::fmt::Debug;
//! use tracing::field::{Field, Visit};
//! use tracing::{Event, Level, Metadata, Subscriber};
//! use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
//! use tracing_subscriber::registry::LookupSpan;
//! use tracing_subscriber::{Layer, Registry, fmt};
//!
//! /// Leaves out what is said in later passes of a request.
//! struct FirstPasses;
//!
//! /// The pass in which a request is, kept in its span.
//! struct Pass(u64);
//!
//! impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for FirstPasses {
//!     fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
//!         metadata.target() == "dacapo" || *metadata.level() <= Level::INFO
//!     }
//!
//!     fn event_enabled(&self, event: &Event<'_>, context: &Context<'_, S>) -> bool {
//!         let mut scope = context.event_scope(event).into_iter().flatten();
//!         let request = scope.find(|span| span.name() == "continuation");
//!         if event.metadata().target() == "dacapo" {
//!             let mut pass = Pass(0);
//!             event.record(&mut pass);
//!             if let Some(request) = request.filter(|_| pass.0 > 0) {
//!                 request.extensions_mut().replace(pass);
//!             }
//!             return *event.metadata().level() <= Level::DEBUG;
//!         }
//!         request.is_none_or(|request| {
//!             let extensions = request.extensions();
//!             extensions.get::<Pass>().is_none_or(|pass| pass.0 == 1)
//!         })
//!     }
//! }
//!
//! impl Visit for Pass {
//!     fn record_u64(&mut self, field: &Field, value: u64) {
//!         if field.name() == "pass" {
//!             self.0 = value;
//!         }
//!     }
//!
//!     fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
//! }
//!
//! let log = Registry::default().with(fmt::layer().with_filter(FirstPasses));
//! ```
//!
//! The filter must get the crate's `TRACE` events to know the pass. A global `max_level_info`, or a filter in front
//! that drops them, makes every pass a first one. It leaves out an error of a later pass too: let it through by its
//! level if you log errors in the handler. In a handler you need none of this for what stands before and after `run`:
//! that is logged once.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{ContinuationId, Error, Handle, Hub, HubBuilder, Stats};
