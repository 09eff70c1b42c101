//! Deserializing what a client sends back: text that is never an error.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Reads a value from its text. Anything else is the default and no error: what a client sends must not keep it from its
/// answer.
pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + FromStr<Err = Infallible>,
    D: Deserializer<'de>,
{
    match deserializer.is_human_readable() {
        true => deserializer.deserialize_any(Lenient(PhantomData)),
        // Such a format does not say what comes.
        false => deserializer.deserialize_str(Lenient(PhantomData)),
    }
}

struct Lenient<T>(PhantomData<T>);

/// One method for each type that holds no text.
macro_rules! ignore {
    ($($method:ident: $value:ty),*) => {
        $(fn $method<E>(self, _: $value) -> Result<T, E> {
            Ok(T::default())
        })*
    };
}

impl<'de, T: Default + FromStr<Err = Infallible>> Visitor<'de> for Lenient<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        let Ok(value) = text.parse();
        Ok(value)
    }

    ignore! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_bytes: &[u8] }

    fn visit_none<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }
}
