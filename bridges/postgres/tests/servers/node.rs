//! A node: a hub, and a listener that reports.

use std::time::Duration;

use dacapo::{Hub, Relay};
use dacapo_postgres::{Link, Listener};
pub(crate) use support::{MS, Node, SLACK, Seen};
use tokio_postgres::NoTls;

use crate::database::config;

/// How long things may take.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) heartbeat: Duration,
    pub(crate) patience: Duration,
    pub(crate) longest_pause: Duration,
    pub(crate) spread: Duration,
}

pub(crate) const QUICK: Times = Times {
    heartbeat: Duration::from_millis(500),
    patience: Duration::from_millis(500),
    longest_pause: Duration::from_millis(500),
    spread: Duration::from_millis(100),
};

/// A node that reaches the database through this port.
pub(crate) fn node(port: u16, times: Times) -> Node {
    let relay = Relay::builder().spread(times.spread).build(&Hub::new());
    Node::with(relay.clone(), |report| {
        let listener = Listener::new(config(port), NoTls, relay)
            .heartbeat(times.heartbeat)
            .patience(times.patience)
            .backoff(50 * MS, times.longest_pause)
            .on_change(move |link| match link {
                Link::Up => report.up(),
                Link::Down(down) => report.down(down),
            });
        async { match listener.run().await {} }
    })
}

/// A node that is up, and whose first gap is over.
pub(crate) async fn node_at(port: u16, times: Times) -> Node {
    node(port, times).after_its_first_gap(times.spread).await
}
