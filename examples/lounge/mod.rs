//! The chat's application: rooms with their lines, and who is there. It knows no framework.

mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use dacapo::{Continuation, Hub, Outcome};
use serde::{Deserialize, Serialize};

pub(crate) use words::{Name, Room, Rooms, Text};

/// The page that people use.
pub(crate) const PAGE: &str = include_str!("page.html");

/// How long a poll is held. It is below the 30 seconds after which some proxies lose their patience.
const LONG_POLL: Duration = Duration::from_secs(25);

/// Lines that a room remembers.
const HISTORY: usize = 200;

/// Seconds for which somebody may be without a poll and still count as present: polls have gaps.
const LINGER: u32 = 4;

/// The lounge. Clones are the same.
#[derive(Clone)]
pub(crate) struct Lounge {
    pub(crate) hub: Hub<Room>,
    state: Arc<Mutex<State>>,
}

struct State {
    /// Tells this run of the server from others: their numbers mean nothing here.
    epoch: u64,
    /// The number of the latest line or change of presence, in whatever room.
    latest: u64,
    lines: HashMap<Room, VecDeque<Line>>,
    clients: HashMap<String, Client>,
    /// When it was last somebody else who is present.
    presence: HashMap<Room, u64>,
}

#[derive(Clone, Serialize)]
pub(crate) struct Line {
    number: u64,
    room: Room,
    who: Name,
    text: Text,
}

/// Somebody's page in somebody's browser.
struct Client {
    name: Name,
    rooms: BTreeSet<Room>,
    /// Polls that are held at the moment.
    polls: u32,
    /// Seconds since it had one.
    absent: u32,
}

/// What a page asks: what is new in these rooms since these numbers?
#[derive(Deserialize)]
pub(crate) struct Poll {
    /// A name that the page has given itself.
    client: String,
    name: Name,
    epoch: u64,
    rooms: Rooms,
}

/// What it is told.
#[derive(Serialize)]
pub(crate) struct News {
    epoch: u64,
    /// The number to ask from next time.
    next: u64,
    lines: Vec<Line>,
    present: BTreeMap<Room, BTreeSet<Name>>,
    /// Whether any of it is new.
    #[serde(skip)]
    anything: bool,
}

#[derive(Deserialize)]
pub(crate) struct Say {
    room: Room,
    name: Name,
    text: Text,
}

impl Lounge {
    pub(crate) fn new() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let state = State {
            epoch: since_epoch.as_millis() as u64,
            latest: 0,
            lines: HashMap::new(),
            clients: HashMap::new(),
            presence: HashMap::new(),
        };
        Self {
            hub: Hub::new(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// What is new in the rooms, as soon as there is something.
    pub(crate) fn poll(&self, c: &Continuation<Room>, poll: &Poll) -> Outcome<News> {
        c.attribute_or_insert_with(|| self.arrive(poll));
        let news = self.state().news(poll);
        if news.anything || c.is_expired() {
            return Ok(news);
        }
        Err(c.suspend_any(poll.rooms.names(), LONG_POLL))
    }

    /// Says something in a room: first the change, then the notify.
    pub(crate) fn say(&self, say: Say) {
        let Say { room, name, text } = say;
        self.state().add_line(&room, name, text);
        self.hub.notify(&room);
    }

    /// Lets a second pass: who has not polled for a while has left.
    pub(crate) fn tick(&self) {
        let changed = self.state().tick();
        self.notify_all(&changed);
    }

    fn arrive(&self, poll: &Poll) -> Here {
        let changed = self.state().arrive(poll);
        self.notify_all(&changed);
        Here {
            lounge: self.clone(),
            client: poll.client.clone(),
        }
    }

    fn notify_all(&self, rooms: &BTreeSet<Room>) {
        for room in rooms {
            self.hub.notify(room);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A poll that is held: an attribute of its request, so it goes with it, however it ends.
struct Here {
    lounge: Lounge,
    client: String,
}

impl Drop for Here {
    fn drop(&mut self) {
        if let Some(client) = self.lounge.state().clients.get_mut(&self.client) {
            client.polls -= 1;
        }
    }
}

impl State {
    fn news(&self, poll: &Poll) -> News {
        let (mut lines, mut present, mut anything) = (Vec::new(), BTreeMap::new(), false);
        for (room, seen) in poll.rooms.iter() {
            // What was seen in another run of the server says nothing about this one.
            let seen = if poll.epoch == self.epoch { seen } else { 0 };
            let room_lines = self.lines.get(room).into_iter().flatten();
            lines.extend(room_lines.filter(|line| line.number > seen).cloned());
            anything |= self
                .presence
                .get(room)
                .is_some_and(|changed| *changed > seen);
            present.insert(room.clone(), self.present(room));
        }
        lines.sort_by_key(|line| line.number);
        anything |= !lines.is_empty();
        News {
            epoch: self.epoch,
            next: self.latest,
            lines,
            present,
            anything,
        }
    }

    fn present(&self, room: &Room) -> BTreeSet<Name> {
        let here = self
            .clients
            .values()
            .filter(|client| client.rooms.contains(room));
        here.map(|client| client.name.clone()).collect()
    }

    fn add_line(&mut self, room: &Room, who: Name, text: Text) {
        self.latest += 1;
        let line = Line {
            number: self.latest,
            room: room.clone(),
            who,
            text,
        };
        let lines = self.lines.entry(room.clone()).or_default();
        lines.push_back(line);
        if lines.len() > HISTORY {
            lines.pop_front();
        }
    }

    /// Returns the rooms in which somebody else is present now.
    fn arrive(&mut self, poll: &Poll) -> BTreeSet<Room> {
        let rooms: BTreeSet<_> = poll.rooms.names().cloned().collect();
        let client = Client {
            name: poll.name.clone(),
            rooms: rooms.clone(),
            polls: 1,
            absent: 0,
        };
        let changed = match self.clients.get_mut(&poll.client) {
            Some(known) => {
                known.polls += 1;
                known.absent = 0;
                let renamed = std::mem::replace(&mut known.name, client.name) != poll.name;
                let former = std::mem::replace(&mut known.rooms, client.rooms);
                if renamed {
                    &former | &rooms
                } else {
                    &former ^ &rooms
                }
            }
            None => {
                self.clients.insert(poll.client.clone(), client);
                rooms
            }
        };
        self.presence_changed(changed)
    }

    fn tick(&mut self) -> BTreeSet<Room> {
        let mut left = BTreeSet::new();
        self.clients.retain(|_, client| {
            client.absent = if client.polls > 0 {
                0
            } else {
                client.absent + 1
            };
            let stays = client.absent <= LINGER;
            if !stays {
                left.append(&mut client.rooms);
            }
            stays
        });
        self.presence_changed(left)
    }

    fn presence_changed(&mut self, rooms: BTreeSet<Room>) -> BTreeSet<Room> {
        if !rooms.is_empty() {
            self.latest += 1;
            self.presence
                .extend(rooms.iter().map(|room| (room.clone(), self.latest)));
        }
        rooms
    }
}
