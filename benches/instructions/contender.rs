//! The interface of both contenders.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Holds requests until there is news or until they expire.
pub(crate) trait Contender {
    /// The answer of a request.
    type Answer;

    /// Holds nothing yet. Its time is simulated, so it needs no other thread.
    fn new() -> Self;

    /// Makes a request.
    fn request(&self, key: String, timeout: Duration) -> Request<Self::Answer>;

    /// Wakes all waiters of the key.
    fn notify(&self, key: &str);

    /// Advances the time, and wakes the requests that expire.
    fn advance(&self, by: Duration);

    /// Whether nothing is left of former requests.
    fn is_empty(&self) -> bool;
}

/// A request in progress.
pub(crate) type Request<A> = Pin<Box<dyn Future<Output = A>>>;

/// Whether there is news. A handler checks it before it waits, and after.
pub(crate) fn has_news() -> bool {
    NEWS.load(Ordering::Acquire)
}

/// First the change, then the notify.
pub(crate) fn publish() {
    NEWS.store(true, Ordering::Release);
}

/// One flag for all keys is enough here. Each case runs in a separate process.
static NEWS: AtomicBool = AtomicBool::new(false);
