//! What is waited for, by its key.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

/// One map under one lock of std: that is what is written first, and on one thread it is the least that will do.
#[derive(Clone, Default)]
pub(crate) struct Topics(Arc<Mutex<Map>>);

/// The hash is std's own, but without its secret, so that the keys fall alike in each run.
pub(crate) type Map = HashMap<String, Topic, BuildHasherDefault<DefaultHasher>>;

/// A key that is waited for.
#[derive(Default)]
pub(crate) struct Topic {
    pub(crate) notify: Arc<Notify>,
    /// The count of the `Arc` would not do: a notify has a share, too, and the last request to go would leave the key.
    pub(crate) waiting: usize,
}

impl Topics {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Map> {
        self.0.lock().expect("nothing panics under this lock")
    }

    pub(crate) fn find(&self, key: &str) -> Option<Arc<Notify>> {
        find(&self.lock(), key)
    }
}

/// Counted by its name, so it has to be a function of its own.
#[inline(never)]
fn find(topics: &Map, key: &str) -> Option<Arc<Notify>> {
    topics.get(key).map(|topic| Arc::clone(&topic.notify))
}

/// What a notify does while the map is locked.
pub(crate) const LOCKED: &str = "*instructions::by_hand::topics::find";
