//! What a node does. It knows no framework.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dacapo::stream::Event;
use dacapo::{Answer, Continuation, Cursor, Error, Hub, Interrupt, Relay, Suspended};
use futures::{Stream, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::store::{BATCH, Store, StoreError};

pub(crate) const PAGE: &str = include_str!("page.html");

/// A node. Clones are the same.
#[derive(Clone)]
pub(crate) struct Chat {
    relay: Relay<String>,
    store: Store,
    hold: Duration,
    node: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The bridge was up once.
    is_ready: AtomicBool,
    is_leaving: AtomicBool,
}

/// What a tab asks: what is new in this room?
#[derive(Deserialize)]
pub(crate) struct Poll {
    tab: String,
    /// The last line that it has.
    #[serde(default)]
    last: String,
    /// What it has seen of each node.
    #[serde(default)]
    seen: Cursor,
}

/// The answer to it.
#[derive(Serialize)]
pub(crate) struct News {
    lines: Vec<Line>,
    last: String,
    seen: Cursor,
    /// The page shows which node has answered.
    node: u16,
}

#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Line {
    /// A name that the tab gives to the line. A tab that does not know whether its line has arrived sends it again
    /// under the same name.
    pub(crate) id: String,
    pub(crate) tab: String,
    pub(crate) text: String,
}

impl Chat {
    pub(crate) fn new(relay: Relay<String>, store: Store, hold: Duration, node: u16) -> Self {
        Self {
            relay,
            store,
            hold,
            node,
            state: Arc::default(),
        }
    }

    pub(crate) fn hub(&self) -> &Hub<String> {
        self.relay.hub()
    }

    /// What is new in the room, as soon as another tab has said something.
    pub(crate) async fn poll(&self, room: &str, poll: &Poll) -> Result<Answer<News>, Failure> {
        let room = room_of(room)?;
        let others = poll.seen.except(&poll.tab);
        let news = self.hub().run(async |c| -> Result<_, Failure> {
            if !c.changed(room, &others) && !c.is_expired() {
                Err(c.suspend(room, self.hold))?;
            }
            let (lines, last) = self.store.after(room, &poll.last).await?;
            Ok(News {
                last: last.unwrap_or_else(|| poll.last.clone()),
                // After a full batch there may be more. Then the tab has not seen all, and is answered at once.
                seen: match lines.len() < BATCH {
                    true => c.advance(&poll.seen),
                    false => poll.seen.clone(),
                },
                lines,
                node: self.node,
            })
        });
        news.await
    }

    /// The lines of the room as they come, in batches. The position is the last line of a batch, so a browser that comes
    /// back to another node continues there.
    pub(crate) fn listen(
        &self,
        room: &str,
        last: String,
    ) -> Result<impl Stream<Item = Result<Event<String, String>, Failure>> + Send + use<>, Failure>
    {
        let (chat, room) = (self.clone(), room_of(room)?.to_owned());
        let handler = async move |c: Continuation<String>, last: String| -> Result<_, Failure> {
            match chat.store.after(&room, &last).await? {
                (lines, Some(last)) => Ok((lines, last)),
                (_, None) => Err(c.suspend(&room, HEARTBEAT))?,
            }
        };
        let batches = self.hub().stream(last, handler);
        let as_text = |lines| serde_json::to_string(&lines).expect("lines are JSON");
        Ok(batches.map_ok(move |event| event.map(|lines: Vec<Line>| as_text(lines))))
    }

    /// Stores a line, and tells the room on all nodes.
    pub(crate) async fn say(&self, room: &str, line: &Line) -> Result<(), Failure> {
        let room = room_of(room)?;
        if ![&line.id, &line.tab].into_iter().all(|name| is_name(name)) {
            return Err(Failure::NoName);
        }
        self.store.add(room, line).await?; // first the change,
        self.relay.notify_by(room, &line.tab); // then the notify
        Ok(())
    }

    /// The bridge is up or down. Once it was up, the node stays in service: without the bridge, lines of other nodes are
    /// late, and without the node they do not come at all.
    pub(crate) fn is_linked(&self, is_up: bool) {
        self.state.is_ready.fetch_or(is_up, Ordering::Relaxed);
    }

    /// From now on, the proxy shall send no more requests.
    pub(crate) fn leave(&self) {
        self.state.is_leaving.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_in_service(&self) -> bool {
        self.state.is_ready.load(Ordering::Relaxed)
            && !self.state.is_leaving.load(Ordering::Relaxed)
    }
}

/// The name of a room is its key, and a part of a subject of NATS.
fn room_of(name: &str) -> Result<&str, Failure> {
    let is_room = is_name(name) && !name.contains('-');
    is_room.then_some(name).ok_or(Failure::NoRoom)
}

/// The id of a line is a header of NATS, and its tab crosses the nodes with the key.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=60).contains(&name.len()) && name.bytes().all(is_letter)
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the lines cannot be reached: {0}")]
    Store(#[from] StoreError),
    #[error("the name of a room has letters and digits, and at most 60 of them")]
    NoRoom,
    #[error(
        "the id of a line and its tab have letters, digits and hyphens, and at most 60 of them"
    )]
    NoName,
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Interrupt for Failure {
    type Failure = Self;

    fn split(self) -> Result<Suspended, Self> {
        match self {
            Self::Suspended(token) => Ok(token),
            failure => Err(failure),
        }
    }
}

const HEARTBEAT: Duration = Duration::from_secs(15);
