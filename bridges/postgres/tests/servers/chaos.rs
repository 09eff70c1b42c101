//! Three nodes, each on a way of its own that breaks again and again, and 900 requests that only the listeners can wake.
//!
//! A row changes seldom, so that no later change hides one that was lost, and the faults go on to the last change. Else
//! a listener that ignores gaps would pass: the last test is that listener.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_postgres::Client;

use crate::database::{client, client_with, port};
use crate::node::{Node, SLACK, Times};
use support::proxy::Proxy;
use support::ways::{Fault, break_ways};

const NODES: usize = 3;
const ROWS: usize = 300; // and a request for each row on each node
const CHANGES: usize = 500;
const FAULTS: usize = 25;
const PACE: Duration = Duration::from_millis(50); // between two changes

const TIMES: Times = Times {
    heartbeat: Duration::from_millis(500),
    patience: Duration::from_millis(500),
    longest_pause: Duration::from_millis(500),
    spread: Duration::from_millis(500),
};

/// Far above what the bridge may take: only the bridge wakes a request.
const HOLD: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_with_25_faults_leave_no_request_behind() {
    let story = Story::run(TIMES).await;
    assert_eq!(story.late, Vec::<String>::new());
}

/// The hub spreads each gap over an hour, so nothing comes of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_ignores_gaps_leaves_requests_behind() {
    let mutant = Times {
        spread: Duration::from_secs(3600),
        ..TIMES
    };
    let story = Story::run(mutant).await;
    assert!(
        story.late.len() > 20,
        "{} are late: the proof is not sensitive",
        story.late.len()
    );
}

/// An answer.
#[derive(Clone, Copy)]
struct Seen {
    /// The node, the row and the version.
    what: (usize, usize, usize),
    at: Instant,
}

/// What has happened.
#[derive(Default)]
struct Story {
    /// When a version of a row was committed: `commits[row][version - 1]`.
    commits: Vec<Vec<Instant>>,
    seen: Vec<Seen>,
    faults: Vec<Fault>,
    /// What was not seen in time.
    late: Vec<String>,
}

impl Story {
    async fn run(times: Times) -> Self {
        let writer = client_with("things", ROWS).await;
        let mut proxies = Vec::new();
        let mut nodes = Vec::new();
        for _ in 0..NODES {
            let proxy = Proxy::to(port()).await;
            nodes.push(Node::up_at(proxy.port, times).await);
            proxies.push(proxy);
        }
        let seen = Arc::default();
        let mut requests = JoinSet::new();
        for (number, node) in nodes.iter().enumerate() {
            let reader = Arc::new(client().await);
            for row in 0..ROWS {
                requests.spawn(follow(
                    node.hub.clone(),
                    reader.clone(),
                    number,
                    row,
                    Arc::clone(&seen),
                ));
            }
        }
        for node in &nodes {
            node.holds(ROWS).await;
        }
        let faults = tokio::spawn(break_ways(proxies, FAULTS, PACE * CHANGES as u32));
        let commits = change_rows(&writer).await;
        let faults = faults.await.unwrap();
        sleep(bound() + SLACK).await;
        let truth = writer
            .query("SELECT version FROM things ORDER BY id", &[])
            .await
            .unwrap();
        let committed = commits.iter().map(Vec::len);
        assert!(
            truth
                .iter()
                .map(|row| row.get::<_, i32>(0) as usize)
                .eq(committed)
        );
        requests.abort_all();
        let seen = seen.lock().unwrap().clone();
        let mut story = Self {
            commits,
            seen,
            faults,
            late: Vec::new(),
        };
        story.judge();
        story.print();
        story
    }

    /// Every version of every row must have been seen on every node, in time.
    fn judge(&mut self) {
        for node in 0..NODES {
            for (row, commits) in self.commits.iter().enumerate() {
                for (version, commit) in (1..).zip(commits) {
                    let what = (node, row, version);
                    let seen = self.seen.iter().find(|seen| seen.what == what);
                    if seen.is_none_or(|seen| seen.at > self.deadline(node, *commit)) {
                        let after = seen.map(|seen| seen.at - *commit);
                        self.late
                            .push(format!("node, row and version {what:?}: {after:?}"));
                    }
                }
            }
        }
    }

    /// The bound counts from the end of the last fault that reaches into it.
    fn deadline(&self, node: usize, commit: Instant) -> Instant {
        let mut deadline = commit + bound();
        for fault in self
            .faults
            .iter()
            .filter(|fault| fault.node == node && fault.end > commit)
        {
            if fault.begin <= deadline {
                deadline = fault.end + bound();
            }
        }
        deadline
    }

    fn print(&self) {
        let took = |Seen {
                        what: (_, row, version),
                        at,
                    }: &Seen| {
            at.saturating_duration_since(self.commits[*row][version - 1])
        };
        let mut took: Vec<_> = self.seen.iter().map(took).collect();
        took.sort();
        let percentile = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
        let changes: usize = self.commits.iter().map(Vec::len).sum();
        println!(
            "{changes} changes on {NODES} nodes, {} faults: {} of {} answers late or missing",
            self.faults.len(),
            self.late.len(),
            NODES * changes,
        );
        println!(
            "from commit to answer: p50 {:?}, p90 {:?}, p99 {:?}, longest {:?}",
            percentile(0.5),
            percentile(0.9),
            percentile(0.99),
            percentile(1.0),
        );
    }
}

/// The bound of the README: it is noticed, a try that hangs is given up, a pause, and the spread of the gap.
fn bound() -> Duration {
    let noticed = TIMES.heartbeat + TIMES.patience;
    noticed + TIMES.patience + TIMES.longest_pause + 2 * TIMES.spread + SLACK
}

/// A client that polls: each answer is a version that it has not seen.
async fn follow(
    hub: dacapo::Hub<String>,
    reader: Arc<Client>,
    node: usize,
    row: usize,
    log: Arc<Mutex<Vec<Seen>>>,
) {
    let (id, key) = (row as i32, format!("things:{row}"));
    let read = reader
        .prepare("SELECT version FROM things WHERE id = $1")
        .await
        .unwrap();
    let mut seen = 0;
    loop {
        let poll = hub.run(async |c| {
            let version: i32 = reader.query_one(&read, &[&id]).await.unwrap().get(0);
            match version as usize > seen {
                true => Ok(version as usize),
                false => Err(c.suspend(&key, HOLD)),
            }
        });
        let now = poll.await.unwrap().into_inner().unwrap();
        let at = Instant::now();
        let answers = (seen + 1..=now).map(|version| Seen {
            what: (node, row, version),
            at,
        });
        log.lock().unwrap().extend(answers);
        seen = now;
    }
}

/// Changes rows at random, and returns when each version was committed.
async fn change_rows(writer: &Client) -> Vec<Vec<Instant>> {
    let mut commits = vec![Vec::new(); ROWS];
    let change = writer
        .prepare("UPDATE things SET version = version + 1 WHERE id = $1")
        .await
        .unwrap();
    let begin = Instant::now();
    for number in 0..CHANGES {
        sleep_until(begin + PACE * number as u32).await;
        let row = fastrand::usize(..ROWS);
        writer.execute(&change, &[&(row as i32)]).await.unwrap();
        commits[row].push(Instant::now());
    }
    commits
}
