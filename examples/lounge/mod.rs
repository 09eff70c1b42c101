//! The chat's application: rooms, their lines, and the people in them. It knows no framework.

mod door;
mod presence;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dacapo::mailbox::{Item, Mailbox, Position, Read};
use dacapo::{Answer, Continuation, Cursor, Error, Hub, Outcome};
use serde::{Deserialize, Serialize};

pub(crate) use door::listen;
use presence::Presence;
pub(crate) use words::{ClientId, Name, Room, Rooms, Text};

/// The page that people use.
pub(crate) const PAGE: &str = include_str!("page.html");

/// How long a poll is held. It is below the 30 seconds after which some proxies lose their patience.
const LONG_POLL: Duration = Duration::from_secs(25);

/// Lines that a room remembers.
const HISTORY: usize = 200;

/// Rooms that are remembered. A new one takes the place of the quietest.
const ROOMS: usize = 250;

/// The lounge. Clones are the same.
#[derive(Clone)]
pub(crate) struct Lounge {
    pub(crate) hub: Hub<Room>,
    lines: Mailbox<Room, Line>,
    presence: Presence,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Line {
    #[serde(rename(deserialize = "name"))]
    who: Name,
    text: Text,
}

/// What a page asks: what is new in these rooms?
#[derive(Deserialize)]
pub(crate) struct Poll {
    client: ClientId,
    name: Name,
    /// What it has seen: tells whether anything is new, be it a line or somebody who has come.
    #[serde(default)]
    cursor: Cursor,
    /// The rooms, and how far it has read each.
    rooms: Rooms,
}

/// The answer to it.
#[derive(Serialize)]
pub(crate) struct News {
    cursor: Cursor,
    rooms: BTreeMap<Room, View>,
}

/// A room, as one page sees it.
#[derive(Serialize)]
struct View {
    /// Whether there were lines that are no longer known. What comes now is all that is.
    missed: bool,
    lines: Vec<Item<Line>>,
    /// The position to ask from next time.
    next: Position,
    present: BTreeSet<Name>,
}

#[derive(Deserialize)]
pub(crate) struct Say {
    room: Room,
    #[serde(flatten)]
    line: Line,
}

impl Lounge {
    pub(crate) fn new() -> Self {
        let hub = Hub::new();
        let lines = Mailbox::builder(&hub).max_len(HISTORY).max_keys(ROOMS);
        let (lines, presence) = (lines.max_age(Duration::MAX).build(), Presence::default());
        Self {
            hub,
            lines,
            presence,
        }
    }

    /// What is new in the rooms, as soon as there is something.
    pub(crate) async fn poll(&self, poll: &Poll) -> Result<Answer<News>, Error> {
        let here = self.presence.arrive(poll);
        if let Some((_here, changed)) = &here {
            self.hub.notify_many(changed);
        }
        self.hub.run(async |c| self.news(&c, poll)).await
    }

    fn news(&self, c: &Continuation<Room>, poll: &Poll) -> Outcome<News> {
        let changed = c.changed_any(poll.rooms.names(), &poll.cursor);
        if !changed && !poll.rooms.has_new_one() && !c.is_expired() {
            return Err(c.suspend_any(poll.rooms.names(), LONG_POLL));
        }
        let cursor = c.advance(&poll.cursor);
        let rooms = poll
            .rooms
            .iter()
            .map(|(room, after)| (room.clone(), self.view(room, after)));
        Ok(News {
            cursor,
            rooms: rooms.collect(),
        })
    }

    fn view(&self, room: &Room, after: &Position) -> View {
        let (missed, batch) = match self.lines.read([room], after, HISTORY) {
            Read::Batch(batch) => (false, batch),
            Read::Gap(kept) => (true, kept),
        };
        View {
            missed,
            lines: batch.items,
            next: batch.next,
            present: self.presence.of(room),
        }
    }

    /// Says something in a room, which wakes the polls there.
    pub(crate) fn say(&self, Say { room, line }: Say) {
        let said = self.lines.push(&room, line);
        said.expect("a room has space for more than a line");
    }

    /// Lets a second pass.
    pub(crate) fn tick(&self) {
        self.hub.notify_many(&self.presence.tick());
    }
}
