//! A node: a hub, and a listener that reports.

use std::time::Duration;

use dacapo::{Hub, Relay};
use dacapo_postgres::{Down, Link, Listener};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
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

pub(crate) const MS: Duration = Duration::from_millis(1);

pub(crate) const QUICK: Times = Times {
    heartbeat: Duration::from_millis(500),
    patience: Duration::from_millis(500),
    longest_pause: Duration::from_millis(500),
    spread: Duration::from_millis(100),
};

/// What a machine under load adds.
pub(crate) const SLACK: Duration = Duration::from_secs(1);

pub(crate) struct Node {
    pub(crate) hub: Hub<String>,
    links: UnboundedReceiver<(Instant, Link)>,
    listener: JoinSet<()>,
}

impl Node {
    /// A node that reaches the database through this port.
    pub(crate) fn new(port: u16, times: Times) -> Self {
        let hub = Hub::new();
        let relay = Relay::builder().spread(times.spread).build(&hub);
        let (report, links) = mpsc::unbounded_channel();
        let listener = Listener::new(config(port), NoTls, relay)
            .heartbeat(times.heartbeat)
            .patience(times.patience)
            .backoff(50 * MS, times.longest_pause)
            .on_change(move |link| {
                let copy = match link {
                    Link::Up => Link::Up,
                    Link::Down(down) => Link::Down(copy(down)),
                };
                let _ = report.send((Instant::now(), copy));
            });
        let mut tasks = JoinSet::new();
        tasks.spawn(async { match listener.run().await {} });
        Self {
            hub,
            links,
            listener: tasks,
        }
    }

    /// A node that is up.
    pub(crate) async fn up_at(port: u16, times: Times) -> Self {
        let mut node = Self::new(port, times);
        node.is_up().await;
        node
    }

    /// Waits until it is up.
    pub(crate) async fn is_up(&mut self) -> Instant {
        loop {
            if let (at, Link::Up) = self.next().await {
                return at;
            }
        }
    }

    /// Waits until it is down, and returns why.
    pub(crate) async fn is_down(&mut self) -> (Instant, Down) {
        loop {
            if let (at, Link::Down(why)) = self.next().await {
                return (at, why);
            }
        }
    }

    /// What it has reported and nothing has read yet.
    pub(crate) fn reported(&mut self) -> Vec<Link> {
        std::iter::from_fn(|| self.links.try_recv().ok())
            .map(|(_, link)| link)
            .collect()
    }

    /// Ends the listener.
    pub(crate) async fn leave(&mut self) {
        self.listener.shutdown().await;
    }

    /// Waits for the next notify of a key, and returns when its handler was executed again.
    pub(crate) fn wait_for(&self, key: &str) -> impl Future<Output = Instant> + Send + use<> {
        let (hub, key) = (self.hub.clone(), key.to_owned());
        async move {
            let hold = Duration::from_secs(60);
            let answer = hub.run(async |c| match c.is_initial() {
                true => Err(c.suspend(&key, hold)),
                false if c.is_expired() => panic!("{key} was not notified"),
                false => Ok(Instant::now()),
            });
            answer.await.unwrap().into_inner().unwrap()
        }
    }

    /// Waits until this number of requests is held.
    pub(crate) async fn holds(&self, requests: usize) {
        while self.hub.suspended_count() < requests {
            tokio::task::yield_now().await;
        }
    }

    async fn next(&mut self) -> (Instant, Link) {
        let link = timeout(Duration::from_secs(30), self.links.recv()).await;
        link.expect("a link goes up or down within 30 s").unwrap()
    }
}

/// The kinds that a test looks at.
fn copy(down: &Down) -> Down {
    match down {
        Down::NoAnswer(step) => Down::NoAnswer(*step),
        Down::Pooled => Down::Pooled,
        Down::Failed { during, .. } | Down::Closed(during) => Down::Closed(*during),
        _ => unreachable!("a new kind"),
    }
}
