//! The examples as servers, each in a process of its own.
#![cfg(target_os = "linux")]

mod notify;
mod own_server;
mod server;
mod shutdown;
