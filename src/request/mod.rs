//! What is known of one request, and what all requests of a hub share.

mod attributes;
mod clients;
mod ids;
pub(crate) mod scope;
mod sharded;
mod state;

use std::hash::Hash;
use std::panic::RefUnwindSafe;
use std::sync::Arc;

use crate::engine::Fingerprint;
use crate::hash::Secret;
use crate::id::ContinuationId;
use crate::sync::CachePadded;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::telemetry::Stats;
use crate::time::{Clock, Jitter};
use crate::waiters::{self, Waiters};

use clients::ClientLimit;
use ids::IdMap;

pub(crate) use clients::ClientPermit;
pub use clients::OnClientLimit;
pub(crate) use state::{Cleanup, RequestState};

/// A hub without the type of its keys.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) waiters: Arc<Waiters>,
    pub(crate) limits: Limits,
    secret: Secret,
    ids: IdMap<RequestState>,
    clients: Arc<ClientLimit<RequestState>>,
    /// How many requests there have been: the number of the next.
    requests: CachePadded<AtomicU64>,
}

/// What one request may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) keys: usize,
    pub(crate) passes: u32,
    pub(crate) per_client: Option<(usize, OnClientLimit)>,
    pub(crate) jitter: Option<Jitter>,
}

/// No foreign code runs while something is half done, so its panics leave nothing that is.
impl RefUnwindSafe for Shared {}

impl Shared {
    pub(crate) fn new(limits: Limits, waiters: waiters::Limits, clock: Clock) -> Self {
        Self {
            waiters: Arc::new(Waiters::new(waiters, clock)),
            limits,
            secret: Secret::random(),
            ids: IdMap::default(),
            clients: Arc::default(),
            requests: CachePadded::default(),
        }
    }

    pub(crate) fn fingerprint<Q: Hash + ?Sized>(&self, key: &Q) -> Fingerprint {
        Fingerprint::new(self.secret.fingerprint(key))
    }

    /// The request of an id, if it has been asked for and the request has not ended.
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
