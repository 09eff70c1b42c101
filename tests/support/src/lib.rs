//! What the tests, the benches and the fuzzer share.
//!
//! The middle of it is the trait [`Framework`]: a test that knows no framework is written once, and
//! [`on_each_framework!`] makes one of it for each. A framework is added by one `impl Framework`, and by a line in that
//! macro.

pub mod allocator;
mod application;
mod body;
mod connection;
pub mod contenders;
mod framework;
#[cfg(all(feature = "axum", feature = "actix"))]
pub mod fuzz;
mod listening;
pub mod measure;
mod middleware;
#[cfg(feature = "actix")]
pub mod on_actix;
#[cfg(feature = "axum")]
pub mod on_axum;
mod server;
pub mod wakers;

pub use application::{Application, Handler, Layer, Mount, Route, Target, Wrap};
pub use body::{Body, Lost};
pub use connection::Connection;
pub use framework::{Framework, run};
pub use listening::{Listening, until};
pub use middleware::{Again, Head, Middleware, Then};
#[cfg(feature = "actix")]
pub use on_actix::Actix;
#[cfg(feature = "axum")]
pub use on_axum::Axum;
pub use server::{Pending, Server, get, ok, poll, post};
