//! A request that waits for a key.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use tokio::sync::Notify;

use super::topics::Topics;

/// A guard, since cancelling a request is only dropping it. The last guard of a key removes the key.
pub(crate) struct Place {
    topics: Topics,
    key: String,
    topic: Arc<Notify>,
}

impl Place {
    pub(crate) fn take(topics: Topics, key: String) -> Self {
        let mut map = topics.lock();
        let topic = map.entry(key.clone()).or_default();
        topic.waiting += 1;
        let topic = Arc::clone(&topic.notify);
        drop(map);
        Self { topics, key, topic }
    }

    pub(crate) fn topic(&self) -> &Notify {
        &self.topic
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let key = std::mem::take(&mut self.key);
        let mut map = self.topics.lock();
        // By its entry, so that the key is hashed once.
        if let Entry::Occupied(mut topic) = map.entry(key) {
            topic.get_mut().waiting -= 1;
            if topic.get().waiting == 0 {
                topic.remove();
            }
        }
    }
}
