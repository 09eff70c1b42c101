//! Where the lines are: a stream of Redis, or of NATS (JetStream). Both give each line an id, and ids only rise.

use std::sync::Arc;
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::jetstream::context::{CreateStreamError, PublishError};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DirectGetError, DirectGetErrorKind};
use async_nats::jetstream::{self, stream};
use redis::RedisError;
use redis::aio::ConnectionManager;

use crate::chat::Line;

#[derive(Clone)]
pub(crate) enum Store {
    Redis(ConnectionManager),
    Nats(Arc<JetStream>),
}

pub(crate) struct JetStream {
    publisher: jetstream::Context,
    stream: stream::Stream<()>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error(transparent)]
    Connect(#[from] async_nats::ConnectError),
    #[error(transparent)]
    Create(#[from] CreateStreamError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Read(#[from] DirectGetError),
    #[error("a line is not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Lines, and the id of the last one. It is none if there are no lines.
type Found = (Vec<Line>, Option<String>);

impl Store {
    pub(crate) async fn open(broker: &str) -> Result<Self, StoreError> {
        if broker.starts_with("nats:") {
            // A request that was lost with its connection must fail soon, so that the tab sends it again.
            let options = ConnectOptions::new().request_timeout(Some(PATIENCE));
            let options = options.reconnect_delay_callback(|_| PAUSE);
            let client = options.connect(broker).await?;
            let mut publisher = jetstream::new(client);
            publisher.set_timeout(PATIENCE);
            let config = Config {
                name: "chat".into(),
                subjects: vec!["chat.*".into()],
                max_messages_per_subject: MOST,
                allow_direct: true,
                ..Config::default()
            };
            publisher.get_or_create_stream(config).await?;
            let stream = publisher
                .get_stream_no_info("chat")
                .await
                .expect("a name is enough");
            return Ok(Self::Nats(Arc::new(JetStream { publisher, stream })));
        }
        let client = redis::Client::open(broker)?;
        Ok(Self::Redis(client.get_connection_manager().await?))
    }

    /// Returns when the line is stored.
    pub(crate) async fn add(&self, room: &str, line: &Line) -> Result<(), StoreError> {
        let text = serde_json::to_string(line)?;
        match self {
            Self::Redis(connection) => {
                let mut add = redis::cmd("XADD");
                add.arg(format!("chat:{room}"))
                    .arg(&["MAXLEN", "~"])
                    .arg(MOST)
                    .arg(&["*", "line", &text]);
                Ok(add.query_async(&mut connection.clone()).await?)
            }
            Self::Nats(nats) => {
                // JetStream drops a line that it has under the same id.
                let message = PublishMessage::build()
                    .payload(text.into())
                    .message_id(&line.id);
                let stored = nats
                    .publisher
                    .send_publish(format!("chat.{room}"), message)
                    .await?;
                stored.await?;
                Ok(())
            }
        }
    }

    /// The lines after this one: a [`BATCH`] at most.
    pub(crate) async fn after(&self, room: &str, last: &str) -> Result<Found, StoreError> {
        match self {
            Self::Redis(connection) => after_in_redis(&mut connection.clone(), room, last).await,
            Self::Nats(nats) => after_in_nats(&nats.stream, room, last).await,
        }
    }
}

async fn after_in_redis(
    connection: &mut ConnectionManager,
    room: &str,
    last: &str,
) -> Result<Found, StoreError> {
    let start = match last {
        "" => "-".to_owned(),
        last => format!("({last}"),
    };
    let mut read = redis::cmd("XRANGE");
    read.arg(format!("chat:{room}"))
        .arg(start)
        .arg(&["+", "COUNT"])
        .arg(BATCH);
    let found: Vec<(String, (String, String))> = read.query_async(connection).await?;
    let last = found.last().map(|(id, _)| id.clone());
    let lines = found
        .iter()
        .map(|(_, (_, text))| serde_json::from_str(text));
    Ok((lines.collect::<Result<_, _>>()?, last))
}

async fn after_in_nats(
    stream: &stream::Stream<()>,
    room: &str,
    last: &str,
) -> Result<Found, StoreError> {
    let (mut lines, mut last) = (Vec::new(), last.parse::<u64>().unwrap_or(0));
    let before = last;
    while lines.len() < BATCH {
        let next = stream
            .direct_get_next_for_subject(format!("chat.{room}"), Some(last.saturating_add(1)));
        match next.await {
            Ok(message) => {
                last = message.sequence;
                lines.push(serde_json::from_slice(&message.payload)?);
            }
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok((lines, (last > before).then(|| last.to_string())))
}

/// The most lines of one answer.
pub(crate) const BATCH: usize = 100;

/// The lines of a room that are kept.
const MOST: i64 = 1000;

const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(200);
