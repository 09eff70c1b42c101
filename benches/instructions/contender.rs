//! What both contenders have to do.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Holds requests until there is news, or until their time is up.
pub(crate) trait Contender {
    /// What a request comes to.
    type Answer;

    /// Holds nothing yet. Its time is simulated, so there is no thread beside.
    fn new() -> Self;

    /// A request that arrives.
    fn request(&self, key: String, timeout: Duration) -> Request<Self::Answer>;

    /// Wakes all requests that wait for the key.
    fn notify(&self, key: &str);

    /// Lets time pass, and wakes the requests whose time is up.
    fn advance(&self, by: Duration);

    /// Whether nothing is left of the requests that have gone.
    fn is_empty(&self) -> bool;
}

/// A request that is being answered.
pub(crate) type Request<A> = Pin<Box<dyn Future<Output = A>>>;

/// Whether there is news: the look that a handler takes before it waits, and after.
pub(crate) fn has_news() -> bool {
    NEWS.load(Ordering::Acquire)
}

/// First the change, then the notify.
pub(crate) fn publish() {
    NEWS.store(true, Ordering::Release);
}

/// For what is counted here it may be the same for all keys. Each case is a process of its own.
static NEWS: AtomicBool = AtomicBool::new(false);
