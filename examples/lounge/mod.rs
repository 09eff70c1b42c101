//! The chat's application: rooms, their lines, and the people in them. It is independent of the framework.

mod door;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::mem::replace;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use dacapo::{Answer, Continuation, Error, Hub};
use serde::{Deserialize, Serialize};

pub(crate) use door::listen;
pub(crate) use words::{ClientId, Name, Room, Rooms, Text};

/// The page for the browser.
pub(crate) const PAGE: &str = include_str!("page.html");

/// How long a poll is held. It is less than the 30 seconds after which some proxies give up.
const LONG_POLL: Duration = Duration::from_secs(25);

/// The number of lines that a room keeps.
const HISTORY: usize = 200;

/// The number of rooms that are kept. A new room replaces an empty one or, if there is none, the quietest.
const ROOMS: usize = 250;

/// The number of clients that are shown as present. More can listen and speak, but are not shown.
const CLIENTS: usize = 1000;

/// Seconds for which a client without a poll still counts as present: there are gaps between polls.
const LINGER: u32 = 4;

/// The lounge. Clones are the same.
#[derive(Clone)]
pub(crate) struct Lounge {
    pub(crate) hub: Hub<Room>,
    state: Arc<Mutex<State>>,
}

struct State {
    /// Distinguishes this run of the server from others, which number their lines differently.
    epoch: u64,
    /// The number of the latest line or change of presence in all rooms.
    latest: u64,
    memories: HashMap<Room, Memory>,
    clients: HashMap<ClientId, Client>,
}

/// What is kept of a room.
#[derive(Default)]
struct Memory {
    lines: VecDeque<Line>,
    /// The number of its latest line or change of presence.
    latest: u64,
}

#[derive(Clone, Serialize)]
pub(crate) struct Line {
    number: u64,
    room: Room,
    who: Name,
    text: Text,
}

/// A page in a browser.
struct Client {
    name: Name,
    rooms: BTreeSet<Room>,
    /// The number of its polls that are held now.
    polls: u32,
    /// Seconds since its last poll.
    absent: u32,
}

/// What a page asks: what is new in these rooms since these numbers?
#[derive(Deserialize)]
pub(crate) struct Poll {
    client: ClientId,
    name: Name,
    epoch: u64,
    rooms: Rooms,
}

/// The answer to it.
#[derive(Serialize)]
pub(crate) struct News {
    epoch: u64,
    /// The number to ask from the next time.
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
            memories: HashMap::new(),
            clients: HashMap::new(),
        };
        Self {
            hub: Hub::new(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Returns the news of the rooms, as soon as there are some.
    pub(crate) async fn poll(&self, poll: &Poll) -> Result<Answer<News>, Error> {
        let _here = self.arrive(poll);
        let look = async |c: Continuation<Room>| {
            let news = self.state().news(poll);
            if news.anything || c.is_expired() {
                return Ok(news);
            }
            Err(c.suspend_any(poll.rooms.names(), LONG_POLL))
        };
        self.hub.run(look).await
    }

    /// Adds a line to a room: first the change, then the notify.
    pub(crate) fn say(&self, say: Say) {
        let Say { room, name, text } = say;
        self.state().add_line(&room, name, text);
        self.hub.notify(&room);
    }

    /// Counts a second: a client that has not polled for a while has left.
    pub(crate) fn tick(&self) {
        let changed = self.state().tick();
        self.notify_all(&changed);
    }

    fn arrive(&self, poll: &Poll) -> Option<Here> {
        let changed = self.state().arrive(poll)?;
        self.notify_all(&changed);
        Some(Here {
            lounge: self.clone(),
            client: poll.client.clone(),
        })
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

/// A poll that is held. It is dropped with the poll, however that ends.
struct Here {
    lounge: Lounge,
    client: ClientId,
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
            // What a client has seen in another run of the server says nothing about this run.
            let seen = if poll.epoch == self.epoch { seen } else { 0 };
            if let Some(memory) = self.memories.get(room) {
                let unseen = memory.lines.iter().filter(|line| line.number > seen);
                lines.extend(unseen.cloned());
                anything |= memory.latest > seen;
            }
            present.insert(room.clone(), self.present(room));
        }
        lines.sort_by_key(|line| line.number);
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
        let memory = self.memory(room);
        memory.latest = line.number;
        memory.lines.push_back(line);
        if memory.lines.len() > HISTORY {
            memory.lines.pop_front();
        }
    }

    /// Returns the rooms with changed presence, or nothing if too many clients are shown already.
    fn arrive(&mut self, poll: &Poll) -> Option<BTreeSet<Room>> {
        if !self.clients.contains_key(&poll.client) && self.clients.len() == CLIENTS {
            return None;
        }
        let client = self.clients.entry(poll.client.clone());
        let client = client.or_insert_with(|| Client::new(poll.name.clone()));
        let changed = client.arrive(poll);
        Some(self.presence_changed(changed))
    }

    fn tick(&mut self) -> BTreeSet<Room> {
        let mut left = BTreeSet::new();
        self.clients.retain(|_, client| {
            client.absent = match client.polls {
                0 => client.absent + 1,
                _ => 0,
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
        }
        for room in &rooms {
            self.memory(room).latest = self.latest;
        }
        rooms
    }

    fn memory(&mut self, room: &Room) -> &mut Memory {
        if !self.memories.contains_key(room) && self.memories.len() == ROOMS {
            self.forget_a_room();
        }
        self.memories.entry(room.clone()).or_default()
    }

    fn forget_a_room(&mut self) {
        let occupied = self.clients.values().flat_map(|client| &client.rooms);
        let occupied: HashSet<_> = occupied.collect();
        let age = |(room, memory): &(&Room, &Memory)| (occupied.contains(room), memory.latest);
        let faintest = self.memories.iter().min_by_key(age);
        if let Some(room) = faintest.map(|(room, _)| room.clone()) {
            self.memories.remove(&room);
        }
    }
}

impl Client {
    fn new(name: Name) -> Self {
        Self {
            name,
            rooms: BTreeSet::new(),
            polls: 0,
            absent: 0,
        }
    }

    /// Returns the rooms with changed presence.
    fn arrive(&mut self, poll: &Poll) -> BTreeSet<Room> {
        self.polls += 1;
        self.absent = 0;
        let renamed = replace(&mut self.name, poll.name.clone()) != poll.name;
        let former = replace(&mut self.rooms, poll.rooms.names().cloned().collect());
        if renamed {
            &former | &self.rooms
        } else {
            &former ^ &self.rooms
        }
    }
}
