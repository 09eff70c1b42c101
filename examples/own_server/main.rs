//! A server on the core: nothing stands between a socket and the hub but HTTP/1.1, in a few small files.
//!
//! `cargo run --release --example own_server --features tokio -- --port 3000 --threads 1`
//!
//! It answers as `examples/hold` does:
//!
//! * `GET /poll/{key}?timeout_ms=N` is held: 200 and the body of the next notify of the key, or 204 after a time-out
//!   of 30 seconds, or of N milliseconds, a day at most.
//! * `POST /notify/{key}` answers all polls that are held on the key with its body of up to 2 MiB; its own answer says
//!   how many it woke.
//! * `GET /healthz` says how many are held.
//!
//! A framework is the better choice for most servers. This one is for those that hold very many requests and do little
//! else: a held poll is one small task without a read buffer, and its answer is one system call. Its limits for
//! heads, bodies and slow clients are in `limits.rs`. The number of connections is limited by the system's open files.
//!
//! `connection.rs` is the place to begin. `head.rs` and `body.rs` read a request, `application.rs` finds the answer,
//! and `response.rs` puts it into bytes. There is no HTTP/2, no TLS, no compression and no `date`.
//!
//! With `--threads 1` everything is executed in one thread: that takes the least CPU. More threads answer a crowd
//! sooner.
//!
//! Ctrl-C or SIGTERM ends it within a second, with an answer for every poll that is held.

#![forbid(unsafe_code)]

mod application;
mod arguments;
mod body;
mod connection;
mod head;
mod limits;
mod response;
mod server;
#[path = "../signals.rs"]
mod signals;
mod socket;

use std::error::Error;
use std::io;

use arguments::Arguments;
use tokio::runtime::{Builder, Runtime};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse()?;
    let port = arguments.port;
    runtime(arguments.threads)?
        .block_on(server::serve(port, arguments.limits))
        .map_err(|error| format!("port {port}: {error}; choose another with --port").into())
}

fn runtime(threads: usize) -> io::Result<Runtime> {
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(threads).enable_all().build()
}
