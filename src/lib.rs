//! x
#![forbid(unsafe_code)]
#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "axum")]
pub mod axum;
mod clock;
mod continuation;
pub mod driver;
mod engine;
mod error;
mod handle;
mod hub;
mod key;
mod record;
mod suspended;
mod sync;
mod timekeeper;
mod wait;
pub use clock::MockClock;
pub use continuation::{Continuation, Dispatch};
pub use error::Error;
pub use handle::{ContinuationId, Handle, ParseContinuationIdError};
pub use hub::{Builder, Drained, Hub};
pub use suspended::{Outcome, Suspended};
