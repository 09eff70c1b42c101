//! Requests by their ids.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use crate::handle::ContinuationId;
use crate::record::Record;
use crate::sync::Mutex;

/// The requests whose ids have been asked for. It keeps none of them alive.
#[derive(Debug, Default)]
pub(crate) struct Names {
    parts: [Mutex<HashMap<ContinuationId, Weak<Record>>>; PARTS],
}

impl Names {
    pub(crate) fn publish(&self, id: ContinuationId, record: Weak<Record>) {
        self.part_of(id).lock().insert(id, record);
    }

    pub(crate) fn withdraw(&self, id: ContinuationId) {
        let mut names = self.part_of(id).lock();
        names.remove(&id);
        if names.len() < names.capacity() / 4 {
            names.shrink_to_fit();
        }
    }

    pub(super) fn find(&self, id: ContinuationId) -> Option<Arc<Record>> {
        self.part_of(id).lock().get(&id)?.upgrade()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|names| names.lock().is_empty())
    }

    fn part_of(&self, id: ContinuationId) -> &Mutex<HashMap<ContinuationId, Weak<Record>>> {
        &self.parts[id.low_bits() as usize % PARTS]
    }
}

/// Locks, so that those who ask for different ids seldom meet.
const PARTS: usize = if cfg!(loom) { 1 } else { 16 };

#[cfg(all(test, loom))]
mod models {
    use futures::FutureExt;

    use crate::Hub;

    #[test]
    fn a_name_that_is_asked_for_as_its_request_ends_is_forgotten() {
        loom::model(|| {
            let (hub, _clock) = Hub::<u8>::with_mock_clock();
            let (tell, told) = std::sync::mpsc::channel();
            let request = hub.run(|c| {
                tell.send(c.clone()).unwrap();
                async move { Err::<(), _>(c.suspend_for(std::time::Duration::MAX)) }
            });
            let mut request = Box::pin(request);
            assert!(request.as_mut().now_or_never().is_none());
            // It keeps the record, or loom would not see when somebody asks it for its name.
            let kept = told.recv().unwrap();
            let handle = kept.handle();
            let naming = loom::thread::spawn(move || handle.id());
            drop(request);
            let id = naming.join().unwrap();
            assert!(!hub.resume(id) && hub.shared().names.is_empty());
        });
    }
}
