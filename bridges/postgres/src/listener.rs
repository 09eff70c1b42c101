//! Follows a database, from one connection to the next.

use std::convert::Infallible;
use std::fmt;
use std::hash::Hash;
use std::str::FromStr;
use std::time::Duration;

use dacapo::Relay;
use tokio::time::{Instant, sleep};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Config, Socket};

use crate::backoff::Backoff;
use crate::down::Down;
use crate::session::{Session, Way};

/// Tells a hub which keys have changed in a database, and when it may have missed one.
///
/// [`run`](Self::run) is one future, which spawns nothing. It uses one connection, and a second one
/// for a moment at each start. Every connection begins with a gap: the hub executes all its waiting
/// requests once, [spread](dacapo::relay::RelayBuilder::spread) over some time. So nothing that
/// happened before is missed.
///
/// ```no_run
/// use dacapo::{Hub, Relay};
/// use dacapo_postgres::Listener;
/// use tokio_postgres::NoTls;
///
/// # async fn f() -> Result<(), tokio_postgres::Error> {
/// let hub = Hub::<String>::new();
/// let config = "host=127.0.0.1 user=app dbname=app".parse()?;
/// tokio::spawn(Listener::new(config, NoTls, Relay::new(&hub)).run());
/// # Ok(()) }
/// ```
#[must_use = "it hears nothing until `run` is polled"]
pub struct Listener<K, T> {
    config: Config,
    tls: T,
    relay: Relay<K>,
    heartbeat: Duration,
    patience: Duration,
    shortest_pause: Duration,
    longest_pause: Duration,
    report: Box<dyn FnMut(&Link) + Send>,
}

/// Whether a [`Listener`] hears what happens.
#[derive(Debug)]
pub enum Link {
    /// It hears everything that is committed from now on. What was before is a gap.
    Up,
    /// It hears nothing, and tries again.
    Down(Down),
}

impl<K, T> Listener<K, T> {
    /// Follows the database of this configuration, over plain TCP with
    /// [`NoTls`](tokio_postgres::NoTls) or with the connector of a TLS library.
    ///
    /// It must be the database in which the tables are watched: others are not heard.
    ///
    /// Connect to the primary itself, or to a pooler in session mode. With several hosts in the
    /// configuration, set `target_session_attrs=read-write`: a standby cannot `LISTEN`.
    ///
    /// The relay only hears. So do not notify through it: [`Relay::notify`] would wake this node
    /// alone, and its lines would fill the outbox, which nothing reads. Use `dacapo.notify` in the
    /// database, which all nodes hear.
    pub fn new(config: Config, tls: T, relay: Relay<K>) -> Self {
        Self {
            config,
            tls,
            relay,
            heartbeat: Duration::from_secs(5),
            patience: Duration::from_secs(5),
            shortest_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            report: Box::new(|_| {}),
        }
    }

    /// Sets how long after an answer it asks the server again whether the connection works: 5 s
    /// unless set.
    ///
    /// A connection that breaks without a sign is noticed after `heartbeat + patience`. Each
    /// heartbeat is a small transaction with a `NOTIFY`.
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// Sets how long it waits for an answer, in each step, before it drops the connection: 5 s
    /// unless set.
    ///
    /// With several hosts, it waits that long for each of them. Within that time, an address that
    /// does not accept the connection has a quarter of it, unless the configuration sets a
    /// `connect_timeout`: then the next address of the host is tried.
    ///
    /// Below 2 s, a database under load looks like one that is gone. Then each connection causes a
    /// gap, and each gap causes load.
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
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use dacapo_postgres::Link;
    /// # use dacapo::{Hub, Relay};
    /// # use dacapo_postgres::Listener;
    /// # use tokio_postgres::{Config, NoTls};
    /// # let (config, relay) = (Config::new(), Relay::new(&Hub::<String>::new()));
    ///
    /// let is_up = Arc::new(AtomicBool::new(false)); // read it in the health check
    /// let report = is_up.clone();
    /// let listener = Listener::new(config, NoTls, relay)
    ///     .on_change(move |link| report.store(matches!(link, Link::Up), Ordering::Relaxed));
    /// ```
    pub fn on_change(mut self, report: impl FnMut(&Link) + Send + 'static) -> Self {
        self.report = Box::new(report);
        self
    }
}

impl<K, T> Listener<K, T>
where
    K: FromStr + Hash,
    T: MakeTlsConnect<Socket> + Clone,
{
    /// Follows the database until you drop the future, which closes the connection. It does not end
    /// with [`Relay::leave`]: it says nothing, so no other node would miss it.
    ///
    /// It never gives up. A wrong password, a database that does not exist yet and a pooler in the
    /// wrong mode can all be repaired while the node runs, so it reports them, and tries again.
    /// While it is down, a change is seen when the hold of a request expires.
    ///
    /// # Cancel safety
    ///
    /// You can drop the future at any time. A new one begins with a gap.
    ///
    /// # Examples
    ///
    /// In one task with the server, so that it ends with it:
    ///
    /// ```no_run
    /// # use dacapo::{Hub, Relay};
    /// # use dacapo_postgres::Listener;
    /// # use tokio_postgres::{Config, NoTls};
    /// # async fn f(config: Config, server: impl Future<Output = ()>, hub: Hub<String>) {
    /// let listener = Listener::new(config, NoTls, Relay::new(&hub));
    /// tokio::select! {
    ///     () = server => {}
    ///     never = listener.run() => match never {},
    /// }
    /// # }
    /// ```
    pub async fn run(mut self) -> Infallible {
        if self.config.get_application_name().is_none() {
            self.config.application_name("dacapo");
        }
        if self.config.get_connect_timeout().is_none() {
            // A name can have several addresses. One that is silent must leave time for the others.
            self.config.connect_timeout(self.patience / 4);
        }
        let mut backoff = Backoff::new(self.shortest_pause, self.longest_pause);
        loop {
            let mut lasted = Duration::ZERO;
            let down = self.connection(&mut lasted).await;
            self.relay.down();
            tracing::warn!(reason = %down, "dacapo hears no changes from PostgreSQL");
            (self.report)(&Link::Down(down));
            sleep(backoff.after(lasted, fastrand::f64())).await;
        }
    }

    /// Makes one connection, and follows it to its end. `lasted` is how long it was up.
    async fn connection(&mut self, lasted: &mut Duration) -> Down {
        let way = Way {
            config: &self.config,
            tls: &self.tls,
            heartbeat: self.heartbeat,
            patience: self.patience,
        };
        let session = match Session::start(way, &self.relay).await {
            Ok(session) => session,
            Err(down) => return down,
        };
        let since = Instant::now();
        let _up = session.up();
        tracing::info!("dacapo hears all changes from PostgreSQL");
        (self.report)(&Link::Up);
        let down = session.follow().await;
        *lasted = since.elapsed();
        down
    }
}

impl<K, T> fmt::Debug for Listener<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("config", &self.config)
            .field("heartbeat", &self.heartbeat)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
