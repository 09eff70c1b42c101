//! Servers by hand: a map from keys to something that wakes, from another crate; the timeout of the runtime;
//! and a guard that removes a key with its last waiter.

mod event_listener;
mod notify;
mod topics;
mod watch;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::runtime::Runtime;

pub use event_listener::OnEventListener;
pub use notify::OnNotify;
use topics::{On, Topic};
pub use watch::OnWatch;

/// What wakes the waiters, by key.
struct Topics<T>(Arc<Mutex<HashMap<String, T>>>);

impl<T> Topics<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, T>> {
        self.0.lock().expect("no thread panics under this lock")
    }
}

impl<T> Clone for Topics<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Topics<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// A request's share in what wakes the waiters of its key. The last share removes the key.
struct Place<T> {
    topics: Topics<Arc<T>>,
    key: String,
    topic: Arc<T>,
}

impl<T: Default> Place<T> {
    fn take(topics: Topics<Arc<T>>, key: String) -> Self {
        let topic = Arc::clone(topics.lock().entry(key.clone()).or_default());
        Self { topics, key, topic }
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        let mut topics = self.topics.lock();
        // One share is that of the map.
        if Arc::strong_count(&self.topic) == 2 {
            topics.remove(&self.key);
        }
    }
}

/// Advances the time of a runtime with a paused clock.
pub fn advance(runtime: Rc<Runtime>) -> Box<dyn Fn(Duration)> {
    Box::new(move |by| runtime.block_on(tokio::time::advance(by)))
}
