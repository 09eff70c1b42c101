//! Positions and items in JSON and other formats of serde.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient;

use super::{Item, Position};

/// As its text.
impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From its text. Anything else is [`Position::default`] and no error: what a client sends must not
/// keep it from its answer.
impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::deserialize(deserializer)
    }
}

/// As what was pushed, without its position.
impl<T: Serialize> Serialize for Item<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}
