//! The state of one request, and what all requests of a hub share.

mod attributes;
mod clients;
mod extras;
mod ids;
mod key_log;
mod once;
pub(crate) mod scope;
mod sharded;
mod state;

use std::hash::Hash;
use std::panic::RefUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Fingerprint;
use crate::hash::{Secret, random};
use crate::id::ContinuationId;
use crate::sync::CachePadded;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::telemetry::Stats;
use crate::time::{Clock, Jitter};
use crate::waiters::{self, Keys, Waiters};

use clients::ClientLimit;
use ids::IdMap;
use key_log::{KeyLog, written};

pub(crate) use clients::ClientPermit;
pub use clients::OnClientLimit;
pub(crate) use state::{Cleanup, Kind, RequestState};

/// A hub without the type of its keys.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) waiters: Arc<Waiters>,
    pub(crate) limits: Limits,
    secret: Secret,
    /// Distinguishes the positions of this hub in a cursor from those of others.
    pub(crate) epoch: u64,
    ids: IdMap<RequestState>,
    /// Only if the hub was built with `debug_keys`.
    key_log: Option<KeyLog>,
    clients: Arc<ClientLimit<RequestState>>,
    /// The number of requests so far, which is the number of the next one.
    requests: CachePadded<AtomicU64>,
}

/// Limits for one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) keys: usize,
    pub(crate) passes: u32,
    pub(crate) per_client: Option<(usize, OnClientLimit)>,
    pub(crate) jitter: Option<Jitter>,
    /// How long a request may be held in all, unless an adapter sets another limit.
    pub(crate) max_hold: Duration,
    /// Whether the hub keeps the texts of keys.
    pub(crate) debug_keys: bool,
}

/// No foreign code runs while a change is half done, so a panic of such code leaves a consistent state.
impl RefUnwindSafe for Shared {}

impl Shared {
    pub(crate) fn new(limits: Limits, waiters: waiters::Limits, clock: Clock) -> Self {
        Self {
            waiters: Arc::new(Waiters::new(waiters, clock)),
            limits,
            secret: Secret::random(),
            epoch: random(),
            ids: IdMap::default(),
            key_log: limits.debug_keys.then(KeyLog::default),
            clients: Arc::default(),
            requests: CachePadded::default(),
        }
    }

    pub(crate) fn fingerprint<Q: Hash + ?Sized>(&self, key: &Q) -> Fingerprint {
        Fingerprint::new(self.hash_of(key))
    }

    pub(crate) fn hash_of<Q: Hash + ?Sized>(&self, key: &Q) -> u128 {
        self.secret.fingerprint(key)
    }

    /// A key to wait for.
    #[inline]
    pub(crate) fn key<Q: Hash + ?Sized>(&self, key: &Q) -> Keys {
        match &self.key_log {
            None => Keys::One(self.fingerprint(key)),
            Some(log) => self.named(log, key),
        }
    }

    /// One key is always within the limit.
    #[cold]
    fn named<Q: Hash + ?Sized>(&self, log: &KeyLog, key: &Q) -> Keys {
        log.collect(std::iter::once((self.fingerprint(key), written(key))), 1)
    }

    /// Keys to wait for.
    pub(crate) fn keys<'k, Q>(&self, keys: impl IntoIterator<Item = &'k Q>) -> Keys
    where
        Q: Hash + ?Sized + 'k,
    {
        let (keys, limit) = (keys.into_iter(), self.limits.keys);
        match &self.key_log {
            None => Keys::collect(keys.map(|key| self.fingerprint(key)), limit),
            Some(log) => log.collect(keys.map(|key| (self.fingerprint(key), written(key))), limit),
        }
    }

    /// The keys that have waiters, with the number of waiters. Empty if the hub does not keep the texts of keys.
    pub(crate) fn waiting_keys(&self) -> Vec<(String, usize)> {
        let keys = self.key_log.as_ref().map(KeyLog::keys);
        let counted = |(key, name)| (name, self.waiters.waiter_count(key));
        let counted = keys.unwrap_or_default().into_iter().map(counted);
        counted.filter(|(_, waiters)| *waiters > 0).collect()
    }

    /// The request with an id, if the id has been asked for and the request has not ended.
    pub(crate) fn find(&self, id: ContinuationId) -> Option<Arc<RequestState>> {
        self.ids.find(id)
    }

    pub(crate) fn stats(&self) -> Stats {
        self.waiters.stats(|| self.requests.load(Ordering::Relaxed))
    }

    fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    fn id(&self, number: u64) -> ContinuationId {
        ContinuationId::new(self.secret.id(number))
    }
}

#[cfg(all(test, not(loom)))]
impl Shared {
    pub(crate) fn check_invariants(&self) {
        self.waiters.check_invariants();
    }

    pub(crate) fn check_empty(&self) {
        self.waiters.check_empty();
        assert!(self.ids.is_empty() && self.clients.is_empty());
    }
}
