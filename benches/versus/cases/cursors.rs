//! Changes between two polls: cursors beside a map of versions under a lock.

use std::collections::HashMap;
use std::sync::Mutex;

use dacapo::{Cursor, Hub};

use crate::case::each;

/// `notify-nobody`: a key without waiters is notified, and the change is recorded; `changed`: whether a key has changed
/// since a cursor, which it has not.
pub(crate) fn rows() -> Vec<String> {
    let row = |what| format!("cursors-{what}");
    ["notify-nobody", "changed"].map(row).into()
}

/// What both do.
pub(crate) trait Versions {
    /// Something that has seen all changes until now.
    type Seen;

    fn new() -> Self;
    fn change(&self, key: &str);
    fn seen(&self) -> Self::Seen;
    fn changed(&self, key: &str, seen: &Self::Seen) -> bool;
}

pub(crate) fn prepare<V: Versions + 'static>() -> Box<dyn FnMut() -> Vec<f64>> {
    let keys: Vec<_> = (0..KEYS).map(|key| format!("{key:016x}")).collect();
    let versions = V::new();
    let _first = versions.seen();
    Box::new(move || {
        let turns = || keys.iter().cycle().take(SOME);
        let (change, ()) = each(SOME, || turns().for_each(|key| versions.change(key)));
        let seen = versions.seen();
        let (changed, any) = each(SOME, || turns().any(|key| versions.changed(key, &seen)));
        assert!(!any);
        vec![change, changed]
    })
}

pub(crate) struct OurCursors(Hub<String>);

impl Versions for OurCursors {
    type Seen = Cursor;

    fn new() -> Self {
        Self(Hub::new())
    }

    fn change(&self, key: &str) {
        self.0.notify(key);
    }

    fn seen(&self) -> Cursor {
        self.0.cursor()
    }

    fn changed(&self, key: &str, seen: &Cursor) -> bool {
        self.0.changed(key, seen)
    }
}

/// The number of the latest change, and that of each key. Nothing is ever forgotten.
#[derive(Default)]
pub(crate) struct Map(Mutex<(u64, HashMap<String, u64>)>);

impl Versions for Map {
    type Seen = u64;

    fn new() -> Self {
        Self::default()
    }

    fn change(&self, key: &str) {
        let (latest, versions) = &mut *self.0.lock().expect("no panic");
        *latest += 1;
        match versions.get_mut(key) {
            Some(version) => *version = *latest,
            None => _ = versions.insert(key.to_owned(), *latest),
        }
    }

    fn seen(&self) -> u64 {
        self.0.lock().expect("no panic").0
    }

    fn changed(&self, key: &str, seen: &u64) -> bool {
        let (_, versions) = &*self.0.lock().expect("no panic");
        versions.get(key).is_some_and(|version| version > seen)
    }
}

const KEYS: usize = 1000;
const SOME: usize = 20_000;
