//! The limits of a hub.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use crate::clock::{Clock, Hand, MockClock, Timed};

use super::Hub;
use super::shared::Shared;

/// Makes a [`Hub`] with limits of one's own.
///
/// What a client sees at each of these limits is a 503 that asks it to come back later
/// ([`Error::response`](crate::Error::response)).
///
/// ```
/// use dacapo::Hub;
///
/// let hub: Hub<String> = Hub::builder().max_suspended(10_000).max_keys(16).build();
/// ```
#[must_use = "a builder does nothing until `build` or `manual` is called"]
pub struct Builder<K> {
    limits: Limits,
    keys: PhantomData<fn(&K)>,
}

impl<K> Builder<K> {
    pub(super) fn new() -> Self {
        Self {
            limits: Limits::default(),
            keys: PhantomData,
        }
    }

    /// Sets how many requests may be suspended at once. The default is 100,000.
    ///
    /// Each costs the hub less than 128 bytes, besides the request itself and the connection below it,
    /// which cost a server far more.
    pub fn max_suspended(mut self, requests: usize) -> Self {
        self.limits.suspended = requests;
        self
    }

    /// Sets how many keys one request may wait for at once. The default is 64.
    ///
    /// Equal keys are waited for once, but each of them counts, so that nobody is made to hash a
    /// million.
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.limits.keys = keys;
        self
    }

    /// Sets how often a handler may be executed for one request, the first time included: at
    /// least once, by default 1,000 times.
    ///
    /// It is what ends a handler that is woken again and again and never finds what it looks for:
    /// [`Error::TooManyPasses`](crate::Error::TooManyPasses).
    pub fn max_passes(mut self, passes: u32) -> Self {
        self.limits.passes = passes.max(1);
        self
    }

    /// Makes the hub.
    pub fn build(self) -> Hub<K> {
        Hub::with(Arc::new(Shared::new(self.limits, Clock::system())))
    }

    /// Makes the hub with a clock that stands still until it is moved, for tests.
    pub fn manual(self) -> (Hub<K>, MockClock) {
        let hand = Arc::new(Hand::default());
        let shared = Arc::new(Shared::new(self.limits, Clock::Mock(Arc::clone(&hand))));
        let timed: Weak<dyn Timed> = Arc::downgrade(&shared) as _;
        (Hub::with(shared), MockClock::new(hand, timed))
    }
}

impl<K> Clone for Builder<K> {
    fn clone(&self) -> Self {
        Self {
            limits: self.limits,
            keys: PhantomData,
        }
    }
}

impl<K> fmt::Debug for Builder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("limits", &self.limits)
            .finish()
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) suspended: usize,
    pub(crate) keys: usize,
    pub(crate) passes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            suspended: 100_000,
            keys: 64,
            passes: 1000,
        }
    }
}
