//! Requests by their ids.

use std::sync::{Arc, Weak};

use crate::id::ContinuationId;
use crate::sync::order;

use super::sharded::Sharded;

/// Requests by the ids that have been published. The map does not keep a request alive.
#[derive(Debug)]
pub(super) struct IdMap<T>(Sharded<ContinuationId, Weak<T>, { order::IDS }>);

impl<T> IdMap<T> {
    pub(super) fn publish(&self, id: ContinuationId, entry: Weak<T>) {
        self.0.with(id.low_bits(), |ids| ids.insert(id, entry));
    }

    pub(super) fn withdraw(&self, id: ContinuationId) {
        self.0.with(id.low_bits(), |ids| ids.remove(&id));
    }

    pub(super) fn find(&self, id: ContinuationId) -> Option<Arc<T>> {
        self.0.with(id.low_bits(), |ids| ids.get(&id)?.upgrade())
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for IdMap<T> {
    fn default() -> Self {
        Self(Sharded::default())
    }
}

#[cfg(all(test, loom))]
mod models {
    use futures::FutureExt;

    use crate::Hub;

    #[test]
    fn an_id_that_is_asked_for_as_its_request_ends_is_forgotten() {
        loom::model(|| {
            let (hub, _clock) = Hub::<u8>::with_mock_clock();
            let (tell, told) = std::sync::mpsc::channel();
            let request = hub.run(|c| {
                tell.send(c.clone()).unwrap();
                async move { Err::<(), _>(c.suspend_for(std::time::Duration::MAX)) }
            });
            let mut request = Box::pin(request);
            assert!(request.as_mut().now_or_never().is_none());
            // The continuation keeps the request's state alive. Without it, loom would not see when the id is asked
            // for.
            let kept = told.recv().unwrap();
            let handle = kept.handle();
            let naming = loom::thread::spawn(move || handle.id());
            drop(request);
            let id = naming.join().unwrap();
            assert!(!hub.resume(id) && hub.shared().ids.is_empty());
        });
    }
}
