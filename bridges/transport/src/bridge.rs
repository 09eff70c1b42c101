//! Carries the lines of a relay, from one connection to the next.

use std::fmt;
use std::hash::Hash;
use std::str::FromStr;
use std::time::Duration;

use dacapo::Relay;
use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::broker::Broker;
use crate::down::Down;
use crate::session::{Ended, Session};

/// Carries the lines of a [`Relay`] to the other nodes, and theirs to it.
///
/// [`run`](Self::run) is one future, and it spawns nothing. Every connection begins with a gap: the
/// hub executes all its waiting requests once, spread over the time of the relay. So nothing that
/// happened before is missed.
#[must_use = "it carries nothing until `run` is polled"]
pub struct Bridge<K, B: Broker> {
    broker: B,
    relay: Relay<K>,
    patience: Duration,
    shortest_pause: Duration,
    longest_pause: Duration,
    report: Report<B::Error>,
}

/// Whether a [`Bridge`] carries lines.
#[derive(Debug)]
pub enum Link<E> {
    /// Its own line has come back. It hears all that is published from now on, and the relay knows
    /// that there was a gap before.
    Up,
    /// It carries nothing, and tries again.
    Down(Down<E>),
}

impl<K, B: Broker> Bridge<K, B> {
    /// Makes a bridge over this broker.
    pub fn new(broker: impl Into<B>, relay: Relay<K>) -> Self {
        Self {
            broker: broker.into(),
            relay,
            patience: Duration::from_secs(5),
            shortest_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            report: Box::new(|_| {}),
        }
    }

    /// Sets how long it tries to connect, and how long its own lines may take to come back, before
    /// it drops the connection: 5 s unless set.
    ///
    /// A relay says something at least each third of its
    /// [silence](dacapo::relay::RelayBuilder::silence), so a connection that breaks without a sign
    /// is noticed within `silence / 3 + patience`.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets the pause before a new connection: 100 ms after the first failure unless set, doubling
    /// up to 5 s. Each pause is shortened at random, to half at most.
    ///
    /// The pause is short again after a connection that has lasted longer than `longest`. Both are
    /// at least 1 ms.
    pub fn backoff(mut self, shortest: Duration, longest: Duration) -> Self {
        (self.shortest_pause, self.longest_pause) = (shortest, longest);
        self
    }

    /// Calls a function whenever it goes up or down, and after each try that fails, for example for
    /// a health check.
    ///
    /// It also writes an event of `tracing` each time: `INFO` when it is up, `WARN` with the reason
    /// when it is down.
    pub fn on_change(mut self, report: impl FnMut(&Link<B::Error>) + Send + 'static) -> Self {
        self.report = Box::new(report);
        self
    }
}

impl<K, B> Bridge<K, B>
where
    K: FromStr + Hash,
    B: Broker,
{
    /// Carries lines until the relay [leaves](Relay::leave), or until you drop the future. Both
    /// close the connection.
    ///
    /// It never gives up. A wrong password and a broker that is not there yet can be repaired while
    /// the node runs, so it reports them, and tries again. While it is down, a change on another
    /// node is seen when the hold of a request expires.
    ///
    /// After `leave`, it returns when the last line has come back. If the broker cannot be reached,
    /// that does not happen, so set a limit: `timeout(5 s, bridge)`.
    ///
    /// # Cancel safety
    ///
    /// You can drop the future at any time. The other nodes find what it has not published, and a
    /// new one begins with a gap.
    pub async fn run(mut self) {
        let mut backoff = Backoff::new(self.shortest_pause, self.longest_pause);
        loop {
            let mut lasted = Duration::ZERO;
            let Ended::Down(down) = self.connection(&mut lasted).await else {
                return;
            };
            self.relay.down();
            tracing::warn!(broker = B::NAME, reason = %down, "dacapo does not hear the other nodes");
            (self.report)(&Link::Down(down));
            sleep(backoff.after(lasted, fastrand::f64())).await;
        }
    }

    /// Makes one connection, and follows it to its end. `lasted` is how long it was up.
    async fn connection(&mut self, lasted: &mut Duration) -> Ended<B::Error> {
        let session = match Session::start(&self.broker, &self.relay, self.patience).await {
            Ok(session) => session,
            Err(down) => return Ended::Down(down),
        };
        let mut since = None;
        let _down = DownOnDrop(&self.relay);
        let report = &mut self.report;
        let relay = &self.relay;
        let ended = session
            .follow(|| {
                since = Some(Instant::now());
                relay.up();
                tracing::info!(broker = B::NAME, "dacapo hears the other nodes");
                report(&Link::Up);
            })
            .await;
        *lasted = since.map_or(Duration::ZERO, |since| since.elapsed());
        ended
    }
}

type Report<E> = Box<dyn FnMut(&Link<E>) + Send>;

/// Marks the relay as down when it is dropped, also with the future that holds it.
struct DownOnDrop<'a, K>(&'a Relay<K>);

impl<K> Drop for DownOnDrop<'_, K> {
    fn drop(&mut self) {
        self.0.down();
    }
}

impl<K, B: Broker + fmt::Debug> fmt::Debug for Bridge<K, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge")
            .field("broker", &self.broker)
            .field("relay", &self.relay)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
