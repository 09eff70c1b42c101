#![doc = include_str!("../README.md")]

mod backoff;
mod down;
mod install;
mod line;
mod listener;
mod session;
mod wire;

pub use down::{Down, Step};
pub use install::{SQL, VERSION, install};
pub use listener::{Link, Listener};
