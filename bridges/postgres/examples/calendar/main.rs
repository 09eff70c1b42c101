//! A calendar on several nodes. Two people share schedules, and each has several tabs. A change from anywhere (a page,
//! `psql`, another node) appears at once in every tab except the one that made it.
//!
//! `bridges/postgres/examples/calendar/start` starts a database, two nodes, and a round robin in front of them.
//!
//! `cargo run -p dacapo-postgres --example calendar` starts one node, on the database of DATABASE_URL. The variable
//! PORT chooses its port. With addresses as arguments, it is the round robin for the nodes at these addresses.

mod node;
mod round_robin;
#[path = "../../../../examples/signals.rs"]
mod signals;
mod store;

use std::error::Error;
use std::time::Duration;

use dacapo::{Hub, Relay};
use dacapo_postgres::Listener;
use node::Node;
use store::Store;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_postgres::{Config, NoTls};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let socket = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = socket.local_addr()?;
    let nodes: Vec<_> = std::env::args().skip(1).collect();
    if !nodes.is_empty() {
        println!("calendar on http://{address}/ada and http://{address}/bob");
        return Ok(round_robin::serve(socket, nodes).await?);
    }
    let config: Config = std::env::var("DATABASE_URL")?.parse()?;
    let store = Store::open(config.clone()).await?;
    let hub = Hub::new();
    let listener = Listener::new(config, NoTls, Relay::new(&hub));
    tokio::spawn(listener.run());
    println!("node on http://{address}");
    let node = Node {
        hub: hub.clone(),
        store,
        name: address.port(),
    };
    let ended = async move {
        signals::shutdown_signal().await;
        hub.shutdown();
    };
    let server = axum::serve(socket, node.router()).with_graceful_shutdown(ended);
    tokio::select! {
        served = server => Ok(served?),
        () = lights_out() => Ok(()),
    }
}

/// Waits some seconds more: axum itself has no limit for a client that has sent only half a request.
async fn lights_out() {
    signals::shutdown_signal().await;
    sleep(Duration::from_secs(10)).await;
}
