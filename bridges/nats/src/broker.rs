//! NATS as a broker: one subject, on a connection that is made for each session of the bridge.

use std::fmt;
use std::sync::atomic::Ordering;

use async_nats::client::FlushError;
use async_nats::{Client, ConnectError, PublishError, SubscribeError};
use dacapo_transport::Broker;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};

/// How to connect to NATS, and the subject on which the nodes talk.
///
/// ```
/// use async_nats::ConnectOptions;
/// use dacapo::{Hub, Relay};
/// use dacapo_nats::{Bridge, Nats};
///
/// let connect = || {
///     let options = ConnectOptions::new().token("secret".into());
///     options.max_reconnects(1).connect("nats://127.0.0.1")
/// };
/// let relay = Relay::new(&Hub::<String>::new());
/// let bridge = Bridge::new(Nats::new(connect).subject("calendar"), relay);
/// ```
pub struct Nats {
    connect: Box<dyn Fn() -> BoxFuture<'static, Result<Client, ConnectError>> + Send + Sync>,
    subject: String,
}

impl Nats {
    /// Connects with this function, and talks on the subject `dacapo`.
    ///
    /// The bridge calls it again after each loss, because a client that connects again by itself
    /// does not tell what it has missed. So set `max_reconnects` to the number of servers in the
    /// address, which ends the tries of a client that was dropped. Do not set
    /// `retry_on_initial_connect`, and not `no_echo`, which hides the bridge's own lines from it.
    pub fn new<F>(connect: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Client, ConnectError>> + Send + 'static,
    {
        Self {
            connect: Box::new(move || connect().boxed()),
            subject: "dacapo".into(),
        }
    }

    /// Sets the subject. Applications and hubs that share a server need different ones, or
    /// accounts.
    #[must_use]
    pub fn subject(mut self, name: impl Into<String>) -> Self {
        self.subject = name.into();
        self
    }
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NatsError {
    /// It cannot connect.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It cannot subscribe.
    #[error(transparent)]
    Subscribe(#[from] SubscribeError),
    /// It cannot publish.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// It cannot send what it has published.
    #[error(transparent)]
    Flush(#[from] FlushError),
    /// The client has lost its connection and has made another one. Messages may be lost.
    #[error("the client has connected again")]
    Reconnected,
}

impl Broker for Nats {
    const NAME: &'static str = "NATS";

    type Error = NatsError;
    type Publisher = Publisher;
    type Lines = BoxStream<'static, Vec<u8>>;

    async fn connect(&self) -> Result<(Publisher, Self::Lines), NatsError> {
        let client = (self.connect)().await?;
        let lines = client.subscribe(self.subject.clone()).await?;
        let publisher = Publisher {
            client,
            subject: self.subject.clone(),
        };
        let other = publisher.clone();
        // What comes over a second connection comes after a loss.
        let lines = lines.take_while(move |_| std::future::ready(other.is_first_connection()));
        let lines = lines.map(|message| message.payload.to_vec());
        Ok((publisher, lines.boxed()))
    }
}

/// The connection that publishes.
#[derive(Clone)]
pub struct Publisher {
    client: Client,
    subject: String,
}

impl Publisher {
    fn is_first_connection(&self) -> bool {
        self.client.statistics().connects.load(Ordering::Relaxed) == 1
    }
}

impl dacapo_transport::Publisher for Publisher {
    type Error = NatsError;

    fn longest_line(&self) -> usize {
        self.client.server_info().max_payload
    }

    async fn publish(&mut self, lines: &[String]) -> Result<(), NatsError> {
        for line in lines {
            let line = line.clone().into();
            self.client.publish(self.subject.clone(), line).await?;
        }
        self.client.flush().await?;
        match self.is_first_connection() {
            true => Ok(()),
            false => Err(NatsError::Reconnected),
        }
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nats")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
