//! Input from pages, checked when it arrives. If a page sends something else, the answer says what is wrong.

use serde::{Deserialize, Serialize};

/// The name of a room, which is also the key of its polls.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Room(String);

/// A name that a page has given itself.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ClientId(String);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Name(String);

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text(String);

/// Rooms, each with the number up to which the client has seen it: `lobby:17,garden:0`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Rooms(Vec<(Room, u64)>);

impl Rooms {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Room, u64)> {
        self.0.iter().map(|(room, seen)| (room, *seen))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Room> {
        self.0.iter().map(|(room, _)| room)
    }
}

impl TryFrom<String> for Room {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let plain = name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '-');
        let fits = plain && (1..=24).contains(&name.chars().count());
        if fits {
            Ok(Self(name))
        } else {
            Err("a room has a name of 1 to 24 letters, digits and hyphens".into())
        }
    }
}

impl TryFrom<String> for ClientId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        words(&id, 64)
            .map(Self)
            .ok_or_else(|| "a client has an id of 1 to 64 characters".into())
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        words(&name, 24)
            .map(Self)
            .ok_or_else(|| "a name has 1 to 24 characters".into())
    }
}

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        words(&text, 500)
            .map(Self)
            .ok_or_else(|| "a line has 1 to 500 characters".into())
    }
}

impl TryFrom<String> for Rooms {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let rooms: Option<Vec<_>> = text.split(',').map(room_and_number).collect();
        let rooms = rooms.ok_or("rooms look like lobby:0,garden:17")?;
        if rooms.len() > 16 {
            Err("nobody can be in more than 16 rooms".into())
        } else {
            Ok(Self(rooms))
        }
    }
}

fn room_and_number(text: &str) -> Option<(Room, u64)> {
    let (room, number) = text.split_once(':')?;
    Some((room.to_owned().try_into().ok()?, number.parse().ok()?))
}

fn words(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    (1..=most)
        .contains(&text.chars().count())
        .then(|| text.to_owned())
}
