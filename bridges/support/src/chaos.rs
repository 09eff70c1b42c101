//! Three nodes, each on a way of its own that breaks again and again, and 900 requests that only the bridges can wake.
//!
//! A row changes seldom, so that no later change hides one that was lost, and the faults go on to the last change. Else
//! a bridge that ignores gaps would pass: the last function is that bridge.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dacapo::Hub;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::node::{Node, SLACK, Times};
use crate::proxy::Proxy;
use crate::server::{Kind, Server};
use crate::ways::{Fault, break_ways};

const NODES: usize = 3;
const ROWS: usize = 300; // and a request for each row on each node
const CHANGES: usize = 500;
const FAULTS: usize = 25;
const PACE: Duration = Duration::from_millis(50); // between two changes

const TIMES: Times = Times {
    silence: Duration::from_millis(1500),
    patience: Duration::from_millis(500),
    longest_pause: Duration::from_millis(500),
    spread: Duration::from_millis(500),
};

/// Far above what the bridge may take: only the bridge wakes a request.
const HOLD: Duration = Duration::from_secs(600);

pub async fn three_nodes_with_25_faults_leave_no_request_behind<K: Kind>() {
    let story = Story::run::<K>(TIMES).await;
    assert_eq!(story.late, Vec::<String>::new());
}

/// The hub spreads each gap over an hour, so nothing comes of it.
pub async fn a_bridge_that_ignores_gaps_leaves_requests_behind<K: Kind>() {
    let mutant = Times {
        spread: Duration::from_secs(3600),
        ..TIMES
    };
    let story = Story::run::<K>(mutant).await;
    let late = story.late.len();
    assert!(late > 20, "{late} are late: the proof is not sensitive");
}

/// When a version of a row was made, and on which node.
#[derive(Clone, Copy)]
struct Change {
    node: usize,
    at: Instant,
}

/// A node has answered with a version.
#[derive(Clone, Copy)]
struct Answered {
    node: usize,
    row: usize,
    version: usize,
    at: Instant,
}

/// What has happened.
struct Story {
    /// `changes[row][version - 1]`.
    changes: Vec<Vec<Change>>,
    answered: Vec<Answered>,
    faults: Vec<Fault>,
    /// What was not answered in time.
    late: Vec<String>,
    gaps: u64,
}

/// The truth, which all nodes read: the version of each row.
type Truth = Arc<Vec<AtomicUsize>>;

impl Story {
    async fn run<K: Kind>(times: Times) -> Self {
        let server = Server::start::<K>().await;
        let truth: Truth = Arc::new((0..ROWS).map(|_| AtomicUsize::new(0)).collect());
        let (mut proxies, mut nodes) = (Vec::new(), Vec::new());
        for _ in 0..NODES {
            let proxy = Proxy::to(server.port).await;
            let mut node = Node::new::<K>(proxy.port, times);
            node.is_up().await;
            nodes.push(node);
            proxies.push(proxy);
        }
        let log = Arc::default();
        let mut requests = JoinSet::new();
        for (number, node) in nodes.iter().enumerate() {
            for row in 0..ROWS {
                let client = follow(
                    node.hub.clone(),
                    truth.clone(),
                    number,
                    row,
                    Arc::clone(&log),
                );
                requests.spawn(client);
            }
        }
        for node in &nodes {
            node.holds(ROWS).await;
        }
        let faults = tokio::spawn(break_ways(proxies, FAULTS, PACE * CHANGES as u32));
        let changes = change_rows(&nodes, &truth).await;
        let faults = faults.await.unwrap();
        sleep(TIMES.bound() + SLACK).await;
        requests.abort_all();
        let answered = log.lock().unwrap().clone();
        let gaps = |node: &Node| {
            let gaps = node.hub.stats().relayed.gaps;
            gaps.connected + gaps.lost + gaps.silent
        };
        let mut story = Self {
            changes,
            answered,
            faults,
            late: Vec::new(),
            gaps: nodes.iter().map(gaps).sum(),
        };
        story.judge();
        story.print();
        story
    }

    /// Every version of every row must have been answered on every node, in time.
    fn judge(&mut self) {
        let mut first = vec![vec![vec![None; 0]; ROWS]; NODES];
        for (row, changes) in self.changes.iter().enumerate() {
            (0..NODES).for_each(|node| first[node][row] = vec![None; changes.len()]);
        }
        for Answered {
            node,
            row,
            version,
            at,
        } in &self.answered
        {
            first[*node][*row][version - 1].get_or_insert(*at);
        }
        for (node, rows) in first.iter().enumerate() {
            for (row, answers) in rows.iter().enumerate() {
                for (change, answer) in self.changes[row].iter().zip(answers) {
                    let deadline = self.deadline(node, *change);
                    match answer {
                        Some(at) if *at <= deadline => {}
                        Some(at) => self
                            .late
                            .push(format!("node {node}, row {row}: {:?}", *at - change.at)),
                        None => self.late.push(format!("node {node}, row {row}: never")),
                    }
                }
            }
        }
    }

    /// The bound counts from the end of the last fault that reaches into it, on the way of the reader or of the node
    /// that made the change.
    fn deadline(&self, node: usize, change: Change) -> Instant {
        let mut deadline = change.at + TIMES.bound();
        let concerns = |fault: &&Fault| [node, change.node].contains(&fault.node);
        for fault in self.faults.iter().filter(concerns) {
            if fault.begin <= deadline && fault.end > change.at {
                deadline = deadline.max(fault.end + TIMES.bound());
            }
        }
        deadline
    }

    fn print(&self) {
        let took = |answered: &Answered| {
            let change = self.changes[answered.row][answered.version - 1];
            answered.at.saturating_duration_since(change.at)
        };
        let mut took: Vec<_> = self.answered.iter().map(took).collect();
        took.sort();
        let percentile = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
        println!(
            "{CHANGES} changes on {NODES} nodes, {} faults, {} gaps: {} of {} late or never seen; change to answer: p50 {:?}, p90 {:?}, p99 {:?}, longest {:?}",
            self.faults.len(),
            self.gaps,
            self.late.len(),
            NODES * CHANGES,
            percentile(0.5),
            percentile(0.9),
            percentile(0.99),
            percentile(1.0),
        );
    }
}

/// A client that polls: each answer is a version that it has not seen.
async fn follow(
    hub: Hub<String>,
    truth: Truth,
    node: usize,
    row: usize,
    log: Arc<Mutex<Vec<Answered>>>,
) {
    let (mut seen, key) = (0, row.to_string());
    loop {
        let poll = hub.run(async |c| match truth[row].load(Ordering::SeqCst) {
            version if version > seen => Ok(version),
            _ => Err(c.suspend(&key, HOLD)),
        });
        let now = poll.await.unwrap().into_inner().unwrap();
        let at = Instant::now();
        let versions = (seen + 1..=now).map(|version| Answered {
            node,
            row,
            version,
            at,
        });
        log.lock().unwrap().extend(versions);
        seen = now;
    }
}

/// Changes rows at random on nodes at random.
async fn change_rows(nodes: &[Node], truth: &Truth) -> Vec<Vec<Change>> {
    let mut changes = vec![Vec::new(); ROWS];
    let begin = Instant::now();
    for number in 0..CHANGES {
        sleep_until(begin + PACE * number as u32).await;
        let (row, node) = (fastrand::usize(..ROWS), fastrand::usize(..NODES));
        let at = Instant::now();
        changes[row].push(Change { node, at });
        truth[row].fetch_add(1, Ordering::SeqCst);
        nodes[node].relay.notify(&row.to_string());
    }
    changes
}
