//! Clients that send exactly what a test asks for.

pub(crate) mod frames;
mod http2;

pub(crate) use http2::{Http2, Stream};
pub(crate) use support::Connection;
