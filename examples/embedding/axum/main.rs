//! An application on axum, and the same application with a held request. The README of the folder shows the difference.
//!
//! `cargo run --example embedding_axum --features axum`; with `-- before`, it is the application without the hold.

mod after;
mod before;
#[cfg(test)]
#[path = "../diff.rs"]
mod diff;
#[path = "../orders.rs"]
mod orders;
#[path = "../sessions.rs"]
mod sessions;
#[path = "../../signals.rs"]
mod signals;
#[cfg(test)]
mod tests;

use std::env;
use std::io;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().init();
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("taking orders on http://{}", listener.local_addr()?);
    match env::args().nth(1).as_deref() {
        Some("before") => before::serve(listener, before::Shop::default()).await,
        _ => after::serve(listener, after::Shop::default()).await,
    }
}
