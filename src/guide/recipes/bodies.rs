//! Uploads above the limits for bodies.
//!
//! In a handler, only the limits of the framework apply. Under the layer, the layer's limit (2 MiB)
//! applies first, and then the framework's. Raise both:
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
//! let upload = post(upload).layer(ResumeLayer::new(hub).max_body_size(LARGE));
//! let app: Router = Router::new()
//!     .route("/upload", upload)
//!     .layer(DefaultBodyLimit::max(LARGE)); // the default is 2 MiB
//! ```
//!
//! On actix-web:
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
//! let upload = web::post().to(upload).wrap(Resume::new(hub).max_body_size(LARGE));
//! let app = App::new()
//!     .app_data(PayloadConfig::new(LARGE)) // the default is 256 KiB
//!     .route("/upload", upload);
//! ```
//!
//! All of these limits answer with a 413. If the layer refuses a body, its response has a
//! [`BodyError`](crate::driver::BodyError) in the extensions; a refusal of the framework has none.
//! Actix has separate limits for `Json` and `Form`.
//!
//! Under the layer, a body stays in memory as long as its request is held. In a handler, it stays
//! as long as a variable outside the closure owns it.
