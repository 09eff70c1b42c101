//! A cursor in JSON, in a query string, or in whatever else serde knows.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient;

use super::Cursor;

/// As its text.
impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From its text. Anything else is [`Cursor::default`] and no error: what a client sends must not keep it from its
/// answer.
impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::deserialize(deserializer)
    }
}
