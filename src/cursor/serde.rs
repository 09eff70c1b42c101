//! A cursor in JSON, in a query string, or in another format of serde.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient;

use super::Cursor;

/// Serializes the text.
impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Deserializes the text. All other values become [`Cursor::default`] and are no error: a client
/// that sends nonsense gets an answer all the same.
impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::deserialize(deserializer)
    }
}
