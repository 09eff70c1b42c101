//! The examples as servers, each in a separate process.
#![cfg(target_os = "linux")]

mod chats;
mod notify;
mod own_server;
mod server;
mod shutdown;
