//! How many requests each client has suspended.

use std::sync::{Arc, Weak};

use crate::engine::Fingerprint;
use crate::error::Error;
use crate::sync::order;

use super::sharded::Sharded;

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

/// The suspended requests of the clients that have been named, by their numbers.
#[derive(Debug)]
pub(super) struct ClientLimit<T>(Sharded<Fingerprint, Vec<(u64, Weak<T>)>, { order::CLIENTS }>);

/// A request's place among those of its client, until it is dropped.
#[derive(Debug)]
pub(crate) struct ClientPermit<T> {
    limit: Arc<ClientLimit<T>>,
    client: Fingerprint,
    number: u64,
}

impl<T> ClientLimit<T> {
    /// Admits a request, or says why not. If it takes the place of another one, returns that one, and the caller ends
    /// it.
    pub(super) fn admit(
        self: &Arc<Self>,
        client: Fingerprint,
        number: u64,
        request: &Arc<T>,
        (limit, on_limit): (usize, OnClientLimit),
    ) -> Result<(ClientPermit<T>, Option<Arc<T>>), Error> {
        let evicted = self.0.with(client.shard().into(), |clients| {
            let requests = clients.entry(client).or_default();
            if requests.len() >= limit {
                let is_oldest = requests.first().is_none_or(|oldest| number < oldest.0);
                match on_limit {
                    OnClientLimit::RejectNew => return Err(Error::ClientFull { limit }),
                    OnClientLimit::EvictOldest if is_oldest => return Err(Error::Superseded),
                    OnClientLimit::EvictOldest => {}
                }
            }
            let at = requests.partition_point(|other| other.0 < number);
            requests.insert(at, (number, Arc::downgrade(request)));
            Ok((requests.len() > limit).then(|| requests.remove(0)))
        })?;
        let permit = ClientPermit {
            limit: Arc::clone(self),
            client,
            number,
        };
        let evicted = evicted.and_then(|(_, oldest)| oldest.upgrade());
        Ok((permit, evicted))
    }

    fn leave(&self, client: Fingerprint, number: u64) {
        self.0.with(client.shard().into(), |clients| {
            if let Some(requests) = clients.get_mut(&client) {
                requests.retain(|request| request.0 != number);
                if requests.is_empty() {
                    clients.remove(&client);
                }
            }
        });
    }

    #[cfg(all(test, not(loom)))]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for ClientLimit<T> {
    fn default() -> Self {
        Self(Sharded::default())
    }
}

impl<T> Drop for ClientPermit<T> {
    fn drop(&mut self) {
        self.limit.leave(self.client, self.number);
    }
}
