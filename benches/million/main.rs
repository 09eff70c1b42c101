//! A million requests, held by one process.
//!
//! `cargo bench --bench million --features axum -- [REQUESTS]`
//!
//! Over HTTP/2, with 200 requests on each connection, and then without any sockets, as tasks. The default is 10,000
//! requests. A million requests need 5,000 connections, so a process may need a higher limit on open files (`ulimit
//! -n`), and about 6 GB of memory.

mod answers;
mod client;
mod frames;
mod phase;
mod remote;
mod server;
mod sockets;
mod tasks;

use std::io;
use std::process::Command;

use remote::SERVE;
use sockets::STREAMS;
use tokio::runtime::Builder;

fn main() -> io::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    let number = arguments.iter().find_map(|argument| argument.parse().ok());
    let connections = number.unwrap_or(10_000_usize).div_ceil(STREAMS);
    if has(SERVE) {
        return server::serve();
    }
    if has(TASKS) {
        tasks::measure(connections * STREAMS);
        return Ok(());
    }
    let clients = Builder::new_current_thread().enable_all().build()?;
    clients.block_on(sockets::measure(connections))?;
    drop(clients);
    // A new process, with fresh memory.
    let requests = (connections * STREAMS).to_string();
    let own = Command::new(std::env::current_exe()?)
        .args([TASKS, &requests])
        .status()?;
    assert!(own.success());
    Ok(())
}

const TASKS: &str = "--tasks";
