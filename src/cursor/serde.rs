//! A cursor in JSON, in a query string, or in another format of serde.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(Lenient),
            // Such a format does not say which type comes next.
            false => deserializer.deserialize_str(Lenient),
        }
    }
}

struct Lenient;

/// One method for each type that contains no text.
macro_rules! ignore {
    ($($method:ident: $value:ty),*) => {
        $(fn $method<E>(self, _: $value) -> Result<Cursor, E> {
            Ok(Cursor::default())
        })*
    };
}

impl<'de> Visitor<'de> for Lenient {
    type Value = Cursor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor")
    }

    fn visit_str<E>(self, text: &str) -> Result<Cursor, E> {
        let Ok(cursor) = text.parse();
        Ok(cursor)
    }

    ignore! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_bytes: &[u8] }

    fn visit_none<E>(self) -> Result<Cursor, E> {
        Ok(Cursor::default())
    }

    fn visit_unit<E>(self) -> Result<Cursor, E> {
        Ok(Cursor::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cursor, D::Error> {
        Cursor::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cursor, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cursor::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cursor, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cursor::default())
    }
}
