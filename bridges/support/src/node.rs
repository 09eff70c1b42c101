//! A node: a hub, a relay, and a bridge that reports.

use std::time::Duration;

use dacapo::{Hub, Relay};
use dacapo_transport::{Bridge, Link};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::Kind;

/// How long things may take.
#[derive(Clone, Copy)]
pub struct Times {
    pub silence: Duration,
    pub patience: Duration,
    pub longest_pause: Duration,
    pub spread: Duration,
}

impl Times {
    /// How late a notify may be, counted from the end of the last fault: the fault is noticed, a try that hangs is
    /// given up, a pause, and the spread of the gap, twice if another gap was there.
    pub fn bound(&self) -> Duration {
        let noticed = self.silence / 3 + self.patience;
        noticed + self.patience + self.longest_pause + 2 * self.spread + SLACK
    }
}

pub const MS: Duration = Duration::from_millis(1);

pub const QUICK: Times = Times {
    silence: Duration::from_millis(1500),
    patience: Duration::from_millis(500),
    longest_pause: Duration::from_millis(500),
    spread: Duration::from_millis(100),
};

/// What a machine under load adds.
pub const SLACK: Duration = Duration::from_secs(1);

/// After which a test fails instead of hanging.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

pub struct Node {
    pub hub: Hub<String>,
    pub relay: Relay<String>,
    links: UnboundedReceiver<(Instant, Seen)>,
    bridge: JoinSet<()>,
}

/// What a bridge has reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Up,
    Down(String),
}

/// Where a bridge reports.
pub struct Report(UnboundedSender<(Instant, Seen)>);

impl Report {
    pub fn up(&self) {
        let _ = self.0.send((Instant::now(), Seen::Up));
    }

    pub fn down(&self, why: &impl ToString) {
        let _ = self.0.send((Instant::now(), Seen::Down(why.to_string())));
    }
}

impl Node {
    /// A node with something that tells this relay what it hears, and reports.
    pub fn with<F>(relay: Relay<String>, start: impl FnOnce(Report) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (report, links) = mpsc::unbounded_channel();
        let mut bridge = JoinSet::new();
        bridge.spawn(start(Report(report)));
        Self {
            hub: relay.hub().clone(),
            relay,
            links,
            bridge,
        }
    }

    /// A node that reaches its broker through this port.
    pub fn new<K: Kind>(port: u16, times: Times) -> Self {
        let builder = Relay::builder().spread(times.spread);
        let relay = builder.silence(times.silence).build(&Hub::new());
        Self::with(relay.clone(), |report| {
            Bridge::<_, K::Broker>::new(K::broker(port), relay)
                .patience(times.patience)
                .backoff(50 * MS, times.longest_pause)
                .on_change(move |link| match link {
                    Link::Up => report.up(),
                    Link::Down(down) => report.down(down),
                })
                .run()
        })
    }

    /// A node that is up, and whose first gap is over.
    pub async fn up_at<K: Kind>(port: u16, times: Times) -> Self {
        let node = Self::new::<K>(port, times);
        node.after_its_first_gap(times.spread).await
    }

    /// The end of a gap is a time: nothing else happens then. Another gap may have been found meanwhile, whose requests
    /// come after it.
    pub async fn after_its_first_gap(mut self, spread: Duration) -> Self {
        self.is_up().await;
        sleep(2 * spread).await;
        self
    }

    /// Waits until it is up.
    pub async fn is_up(&mut self) -> Instant {
        loop {
            if let (at, Seen::Up) = self.next().await {
                return at;
            }
        }
    }

    /// Waits until it is down, and returns why.
    pub async fn is_down(&mut self) -> (Instant, String) {
        loop {
            if let (at, Seen::Down(why)) = self.next().await {
                return (at, why);
            }
        }
    }

    /// What it has reported and nothing has read yet.
    pub fn reported(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.links.try_recv().ok())
            .map(|(_, seen)| seen)
            .collect()
    }

    /// Leaves, and returns when the bridge has.
    pub async fn leave(&mut self) {
        self.relay.leave();
        let left = timeout(Duration::from_secs(10), self.bridge.join_next()).await;
        left.expect("the bridge returns").unwrap().unwrap();
    }

    /// Drops the bridge, as a process that ends does.
    pub async fn vanish(&mut self) {
        self.bridge.shutdown().await;
    }

    /// Waits for the next notify of a key, and returns when its handler was executed again.
    pub fn wait_for(&self, key: &str) -> impl Future<Output = Instant> + Send + use<> {
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
    pub async fn holds(&self, requests: usize) {
        let held = async {
            while self.hub.suspended_count() < requests {
                tokio::task::yield_now().await;
            }
        };
        let timely = timeout(LONGEST, held).await;
        timely.expect("the requests are held within 30 s");
    }

    async fn next(&mut self) -> (Instant, Seen) {
        let link = timeout(LONGEST, self.links.recv()).await;
        link.expect("a link goes up or down within 30 s").unwrap()
    }
}
