//! Three nodes, each on a way of its own that breaks again and again, and 900 requests that only the listeners can wake.

use std::time::Duration;

use support::Node;
use support::chaos::{Change, IGNORED, ROWS, World, no_request_stays_behind, requests_stay_behind};
use tokio::time::Instant;
use tokio_postgres::{Client, Statement};

use crate::database::{client, client_with, port};
use crate::node::{SLACK, Times, node};

const TIMES: Times = Times {
    heartbeat: Duration::from_millis(500),
    patience: Duration::from_millis(500),
    longest_pause: Duration::from_millis(500),
    spread: Duration::from_millis(500),
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_with_25_faults_leave_no_request_behind() {
    let node = |port| node(port, TIMES);
    no_request_stays_behind(port(), bound(), node, Things::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_ignores_gaps_leaves_requests_behind() {
    let spread = IGNORED;
    let node = |port| node(port, Times { spread, ..TIMES });
    requests_stay_behind(port(), bound(), node, Things::new().await).await;
}

/// The bound of the README: it is noticed, a try that hangs is given up, a pause, and the spread of the gap.
fn bound() -> Duration {
    let noticed = TIMES.heartbeat + TIMES.patience;
    noticed + TIMES.patience + TIMES.longest_pause + 2 * TIMES.spread + SLACK
}

/// A table.
struct Things {
    writer: Client,
    change: Statement,
    reader: Client,
    read: Statement,
}

impl Things {
    async fn new() -> Self {
        let writer = client_with("things", ROWS).await;
        let change = "UPDATE things SET version = version + 1 WHERE id = $1";
        let reader = client().await;
        let read = "SELECT version FROM things WHERE id = $1";
        Self {
            change: writer.prepare(change).await.unwrap(),
            writer,
            read: reader.prepare(read).await.unwrap(),
            reader,
        }
    }
}

impl World for Things {
    fn key(row: usize) -> String {
        format!("things:{row}")
    }

    async fn read(&self, row: usize) -> usize {
        let row = self.reader.query_one(&self.read, &[&(row as i32)]).await;
        row.unwrap().get::<_, i32>(0) as usize
    }

    async fn change(&self, row: usize, _: &[Node]) -> Change {
        let changed = self.writer.execute(&self.change, &[&(row as i32)]).await;
        changed.unwrap();
        let (at, node) = (Instant::now(), None);
        Change { at, node }
    }
}
