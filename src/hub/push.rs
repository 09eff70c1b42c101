//! The methods for pushes from other processes.

use std::hash::Hash;
use std::sync::Arc;

use bytes::Bytes;

use crate::engine::Actor;
use crate::handle::Handle;
use crate::hash;
use crate::id::ContinuationId;
use crate::payload::Payload;
use crate::telemetry::Event;

use super::Hub;

impl<K> Hub<K> {
    /// The request of this id, if it has been asked for and the request has not ended.
    pub(crate) fn handle(&self, id: ContinuationId) -> Option<Handle> {
        let request = self.shared.find(id)?;
        Some(Handle::new(Arc::downgrade(&request), id))
    }

    /// [Notifies](Self::notify) a key, by an actor and with a value if there are such.
    pub(crate) fn notify_with(&self, key: &K, by: Option<&str>, value: Option<Bytes>) -> usize
    where
        K: Hash,
    {
        let by = by.map_or(Actor::NOBODY, |by| Actor::new(hash::of_actor(by)));
        let payload = value.map(Payload::value);
        let key = self.shared.fingerprint(key);
        self.shared.waiters.notify(key, by, payload.as_ref())
    }

    /// Records an event.
    pub(crate) fn tell(&self, event: Event<'_>) {
        self.shared.waiters.telemetry.tell(0, event);
    }
}
