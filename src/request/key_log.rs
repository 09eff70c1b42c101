//! The texts of the keys that have waiters. The rest of the hub stores hashes only.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use crate::engine::Fingerprint;
use crate::sync::{Mutex, order};
use crate::waiters::{Keys, NamedKeys};

/// The keys of all waits, with their texts. Each wait owns its texts, and the log does not keep them alive.
#[derive(Debug, Default)]
pub(super) struct KeyLog(Mutex<Vec<Weak<NamedKeys>>, { order::KEY_LOG }>);

impl KeyLog {
    /// Like [`Keys::collect`], but also keeps the texts.
    pub(super) fn collect(
        &self,
        keys: impl Iterator<Item = (Fingerprint, String)>,
        limit: usize,
    ) -> Keys {
        let names: Vec<_> = keys.take(limit.saturating_add(1)).collect();
        let keys = Keys::collect(names.iter().map(|(key, _)| *key), limit);
        if keys.as_slice().is_empty() {
            return keys;
        }
        let named = Arc::new(NamedKeys::new(&keys, names));
        let mut all = self.0.lock();
        if all.len() == all.capacity() {
            all.retain(|keys| keys.strong_count() > 0);
        }
        all.push(Arc::downgrade(&named));
        Keys::Named(named)
    }

    /// Each key once, in the order of the texts.
    pub(super) fn keys(&self) -> Vec<(Fingerprint, String)> {
        let all: Vec<_> = self.0.lock().iter().filter_map(Weak::upgrade).collect();
        let names = all.iter().flat_map(|keys| &keys.names);
        let by_name: BTreeMap<_, _> = names.map(|(key, name)| ((name, *key), *key)).collect();
        let keys = by_name.into_iter();
        keys.map(|((name, _), key)| (key, name.clone())).collect()
    }
}

/// The parts of a key that its hash consists of: `"07"`, `7`, or `1, "07"` for the second variant of an enum.
pub(super) fn written<Q: Hash + ?Sized>(key: &Q) -> String {
    let mut writer = Writer::default();
    key.hash(&mut writer);
    writer.text
}

/// A hasher that writes its input as text.
#[derive(Default)]
struct Writer {
    text: String,
    /// The hash of a string ends with an extra byte, which is not shown.
    is_after_bytes: bool,
}

impl Writer {
    fn add(&mut self, part: fmt::Arguments<'_>) {
        if !self.text.is_empty() {
            self.text.push_str(", ");
        }
        let _ = self.text.write_fmt(part);
        self.is_after_bytes = false;
    }
}

/// One method for each type of number: they show the value.
macro_rules! write_numbers {
    ($($method:ident: $number:ty),*) => {
        $(fn $method(&mut self, number: $number) {
            self.add(format_args!("{number}"));
        })*
    };
}

impl Hasher for Writer {
    fn write(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.add(format_args!("{text:?}")),
            Err(_) => self.add(format_args!("{bytes:02x?}")),
        }
        self.is_after_bytes = true;
    }

    fn write_u8(&mut self, number: u8) {
        match number {
            0xff if self.is_after_bytes => self.is_after_bytes = false,
            _ => self.add(format_args!("{number}")),
        }
    }

    write_numbers! {
        write_u16: u16, write_u32: u32, write_u64: u64, write_u128: u128, write_usize: usize,
        write_i8: i8, write_i16: i16, write_i32: i32, write_i64: i64, write_i128: i128, write_isize: isize
    }

    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_the_parts_of_its_hash() {
        #[derive(Hash)]
        enum Topic {
            Room(u64),
            User(String),
        }
        assert_eq!(written("07"), r#""07""#);
        assert_eq!(written(&7), "7");
        assert_eq!(written(&Topic::Room(7)), "0, 7");
        assert_eq!(written(&Topic::User("07".into())), r#"1, "07""#);
        assert_eq!(written(&(-1_i8, "a", "b")), r#"-1, "a", "b""#);
        assert_eq!(written(&[0xff_u8, 0xfe]), "2, [ff, fe]");
    }
}
