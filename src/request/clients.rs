//! How many suspended requests each client has.

use std::sync::{Arc, Weak};

use crate::engine::Fingerprint;
use crate::error::Error;
use crate::sync::order;

use super::sharded::Sharded;

/// What happens when a client has more suspended requests than allowed. Set it with
/// [`HubBuilder::max_per_client`](crate::HubBuilder::max_per_client).
///
/// ```
/// use dacapo::{Hub, OnClientLimit};
///
/// // Holds one request per browser tab: the newest.
/// let builder = Hub::<String>::builder().max_per_client(1, OnClientLimit::EvictOldest);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnClientLimit {
    /// Refuses the new request with [`Error::ClientFull`].
    RejectNew,
    /// Ends the client's oldest request with [`Error::Superseded`], and holds the new one. Use this
    /// for pages that poll again before their last poll is answered, after a reload or a change of
    /// network.
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
