//! The life of one connection.
//!
//! ```text
//!  connect ──▶ probe: publish, echo ──▶ up: publish ──▶ echo ──▶ left
//!     │              │                      ▲  │          │
//!     │              │                      ╰──┼──────────┤
//!     ▼              ▼                         ▼          ▼
//!  ╰───────────────────── down, with the reason ────────────╯
//! ```

use std::hash::Hash;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dacapo::Relay;
use futures::{Stream, StreamExt};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::broker::{Broker, Publisher};
use crate::down::{Down, Step};

/// A connection that subscribes.
pub(crate) struct Session<'a, K, B: Broker> {
    relay: &'a Relay<K>,
    patience: Duration,
    publisher: B::Publisher,
    lines: B::Lines,
}

/// How a connection has ended.
pub(crate) enum Ended<E> {
    /// The relay has left, and its last line has come back.
    Left,
    Down(Down<E>),
}

impl<'a, K, B> Session<'a, K, B>
where
    K: FromStr + Hash,
    B: Broker,
{
    pub(crate) async fn start(
        broker: &B,
        relay: &'a Relay<K>,
        patience: Duration,
    ) -> Result<Self, Down<B::Error>> {
        let during = Step::Connect;
        match timeout(patience, broker.connect()).await {
            Ok(Ok((publisher, lines))) => Ok(Self {
                relay,
                patience,
                publisher,
                lines,
            }),
            Ok(Err(error)) => Err(Down::Failed { during, error }),
            Err(_) => Err(Down::NoAnswer(during)),
        }
    }

    /// Carries lines until the connection ends. `up` is called when the first line has come back.
    pub(crate) async fn follow(self, up: impl FnOnce()) -> Ended<B::Error> {
        let Self {
            relay,
            patience,
            publisher,
            lines,
        } = self;
        let echo = Echo::default();
        let voice = Voice {
            patience,
            publisher,
            echo: &echo,
        };
        tokio::select! {
            biased; // what has arrived, before the connection is given up
            step = hear(relay, lines, &echo) => Ended::Down(Down::Closed(step)),
            ended = voice.speak(relay, up) => ended,
        }
    }
}

/// Passes lines to the relay until there are no more. Returns in which step that was.
async fn hear<K>(
    relay: &Relay<K>,
    mut lines: impl Stream<Item = Vec<u8>> + Unpin,
    echo: &Echo,
) -> Step
where
    K: FromStr + Hash,
{
    // A flood of lines must not keep the relay from speaking.
    for turn in (1..=IN_A_TURN).cycle() {
        let Some(line) = lines.next().await else {
            break;
        };
        // What is not text is not a line either.
        let line = std::str::from_utf8(&line).unwrap_or_default();
        relay.hear(line);
        echo.hear(line);
        if turn == IN_A_TURN {
            yield_now().await;
        }
    }
    match echo.has_come() {
        true => Step::Follow,
        false => Step::Probe,
    }
}

/// Publishes what the relay has to say.
///
/// Each batch must come back before the next one. So every line proves the way, the beats too, and no line waits behind
/// a way that is broken. The next lines collect in the outbox of the relay, which is bounded.
struct Voice<'a, P> {
    patience: Duration,
    publisher: P,
    echo: &'a Echo,
}

impl<P: Publisher> Voice<'_, P> {
    async fn speak<K>(mut self, relay: &Relay<K>, up: impl FnOnce()) -> Ended<P::Error> {
        let mut batches = relay.outgoing().ready_chunks(BATCH);
        let (mut up, mut step) = (Some(up), Step::Probe);
        while let Some(mut batch) = batches.next().await {
            let longest = self.publisher.longest_line();
            let too_long = batch.iter_mut().filter(|line| line.len() > longest);
            too_long.for_each(become_gap);
            if let Err(down) = self.say(&batch, step).await {
                return Ended::Down(down);
            }
            step = Step::Follow;
            if let Some(up) = up.take() {
                up();
            }
        }
        Ended::Left
    }

    /// Publishes lines, and waits until the last one has come back.
    async fn say(&mut self, batch: &[String], during: Step) -> Result<(), Down<P::Error>> {
        let Some(last) = batch.last() else {
            return Ok(());
        };
        self.echo.expect(last);
        let mut is_published = false;
        let saying = async {
            self.publisher.publish(batch).await?;
            is_published = true;
            self.echo.comes().await;
            Ok(())
        };
        match timeout(self.patience, saying).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Down::Failed { during, error }),
            Err(_) if is_published && during == Step::Probe => Err(Down::NoEcho),
            Err(_) => Err(Down::NoAnswer(during)),
        }
    }
}

/// Makes a gap of a line, with the same origin and number: any key may have changed.
fn become_gap(line: &mut String) {
    if let Some((numbered, _)) = line.match_indices(' ').nth(1) {
        line.truncate(numbered);
        line.push_str(" g");
    }
}

/// A line that must come back.
#[derive(Default)]
struct Echo {
    state: Mutex<Awaited>,
    came: Notify,
}

#[derive(Default)]
struct Awaited {
    line: Option<String>,
    has_come: bool,
}

impl Echo {
    fn expect(&self, line: &str) {
        self.lock().line = Some(line.to_owned());
    }

    fn hear(&self, line: &str) {
        let mut state = self.lock();
        if state.line.as_deref() == Some(line) {
            *state = Awaited {
                line: None,
                has_come: true,
            };
            self.came.notify_one();
        }
    }

    async fn comes(&self) {
        self.came.notified().await;
    }

    /// Whether any line has come back.
    fn has_come(&self) -> bool {
        self.lock().has_come
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Awaited> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many lines are heard before the relay may speak.
const IN_A_TURN: u32 = 64;

/// The most lines that are published together.
const BATCH: usize = 256;
