//! The keys that have waiters.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

/// One map under one lock of std. This is the first version of most servers, and on one thread it is the cheapest.
#[derive(Clone, Default)]
pub(crate) struct Topics(Arc<Mutex<Map>>);

/// std's own hash, but without its secret, so that the keys are spread in the same way in each run.
pub(crate) type Map = HashMap<String, Topic, BuildHasherDefault<DefaultHasher>>;

/// A key that has waiters.
#[derive(Default)]
pub(crate) struct Topic {
    pub(crate) notify: Arc<Notify>,
    /// The count of the `Arc` is not enough: a notify has a share too, so the last request would leave the key
    /// behind.
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

/// Callgrind counts it by name, so it must be a separate function.
#[inline(never)]
fn find(topics: &Map, key: &str) -> Option<Arc<Notify>> {
    topics.get(key).map(|topic| Arc::clone(&topic.notify))
}

/// The part of a notify under the lock of the map.
pub(crate) const LOCKED: &str = "*instructions::by_hand::topics::find";
