//! Who is in which room.

use std::collections::{BTreeSet, HashMap};
use std::mem::replace;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{ClientId, Name, Poll, Room};

/// Clients that are shown as present. More of them can listen and speak, but are not shown.
const CLIENTS: usize = 1000;

/// Seconds for which a client without a poll still counts as present: polls have gaps.
const LINGER: u32 = 4;

/// The pages that hold a poll, or have held one some moments ago. What changes it returns the rooms that look different
/// now. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Presence(Arc<Mutex<HashMap<ClientId, Client>>>);

/// A poll that is held. It is dropped with the poll, however that ends.
pub(super) struct Here {
    presence: Presence,
    client: ClientId,
}

/// A page in a browser.
#[derive(Default)]
struct Client {
    name: Option<Name>,
    rooms: BTreeSet<Room>,
    /// Polls that are held at the moment.
    polls: u32,
    /// Seconds since it had one.
    absent: u32,
}

impl Presence {
    pub(super) fn of(&self, room: &Room) -> BTreeSet<Name> {
        let clients = self.clients();
        let here = clients
            .values()
            .filter(|client| client.rooms.contains(room));
        here.filter_map(|client| client.name.clone()).collect()
    }

    /// Returns nothing if too many clients are shown already.
    pub(super) fn arrive(&self, poll: &Poll) -> Option<(Here, BTreeSet<Room>)> {
        let mut clients = self.clients();
        if !clients.contains_key(&poll.client) && clients.len() == CLIENTS {
            return None;
        }
        let (presence, client) = (self.clone(), poll.client.clone());
        let changed = clients.entry(client.clone()).or_default().arrive(poll);
        Some((Here { presence, client }, changed))
    }

    /// Lets a second pass: a client that has not polled for a while has left.
    pub(super) fn tick(&self) -> BTreeSet<Room> {
        let mut left = BTreeSet::new();
        self.clients().retain(|_, client| {
            let has_left = client.has_left();
            if has_left {
                left.append(&mut client.rooms);
            }
            !has_left
        });
        left
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<ClientId, Client>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        if let Some(client) = self.presence.clients().get_mut(&self.client) {
            client.polls -= 1;
        }
    }
}

impl Client {
    fn arrive(&mut self, poll: &Poll) -> BTreeSet<Room> {
        self.polls += 1;
        self.absent = 0;
        let name = Some(poll.name.clone());
        let renamed = replace(&mut self.name, name.clone()) != name;
        let former = replace(&mut self.rooms, poll.rooms.names().cloned().collect());
        match renamed {
            true => &former | &self.rooms,
            false => &former ^ &self.rooms,
        }
    }

    fn has_left(&mut self) -> bool {
        self.absent = if self.polls == 0 { self.absent + 1 } else { 0 };
        self.absent > LINGER
    }
}
