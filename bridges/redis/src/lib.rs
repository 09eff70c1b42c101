#![doc = include_str!("../README.md")]

mod broker;

pub use broker::{Publisher, Redis};
pub use dacapo_transport::{Down, Link, Step};

/// Carries the lines of a relay over Redis: `Bridge::new(client, relay).run()`.
pub type Bridge<K> = dacapo_transport::Bridge<K, Redis>;
