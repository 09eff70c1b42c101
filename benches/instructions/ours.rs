//! This crate.

use std::future::ready;
use std::time::Duration;

use dacapo::{Answer, Continuation, Error, Hub, MockClock, Outcome};

use crate::contender::{Contender, Request, has_news};

pub(crate) struct Ours {
    pub(crate) hub: Hub<String>,
    clock: MockClock,
}

impl Contender for Ours {
    type Answer = Result<Answer<()>, Error>;

    fn new() -> Self {
        let (hub, clock) = Hub::builder().build_with_mock_clock();
        Self { hub, clock }
    }

    fn request(&self, key: String, timeout: Duration) -> Request<Self::Answer> {
        Box::pin(self.hub.run(move |c| ready(handler(&c, &key, timeout))))
    }

    fn notify(&self, key: &str) {
        self.hub.notify(key);
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn is_empty(&self) -> bool {
        self.hub.suspended_count() == 0
    }
}

pub(crate) fn handler(c: &Continuation<String>, key: &str, timeout: Duration) -> Outcome<()> {
    match has_news() || c.is_expired() {
        true => Ok(()),
        false => Err(c.suspend(key, timeout)),
    }
}

/// The part of a notify under the lock of a shard. Some compilers put a bracket before the name.
pub(crate) const LOCKED: &str = "*dacapo::engine::shard::*::notify";
