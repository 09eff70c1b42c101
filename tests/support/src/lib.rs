//! Code that the tests, the benches and the fuzzer share.
//!
//! The main part is the trait [`Framework`]. A test that is independent of the framework is written once, and
//! [`on_each_framework!`] makes one test of it for each framework. To add a framework, write one `impl Framework` and
//! add a line to that macro.

pub mod allocator;
mod application;
mod body;
mod connection;
pub mod contenders;
mod framework;
#[cfg(all(feature = "axum", feature = "actix"))]
pub mod fuzz;
mod listening;
mod log;
pub mod measure;
mod middleware;
#[cfg(feature = "actix")]
pub mod on_actix;
#[cfg(feature = "axum")]
pub mod on_axum;
mod server;
mod signal;
pub mod wakers;

pub use application::{Application, Handler, Layer, Mount, Route, Target, Wrap};
pub use body::{Body, Lost};
pub use connection::Connection;
pub use framework::{Framework, run};
pub use listening::{Listening, until};
pub use log::Log;
pub use middleware::{Again, Head, Middleware, Then};
#[cfg(feature = "actix")]
pub use on_actix::Actix;
#[cfg(feature = "axum")]
pub use on_axum::Axum;
pub use server::{Pending, Server, get, ok, poll, post};
pub use signal::send_signal;
