//! Tests that need private items.

mod model;
mod no_threads;
