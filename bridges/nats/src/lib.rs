#![doc = include_str!("../README.md")]

mod broker;

pub use broker::{Nats, NatsError, Publisher};
pub use dacapo_transport::{Down, Link, Step};

/// Carries the lines of a relay over NATS: `Bridge::new(Nats::new(connect), relay).run()`.
pub type Bridge<K> = dacapo_transport::Bridge<K, Nats>;
