//! Redis as a broker: `PUBLISH` on one connection, `SUBSCRIBE` on another.

use std::collections::HashMap;
use std::fmt;

use dacapo_transport::Broker;
use futures::StreamExt;
use futures::stream::BoxStream;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, Value};

/// A Redis or Valkey server, and the channel on which the nodes talk.
///
/// A [`Client`] becomes one by [`From`], with the channel `dacapo`.
///
/// ```
/// use dacapo::{Hub, Relay};
/// use dacapo_redis::{Bridge, Redis};
///
/// # fn f() -> Result<(), redis::RedisError> {
/// let client = redis::Client::open("redis://127.0.0.1")?;
/// let relay = Relay::new(&Hub::<String>::new());
/// let bridge = Bridge::new(Redis::new(client).channel("calendar"), relay);
/// # Ok(()) }
/// # f().unwrap();
/// ```
#[derive(Clone)]
pub struct Redis {
    client: Client,
    channel: String,
}

impl Redis {
    /// The server of this client, and the channel `dacapo`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            channel: "dacapo".into(),
        }
    }

    /// Sets the channel. Applications and hubs that share a server need different ones. The
    /// database number of the client does not separate them.
    #[must_use]
    pub fn channel(mut self, name: impl Into<String>) -> Self {
        self.channel = name.into();
        self
    }
}

impl From<Client> for Redis {
    fn from(client: Client) -> Self {
        Self::new(client)
    }
}

impl Broker for Redis {
    const NAME: &'static str = "Redis";

    type Error = RedisError;
    type Publisher = Publisher;
    type Lines = BoxStream<'static, Vec<u8>>;

    async fn connect(&self) -> Result<(Publisher, Self::Lines), RedisError> {
        let mut subscriber = self.client.get_async_pubsub().await?;
        subscriber.subscribe(&self.channel).await?;
        let lines = subscriber.into_on_message();
        let lines = lines.map(|message| message.get_payload_bytes().to_vec());
        // The bridge has limits for each step, and a name is resolved again for each connection.
        let unlimited = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&unlimited);
        let mut publisher = Publisher {
            connection: connecting.await?,
            channel: self.channel.clone(),
        };
        publisher.refuse_a_replica().await?;
        Ok((publisher, lines.boxed()))
    }
}

/// The connection that publishes.
pub struct Publisher {
    connection: MultiplexedConnection,
    channel: String,
}

impl Publisher {
    /// Outside of a cluster, a replica does not pass on what is published on it, so the nodes on the primary would not
    /// hear this one. Every user may say `HELLO`. A server that does not know it, as Redis 6.0, or a proxy, is believed.
    async fn refuse_a_replica(&mut self) -> Result<(), RedisError> {
        let hello = redis::cmd("HELLO");
        let server: HashMap<String, Value> = match hello.query_async(&mut self.connection).await {
            Err(error) if error.is_io_error() => return Err(error),
            answer => answer.unwrap_or_default(),
        };
        let is = |field: &str, text: &str| match server.get(field) {
            Some(Value::BulkString(bytes)) => bytes == text.as_bytes(),
            Some(Value::SimpleString(word)) => word == text,
            _ => false,
        };
        match is("role", "replica") && !is("mode", "cluster") {
            true => Err((ErrorKind::InvalidClientConfig, IS_A_REPLICA).into()),
            false => Ok(()),
        }
    }
}

const IS_A_REPLICA: &str =
    "the server is a replica, which keeps what is published on it: connect to the primary";

impl dacapo_transport::Publisher for Publisher {
    type Error = RedisError;

    async fn publish(&mut self, lines: &[String]) -> Result<(), RedisError> {
        let mut pipe = redis::pipe();
        for line in lines {
            pipe.publish(&self.channel, line).ignore();
        }
        pipe.query_async(&mut self.connection).await
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the client: it has the password.
        f.debug_struct("Redis")
            .field("address", self.client.get_connection_info().addr())
            .field("channel", &self.channel)
            .finish()
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}
