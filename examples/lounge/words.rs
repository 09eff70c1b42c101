//! Input from pages, checked when it arrives. If a page sends something else, the answer says what is wrong.

use std::slice::Iter;

use serde::{Deserialize, Serialize};

/// The name of a room, which is also the key of its polls.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Room(String);

/// A name that a page has given a line.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct LineId(String);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Name(String);

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text(String);

/// Up to 16 rooms: `lobby,garden`.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Rooms(Vec<Room>);

impl<'a> IntoIterator for &'a Rooms {
    type Item = &'a Room;
    type IntoIter = Iter<'a, Room>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
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

impl TryFrom<String> for LineId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        words(&id, 64)
            .map(Self)
            .ok_or_else(|| "a line has an id of 1 to 64 characters".into())
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
        let rooms: Result<Vec<_>, _> = text
            .split(',')
            .map(|room| room.to_owned().try_into())
            .collect();
        match rooms? {
            rooms if rooms.len() > 16 => Err("a page can be in 16 rooms at most".into()),
            rooms => Ok(Self(rooms)),
        }
    }
}

fn words(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    (1..=most)
        .contains(&text.chars().count())
        .then(|| text.to_owned())
}
