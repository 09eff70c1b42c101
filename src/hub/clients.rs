//! Who has how many requests suspended.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use crate::engine::Fingerprint;
use crate::error::Error;
use crate::record::Record;
use crate::sync::Mutex;
use crate::verdict;

use super::shared::Shared;

/// What happens when a client has more requests suspended than it may have.
///
/// Set with [`HubBuilder::max_per_client`](crate::HubBuilder::max_per_client).
///
/// ```
/// use dacapo::{Hub, OnClientLimit};
///
/// // Of each browser tab one request is held: the latest.
/// let hub: Hub<String> = Hub::builder().max_per_client(1, OnClientLimit::EvictOldest).build();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnClientLimit {
    /// The newest is refused, with [`Error::ClientFull`].
    RejectNew,
    /// The one that arrived first is ended, with [`Error::Superseded`], and the newest takes its
    /// place. This is for pages that poll again before their former poll has been answered, because
    /// they were reloaded or the network has changed.
    EvictOldest,
}

/// The suspended requests of those clients that have been named.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    parts: [Mutex<HashMap<Fingerprint, Vec<Guest>>>; PARTS],
}

/// A suspended request.
#[derive(Debug)]
struct Guest {
    number: u64,
    record: Weak<Record>,
}

/// A request's place among those of its client, until it is dropped.
#[derive(Debug)]
pub(crate) struct Presence {
    hub: Arc<Shared>,
    client: Fingerprint,
    number: u64,
}

impl Presence {
    /// Takes a place for a request, if it is said whose it is, and there is one or one is made.
    pub(crate) fn of(
        client: Option<Fingerprint>,
        record: &Arc<Record>,
    ) -> Result<Option<Self>, Error> {
        let hub = &record.hub;
        let (Some(client), Some((limit, surplus))) = (client, hub.limits.per_client) else {
            return Ok(None);
        };
        let oldest = hub.clients.admit(client, record, limit, surplus)?;
        let presence = Self {
            hub: Arc::clone(hub),
            client,
            number: record.number,
        };
        if let Some(oldest) = oldest {
            // It may have been woken meanwhile, and then learns of it when it suspends again.
            oldest.wake(Some(verdict::parcel(Error::Superseded)));
        }
        Ok(Some(presence))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.hub.clients.let_go(self.client, self.number);
    }
}

impl Clients {
    /// Returns whose place has been given away.
    fn admit(
        &self,
        client: Fingerprint,
        record: &Arc<Record>,
        limit: usize,
        surplus: OnClientLimit,
    ) -> Result<Option<Arc<Record>>, Error> {
        let mut clients = self.part_of(client).lock();
        let guests = clients.entry(client).or_default();
        if guests.len() >= limit {
            let is_oldest = guests
                .first()
                .is_none_or(|oldest| record.number < oldest.number);
            match surplus {
                OnClientLimit::RejectNew => return Err(Error::ClientFull { limit }),
                OnClientLimit::EvictOldest if is_oldest => return Err(Error::Superseded),
                OnClientLimit::EvictOldest => {}
            }
        }
        let at = guests.partition_point(|guest| guest.number < record.number);
        let number = record.number;
        let record = Arc::downgrade(record);
        guests.insert(at, Guest { number, record });
        let oldest = (guests.len() > limit).then(|| guests.remove(0));
        Ok(oldest.and_then(|oldest| oldest.record.upgrade()))
    }

    fn let_go(&self, client: Fingerprint, number: u64) {
        let mut clients = self.part_of(client).lock();
        let Some(guests) = clients.get_mut(&client) else {
            return;
        };
        guests.retain(|guest| guest.number != number);
        if guests.is_empty() {
            clients.remove(&client);
            if clients.len() < clients.capacity() / 4 {
                clients.shrink_to_fit();
            }
        }
    }

    #[cfg(all(test, not(loom)))]
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|clients| clients.lock().is_empty())
    }

    fn part_of(&self, client: Fingerprint) -> &Mutex<HashMap<Fingerprint, Vec<Guest>>> {
        &self.parts[client.shard() as usize % PARTS]
    }
}

/// Locks, so that different clients seldom meet.
const PARTS: usize = if cfg!(loom) { 1 } else { 16 };
