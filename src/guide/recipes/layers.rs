//! The order of layers around a held request, and the limits of proxies.
//!
//! # The order of the layers
//!
//! *When there are timeouts, sessions or limits around a held request.* In a handler, all layers
//! are outside:
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
//! const HOLD: Duration = Duration::from_secs(50);
//! const TIMEOUT: Duration = Duration::from_secs(60);
//!
//! async fn news(State(hub): State<Hub<String>>) -> Result<Answer<&'static str>, Error> {
//!     hub.run(async |c| {
//!         if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", HOLD)) }
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
//!     .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT));
//! let app: Router = Router::new().route("/news", get(news)).layer(outside).with_state(hub);
//! ```
//!
//! * A timeout that is shorter than the hold cuts the request: the client gets the status of the
//!   timeout, and the hub removes the request.
//! * A `ConcurrencyLimit` outside keeps a permit for each held request, so a hundred held requests
//!   stop an application with a hundred permits. Limit held requests with
//!   [`HubBuilder::max_suspended`].
//! * To limit how many passes run at once, take the permit of a `tokio::sync::Semaphore` in the
//!   closure. It is released at the end of each pass.
//!
//! Under the layer, put the limits for passes inside:
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
//! const HOLD: Duration = Duration::from_secs(50);
//! const TIMEOUT: Duration = Duration::from_secs(60);
//!
//! async fn news(c: Continuation<String>) -> Outcome<&'static str> {
//!     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", HOLD)) }
//! }
//!
//! let hub = Hub::<String>::builder().max_hold(Duration::from_secs(55)).build();
//! let layers = ServiceBuilder::new() // from the outside in
//!     .layer(TraceLayer::new_for_http()) // one span, one line
//!     .layer(from_fn(sessions)) // one lookup
//!     .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
//!     .layer(ResumeLayer::new(hub)) // all that follows is executed in each pass
//!     .layer(GlobalConcurrencyLimitLayer::new(100)); // a held request has no permit
//! let app: Router = Router::new().route("/news", get(news)).layer(layers);
//! ```
//!
//! Inside the layer, a `TimeoutLayer` limits one pass and not the request. On actix-web the order
//! is the same, and the last `wrap` is the outermost:
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
//! # Proxies and clients
//!
//! *When something between client and server gives up before the hold ends.* A hold of 25 to 55
//! seconds passes through most proxies:
//!
//! ```
//! use std::time::Duration;
//! use dacapo::Hub;
//!
//! let hub = Hub::<String>::builder()
//!     .max_hold(Duration::from_secs(55))
//!     .jitter(0.1) // spreads the requests that come back
//!     .build();
//! ```
//!
//! | proxy | default limit | setting |
//! |---|---|---|
//! | nginx | 60 seconds until an answer | `proxy_read_timeout` |
//! | AWS Application Load Balancer | 60 seconds without a byte | idle timeout |
//! | Cloudflare | 100 seconds, then a 524 | |
//!
//! HTTP clients often have their own limit. By default a hub allows a hold of 2 minutes, which is
//! longer than all of these: then the client gets a 504 or a broken connection, where your handler
//! would have answered "nothing new". A longest hold of 55 seconds leaves some time for the
//! answer's way.

#[expect(unused_imports, reason = "for the documentation")]
use crate::HubBuilder;
