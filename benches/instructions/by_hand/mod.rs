//! A server by hand: it holds requests without this crate.
//!
//! The wake is tokio's `Notify`, as in *Notify* of `versus`. It has no memory, so one `Notify` serves a key as long
//! as the key has a waiter, and a needless wake is a turn of a loop. The timeout is tokio's, as in nearly all
//! servers. Its wheel is that of the runtime, which has a paused clock.

mod place;
mod topics;

use std::pin::pin;
use std::time::Duration;

use tokio::runtime::{Builder, EnterGuard, Runtime};
use tokio::sync::Notify;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::contender::{Contender, Request, has_news};

use place::Place;

pub(crate) use topics::{LOCKED, Topics};

pub(crate) struct ByHand {
    pub(crate) topics: Topics,
    runtime: &'static Runtime,
    /// A timeout needs the runtime of its thread.
    _inside: EnterGuard<'static>,
}

impl Contender for ByHand {
    type Answer = Result<(), Elapsed>;

    fn new() -> Self {
        let runtime = Box::leak(Box::new(paused()));
        Self {
            topics: Topics::default(),
            _inside: runtime.enter(),
            runtime,
        }
    }

    fn request(&self, key: String, limit: Duration) -> Request<Self::Answer> {
        Box::pin(hold(self.topics.clone(), key, limit))
    }

    fn notify(&self, key: &str) {
        let topic = self.topics.find(key);
        // The map is unlocked now: wakers are foreign code.
        if let Some(topic) = topic {
            topic.notify_waiters();
        }
    }

    fn advance(&self, by: Duration) {
        self.runtime.block_on(tokio::time::advance(by));
    }

    fn is_empty(&self) -> bool {
        self.topics.lock().is_empty()
    }
}

/// A handler.
pub(crate) async fn hold(topics: Topics, key: String, limit: Duration) -> Result<(), Elapsed> {
    // Without this check, a request that is answered at once would take a place first.
    if has_news() {
        return Ok(());
    }
    let place = Place::take(topics, key);
    timeout(limit, news(place.topic())).await
}

async fn news(topic: &Notify) {
    loop {
        let mut notified = pin!(topic.notified());
        // Listen first, then check: otherwise a notify in between would be lost.
        notified.as_mut().enable();
        if has_news() {
            return;
        }
        notified.await;
    }
}

/// A runtime of this thread alone, with simulated time. It has no sockets: with them, each timeout would wake the
/// thread that waits for the sockets.
fn paused() -> Runtime {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("a runtime")
}
