//! The life of one connection.
//!
//! ```text
//!  connect ──▶ listen ──▶ probe ──▶ listen ──▶ up: follow ──▶ heartbeat
//!     │          (own)      │      (changes)       │  ▲          │   │
//!     │           │         │          │           │  ╰──────────╯   │
//!     ▼           ▼         ▼          ▼           ▼                 ▼
//!     ╰───────────┴─────────┴─── down, with the reason ──────────────╯
//! ```

use std::hash::Hash;
use std::str::FromStr;
use std::time::Duration;

use dacapo::Relay;
use tokio::time::{sleep, timeout};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Error, Socket};

use crate::down::{Down, Step};
use crate::wire::{Ended, Wire};

/// What connections are made of.
pub(crate) struct Way<'a, T> {
    pub(crate) config: &'a Config,
    pub(crate) tls: &'a T,
    pub(crate) heartbeat: Duration,
    pub(crate) patience: Duration,
}

/// A connection that listens.
pub(crate) struct Session<'a, K, T: MakeTlsConnect<Socket>> {
    way: Way<'a, T>,
    client: Client,
    wire: Wire<'a, K, T::Stream>,
    relay: &'a Relay<K>,
    /// Notifies its own channel. The commit does not wait for the disk: nothing is stored. `SET LOCAL` leaves
    /// nothing behind on the connection of a pooler.
    beat: String,
}

impl<'a, K, T> Session<'a, K, T>
where
    K: FromStr + Hash,
    T: MakeTlsConnect<Socket> + Clone,
{
    /// Connects, and proves that what others send arrives here.
    pub(crate) async fn start(way: Way<'a, T>, relay: &'a Relay<K>) -> Result<Self, Down> {
        let connecting = way.config.connect(way.tls.clone());
        let (client, connection) = match timeout(way.patience_to_connect(), connecting).await {
            Ok(connected) => connected.map_err(Down::failed(Step::Connect))?,
            Err(_) => return Err(Down::NoAnswer(Step::Connect)),
        };
        let own = format!("dacapo_{:016x}", fastrand::u64(..));
        let beat = format!("SET LOCAL synchronous_commit TO off; NOTIFY {own}");
        // A queue of notifications that was full stays full until something asks how full it is.
        let listen = format!("LISTEN {own}; SELECT pg_catalog.pg_notification_queue_usage()");
        let wire = Wire::new(connection, relay, own);
        let mut session = Self {
            way,
            client,
            wire,
            relay,
            beat,
        };
        session.execute(Step::Listen, &listen).await?;
        session.probe().await?;
        // Only now: what a pooler's connection listens to, it hears for others long after this.
        session.execute(Step::Listen, "LISTEN dacapo").await?;
        Ok(session)
    }

    /// Follows the changes until the connection ends.
    pub(crate) async fn follow(mut self) -> Down {
        loop {
            let pause = sleep(self.way.heartbeat);
            if let Err(ended) = self.wire.during(pause).await {
                return ended.during(Step::Follow);
            }
            if let Err(down) = self.heartbeat().await {
                return down;
            }
        }
    }

    /// Sends a notification to itself. It comes after everything that was committed before, so when it is here, the
    /// rest is here too.
    async fn heartbeat(&mut self) -> Result<(), Down> {
        let expected = self.wire.heard_so_far() + 1;
        let patience = self.way.patience;
        let beating = async {
            let beat = self.client.batch_execute(&self.beat);
            let answered = self.wire.during(beat).await;
            settle(Step::Heartbeat, answered)?;
            let heard = self.wire.heard(expected).await;
            heard.map_err(|ended| ended.during(Step::Heartbeat))
        };
        let timely = timeout(patience, beating).await;
        timely.unwrap_or(Err(Down::NoAnswer(Step::Heartbeat)))
    }

    /// Lets a second connection send a notification to this one, which is idle. Behind a pooler in transaction mode, its
    /// own heartbeats would come back, and nothing else.
    async fn probe(&mut self) -> Result<(), Down> {
        let expected = self.wire.heard_so_far() + 1;
        let patience = self.way.patience_to_connect();
        let probe = timeout(
            patience,
            probe(self.way.config, self.way.tls.clone(), &self.beat),
        );
        match self.wire.during(probe).await {
            Ok(Ok(probed)) => probed.map_err(Down::failed(Step::Probe))?,
            Ok(Err(_)) => return Err(Down::NoAnswer(Step::Probe)),
            Err(ended) => return Err(ended.during(Step::Probe)),
        }
        match timeout(self.way.patience, self.wire.heard(expected)).await {
            Ok(heard) => heard.map_err(|ended| ended.during(Step::Probe)),
            // If it answers otherwise, it is not the way that is broken.
            Err(_) => Err(match self.execute(Step::Probe, "UNLISTEN *").await {
                Ok(()) => Down::Pooled,
                Err(down) => down,
            }),
        }
    }

    async fn execute(&mut self, step: Step, statement: &str) -> Result<(), Down> {
        let work = self.wire.during(self.client.batch_execute(statement));
        match timeout(self.way.patience, work).await {
            Ok(done) => settle(step, done),
            Err(_) => Err(Down::NoAnswer(step)),
        }
    }

    /// Marks the relay as up until the returned value is dropped, also with the future that holds it.
    pub(crate) fn up(&self) -> Up<'a, K> {
        self.relay.up();
        Up(self.relay)
    }
}

impl<T> Way<'_, T> {
    /// The client tries one host after another.
    fn patience_to_connect(&self) -> Duration {
        let hosts = self.config.get_hosts().len();
        let addresses = self.config.get_hostaddrs().len();
        let hosts = u32::try_from(hosts.max(addresses).max(1)).unwrap_or(u32::MAX);
        self.patience.saturating_mul(hosts)
    }
}

impl Ended {
    fn during(self, step: Step) -> Down {
        match self.0 {
            Some(error) => Down::failed(step)(error),
            None => Down::Closed(step),
        }
    }
}

/// A way is there, and proved.
pub(crate) struct Up<'a, K>(&'a Relay<K>);

impl<K> Drop for Up<'_, K> {
    fn drop(&mut self) {
        self.0.down();
    }
}

fn settle(step: Step, done: Result<Result<(), Error>, Ended>) -> Result<(), Down> {
    let done = done.map_err(|ended| ended.during(step))?;
    done.map_err(Down::failed(step))
}

/// Executes a statement on a connection for nothing else.
async fn probe<T>(config: &Config, tls: T, statement: &str) -> Result<(), Error>
where
    T: MakeTlsConnect<Socket>,
{
    let (client, connection) = config.connect(tls).await?;
    tokio::select! {
        done = client.batch_execute(statement) => done,
        ended = connection => ended,
    }
}
