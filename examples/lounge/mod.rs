//! The chat's application: rooms and their lines. It knows no framework.

mod door;
mod words;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dacapo::mailbox::{Item, Mailbox, Position, Read};
use dacapo::stream::Event;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::{Stream, TryStreamExt};
use serde::{Deserialize, Serialize};

pub(crate) use door::listen;
use words::{LineId, Name, Text};
pub(crate) use words::{Room, Rooms};

/// The page that people use.
pub(crate) const PAGE: &str = include_str!("page.html");

/// How long a poll is held, and the time between heartbeats. Some proxies end what is silent for 30 seconds.
const HOLD: Duration = Duration::from_secs(25);

/// Lines that a room remembers.
const HISTORY: usize = 200;

/// Rooms that are remembered. A new one takes the place of the quietest.
const ROOMS: usize = 250;

/// The lounge. Clones are the same.
#[derive(Clone)]
pub(crate) struct Lounge {
    pub(crate) hub: Hub<Room>,
    lines: Mailbox<Room, Line>,
    opened: u64,
}

/// What a browser asks: what is new in these rooms?
#[derive(Deserialize)]
pub(crate) struct Visit {
    topics: Rooms,
}

/// The answer to it.
#[derive(Serialize)]
pub(crate) struct News {
    /// When the server began. What was said before is no longer known.
    opened: u64,
    /// Whether there were lines that are no longer known. What comes now is all that is.
    missed: bool,
    lines: Vec<Item<Line>>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Line {
    /// The page chooses it. So it can send a line again if it does not know whether the line has arrived.
    id: LineId,
    room: Room,
    name: Name,
    text: Text,
    /// In milliseconds since 1970.
    #[serde(skip_deserializing, default = "now")]
    at: u64,
}

impl Lounge {
    pub(crate) fn new() -> Self {
        let hub = Hub::new();
        let lines = Mailbox::builder(&hub).max_len(HISTORY).max_keys(ROOMS);
        Self {
            lines: lines.max_age(Duration::MAX).build(),
            hub,
            opened: now(),
        }
    }

    /// What is new, as soon as there is something.
    pub(crate) async fn poll(
        &self,
        Visit { topics }: Visit,
        seen: Position,
    ) -> Result<Answer<(News, Position)>, Error> {
        self.hub.run(async |c| self.news(&c, &topics, &seen)).await
    }

    /// What is new, each time that there is something.
    pub(crate) fn stream(
        &self,
        Visit { topics }: Visit,
        seen: Position,
    ) -> impl Stream<Item = Result<Event<String, Position>, Error>> + Send + use<> {
        let lounge = self.clone();
        let news =
            async move |c: Continuation<Room>, seen: Position| lounge.news(&c, &topics, &seen);
        let json = |news: News| serde_json::to_string(&news).expect("names are strings");
        let stream = self.hub.stream(seen, news);
        stream.map_ok(move |event| event.map(json))
    }

    fn news(
        &self,
        c: &Continuation<Room>,
        rooms: &Rooms,
        seen: &Position,
    ) -> Outcome<(News, Position)> {
        let (missed, batch) = match self.lines.read(rooms, seen, usize::MAX) {
            Read::Batch(batch) => (false, batch),
            Read::Gap(kept) => (true, kept),
        };
        // A page that has just come learns at once that a room is empty.
        let is_news = missed || !batch.items.is_empty() || *seen == Position::default();
        if !is_news && !c.is_expired() {
            return Err(c.suspend_any(rooms, HOLD));
        }
        let (opened, lines) = (self.opened, batch.items);
        let news = News {
            opened,
            missed,
            lines,
        };
        Ok((news, batch.next))
    }

    /// Says something in a room, which wakes the requests there.
    pub(crate) fn say(&self, line: Line) {
        let (room, id) = (line.room.clone(), line.id.clone());
        let said = self.lines.push_once(&room, &id, line);
        said.expect("a room has space for more than a line");
    }
}

/// Whether a header `Accept` names event streams.
pub(crate) fn wants_events(accept: Option<&[u8]>) -> bool {
    let accept = accept.and_then(|accept| std::str::from_utf8(accept).ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a page shows when a line was said"
)]
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}
