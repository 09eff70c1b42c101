//! The examples as servers, each in a separate process.
#![cfg(target_os = "linux")]

mod notify;
mod server;
mod shutdown;
