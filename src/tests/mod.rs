//! Tests that need what users of the crate cannot see.

mod model;
mod no_threads;
