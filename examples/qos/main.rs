//! Two requests are executed at once, and the others wait for their turn. Jetty's `QoSFilter` did the same.
//!
//! `cargo run --example qos --features axum`, then run some of these at a time. The variable PORT chooses another port.
//!
//! ```sh
//! curl localhost:3000/work                    # takes a second, and two are executed at once
//! curl -H 'priority: u=0' localhost:3000/work # goes before all others that wait
//! curl -X PUT localhost:3000/permits/0        # none is executed until there are more permits
//! curl localhost:3000                         # how many are executed, and how many wait
//! ```
//!
//! Four may wait, for ten seconds each. A request that is one too many or waits too long is refused, and told when to
//! come back. [`layer::Qos`] does all of this.

mod layer;
#[path = "../signals.rs"]
mod signals;
#[cfg(test)]
mod tests;

use std::env;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::{get, put};
use dacapo::Hub;
use tokio::net::TcpListener;
use tokio::time::sleep;

use layer::Qos;
use signals::shutdown_signal;

#[tokio::main]
async fn main() -> io::Result<()> {
    let hub = Hub::new();
    let qos = Qos::new(hub.clone(), 2)
        .longest_queue(4)
        .patience(Duration::from_secs(10))
        .priority(urgency);
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("quality of service on http://{}", listener.local_addr()?);
    axum::serve(listener, app(qos))
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // answers every request that waits
        })
        .await
}

fn app(qos: Qos) -> Router {
    Router::new()
        .route("/work", get(work).layer(qos.clone()))
        .route("/permits/{permits}", put(set_permits))
        .route("/", get(look))
        .with_state(qos)
}

async fn work() -> String {
    static DONE: AtomicU64 = AtomicU64::new(0);
    sleep(Duration::from_secs(1)).await;
    format!("number {}\n", DONE.fetch_add(1, Ordering::Relaxed) + 1)
}

async fn set_permits(State(qos): State<Qos>, Path(permits): Path<usize>) {
    qos.set_permits(permits);
}

async fn look(State(qos): State<Qos>) -> String {
    let (executing, waiting) = qos.look();
    format!("{executing} executing, {waiting} waiting\n")
}

/// How urgent a request says it is, with the header of RFC 9218: from `u=0`, the most urgent, to `u=7`.
fn urgency(request: &Request) -> u8 {
    let lines = request.headers().get_all("priority").iter();
    let members = lines.filter_map(|line| line.to_str().ok());
    let members = members.flat_map(|line| line.split(','));
    let mut urgencies = members.filter_map(|member| member.trim().strip_prefix("u="));
    // The last one counts. Behind a semicolon are parameters.
    let urgency = urgencies
        .next_back()
        .and_then(|value| value.split(';').next());
    let urgency = urgency.and_then(|value| value.parse().ok());
    7 - urgency.filter(|urgency| *urgency <= 7).unwrap_or(3)
}
