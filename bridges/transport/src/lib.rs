#![doc = include_str!("../README.md")]

mod backoff;
mod bridge;
mod broker;
mod down;
mod session;
#[cfg(test)]
mod tests;

pub use bridge::{Bridge, Link};
pub use broker::{Broker, Publisher};
pub use down::{Down, Step};
