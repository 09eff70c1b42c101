//! A hub for an application without router state.
//!
//! On axum, put the hub into an `Extension`:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! # use std::time::Duration;
//! use axum::{Extension, Router, routing::get};
//! use dacapo::{Answer, Error, Hub};
//!
//! const HOLD: Duration = Duration::from_secs(50);
//!
//! type Text = Answer<&'static str>;
//!
//! async fn news(Extension(hub): Extension<Hub<String>>) -> Result<Text, Error> {
//!     hub.run(async |c| {
//!         if c.is_initial() { Err(c.suspend("news", HOLD)) } else { Ok("news, or not") }
//!     })
//!     .await
//! }
//!
//! let hub = Hub::<String>::new();
//! let app: Router = Router::new().route("/news", get(news)).layer(Extension(hub));
//! ```
//!
//! On actix-web, put it into `Data`:
//!
#![cfg_attr(feature = "actix", doc = "```no_run")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! # use std::time::Duration;
//! use actix_web::{App, HttpServer, web::{self, Data}};
//! use dacapo::{Answer, Error, Hub};
//!
//! const HOLD: Duration = Duration::from_secs(50);
//!
//! async fn news(hub: Data<Hub<String>>) -> Result<Answer<&'static str>, Error> {
//!     hub.run(async |c| {
//!         if c.is_initial() { Err(c.suspend("news", HOLD)) } else { Ok("news, or not") }
//!     })
//!     .await
//! }
//!
//! # async fn example() -> std::io::Result<()> {
//! let hub = Data::new(Hub::<String>::new()); // outside: one hub for all workers
//! let app = move || App::new().app_data(hub.clone()).route("/news", web::get().to(news));
//! HttpServer::new(app)
//! #   .bind("127.0.0.1:0")?.run().await
//! # }
//! ```
//!
//! With any framework, the hub can be a `static`:
//!
//! ```
//! use std::sync::LazyLock;
//! use std::time::Duration;
//! use dacapo::{Answer, Error, Hub};
//!
//! const HOLD: Duration = Duration::from_millis(5);
//!
//! static HUB: LazyLock<Hub<String>> = LazyLock::new(Hub::new);
//!
//! async fn news() -> Result<Answer<&'static str>, Error> {
//!     HUB.run(async |c| {
//!         if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", HOLD)) }
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
//! * A missing extension is a 500 at run time. A missing router state does not compile.
//! * A hub that is created inside `HttpServer::new` belongs to one worker, and a notify reaches
//!   only that worker.
//! * A `static` hub has no mock clock, and all tests of a process share it.
