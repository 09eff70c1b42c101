//! Three nodes, each on a way of its own that breaks again and again, and 900 requests that only the bridges can wake.
//!
//! A row changes seldom, so that no later change hides one that was lost, and the faults go on to the last change. Else
//! a bridge that ignores gaps would pass: [`requests_stay_behind`] is for that bridge.

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
pub const ROWS: usize = 300; // and a request for each row on each node
const CHANGES: usize = 500;
const FAULTS: usize = 25;
const PACE: Duration = Duration::from_millis(50); // between two changes

const TIMES: Times = Times {
    silence: Duration::from_millis(1500),
    patience: Duration::from_millis(500),
    longest_pause: Duration::from_millis(500),
    spread: Duration::from_millis(500),
};

/// A hub that spreads each gap so long ignores it.
pub const IGNORED: Duration = Duration::from_secs(3600);

/// Far above what the bridge may take: only the bridge wakes a request.
const HOLD: Duration = Duration::from_secs(600);

pub async fn three_nodes_with_25_faults_leave_no_request_behind<K: Kind>() {
    let server = Server::start::<K>().await;
    let node = |port| Node::new::<K>(port, TIMES);
    no_request_stays_behind(server.port, TIMES.bound(), node, Memory::default()).await;
}

pub async fn a_bridge_that_ignores_gaps_leaves_requests_behind<K: Kind>() {
    let spread = IGNORED;
    let server = Server::start::<K>().await;
    let node = |port| Node::new::<K>(port, Times { spread, ..TIMES });
    requests_stay_behind(server.port, TIMES.bound(), node, Memory::default()).await;
}

/// `node` makes a node that reaches the server through a port.
pub async fn no_request_stays_behind<W: World>(
    server: u16,
    bound: Duration,
    node: impl Fn(u16) -> Node,
    world: W,
) {
    let story = Story::run(server, bound, node, world).await;
    assert_eq!(story.late, Vec::<String>::new());
}

pub async fn requests_stay_behind<W: World>(
    server: u16,
    bound: Duration,
    node: impl Fn(u16) -> Node,
    world: W,
) {
    let late = Story::run(server, bound, node, world).await.late.len();
    assert!(late > 20, "{late} are late: the proof is not sensitive");
}

/// The truth, which all nodes read: rows, each with a version that begins with 0.
pub trait World: Send + Sync + 'static {
    /// The key of a row.
    fn key(row: usize) -> String;

    /// Returns the version of a row.
    fn read(&self, row: usize) -> impl Future<Output = usize> + Send;

    /// Makes the next version of a row, and tells its key.
    fn change(&self, row: usize, nodes: &[Node]) -> impl Future<Output = Change> + Send;
}

/// When a version of a row was made, and on which node. The way of that node may delay it.
#[derive(Clone, Copy)]
pub struct Change {
    pub at: Instant,
    pub node: Option<usize>,
}

/// A world in this process, which is told through the relay of a node.
struct Memory(Vec<AtomicUsize>);

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
    bound: Duration,
    /// `changes[row][version - 1]`.
    changes: Vec<Vec<Change>>,
    answered: Vec<Answered>,
    faults: Vec<Fault>,
    /// What was not answered in time.
    late: Vec<String>,
    gaps: u64,
}

type Log = Arc<Mutex<Vec<Answered>>>;

impl Story {
    async fn run<W: World>(
        server: u16,
        bound: Duration,
        node: impl Fn(u16) -> Node,
        world: W,
    ) -> Self {
        let (mut ways, mut nodes) = (Vec::new(), Vec::new());
        for _ in 0..NODES {
            let way = Proxy::to(server).await;
            let mut node = node(way.port);
            node.is_up().await;
            nodes.push(node);
            ways.push(way);
        }
        let (world, log) = (Arc::new(world), Log::default());
        let requests = follow_all(&world, &nodes, &log).await;
        let faults = tokio::spawn(break_ways(ways, FAULTS, PACE * CHANGES as u32));
        let changes = change_rows(&*world, &nodes).await;
        let faults = faults.await.unwrap();
        sleep(bound + SLACK).await;
        drop(requests);
        let answered = log.lock().unwrap().clone();
        let mut story = Self {
            bound,
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
        let mut deadline = change.at + self.bound;
        let concerns = |fault: &&Fault| [Some(node), change.node].contains(&Some(fault.node));
        for fault in self.faults.iter().filter(concerns) {
            if fault.begin <= deadline && fault.end > change.at {
                deadline = deadline.max(fault.end + self.bound);
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

/// Starts a client for each row on each node, and returns when all are held. They end when the result is dropped.
async fn follow_all<W: World>(world: &Arc<W>, nodes: &[Node], log: &Log) -> JoinSet<()> {
    let mut requests = JoinSet::new();
    for (number, node) in nodes.iter().enumerate() {
        for row in 0..ROWS {
            let (world, log) = (Arc::clone(world), Arc::clone(log));
            requests.spawn(follow(world, node.hub.clone(), number, row, log));
        }
    }
    for node in nodes {
        node.holds(ROWS).await;
    }
    requests
}

/// A client that polls: each answer is a version that it has not seen.
async fn follow<W: World>(world: Arc<W>, hub: Hub<String>, node: usize, row: usize, log: Log) {
    let (mut seen, key) = (0, W::key(row));
    loop {
        let poll = hub.run(async |c| match world.read(row).await {
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

/// Changes rows at random.
async fn change_rows<W: World>(world: &W, nodes: &[Node]) -> Vec<Vec<Change>> {
    let mut changes = vec![Vec::new(); ROWS];
    let begin = Instant::now();
    for number in 0..CHANGES {
        sleep_until(begin + PACE * number as u32).await;
        let row = fastrand::usize(..ROWS);
        changes[row].push(world.change(row, nodes).await);
    }
    for (row, changes) in changes.iter().enumerate() {
        assert_eq!(world.read(row).await, changes.len(), "row {row}");
    }
    changes
}

fn gaps(node: &Node) -> u64 {
    let gaps = node.hub.stats().relayed.gaps;
    gaps.connected + gaps.lost + gaps.silent
}

impl Default for Memory {
    fn default() -> Self {
        Self((0..ROWS).map(|_| AtomicUsize::new(0)).collect())
    }
}

impl World for Memory {
    fn key(row: usize) -> String {
        row.to_string()
    }

    async fn read(&self, row: usize) -> usize {
        self.0[row].load(Ordering::SeqCst)
    }

    async fn change(&self, row: usize, nodes: &[Node]) -> Change {
        let (at, node) = (Instant::now(), fastrand::usize(..nodes.len()));
        self.0[row].fetch_add(1, Ordering::SeqCst);
        nodes[node].relay.notify(&row.to_string());
        let node = Some(node);
        Change { at, node }
    }
}
