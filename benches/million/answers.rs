//! What has come in on all connections.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::frames::{Event, Status};

/// How many answers there have been, and of which kind.
#[derive(Default)]
pub(crate) struct Answers {
    /// How many are waited for.
    awaited: AtomicUsize,
    begun: [AtomicUsize; Status::KINDS],
    ended: AtomicUsize,
    complete: Notify,
}

impl Answers {
    /// From now on so many are waited for, and none has come.
    pub(crate) fn expect(&self, answers: usize) {
        let counts = self.begun.iter().chain([&self.ended]);
        counts.for_each(|count| count.store(0, Ordering::Relaxed));
        self.awaited.store(answers, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, event: Event) {
        match event {
            Event::Status(status) => {
                _ = self.begun[status as usize].fetch_add(1, Ordering::Relaxed)
            }
            Event::End => {
                let ended = self.ended.fetch_add(1, Ordering::Relaxed) + 1;
                if ended == self.awaited() {
                    self.complete.notify_one();
                }
            }
        }
    }

    pub(crate) fn awaited(&self) -> usize {
        self.awaited.load(Ordering::Relaxed)
    }

    pub(crate) fn number(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    /// Waits for the last one. All have to be of this kind.
    pub(crate) async fn complete(&self, status: Status) {
        self.complete.notified().await;
        let begun = self.begun[status as usize].load(Ordering::Relaxed);
        assert_eq!(begun, self.awaited(), "{status:?}");
    }
}
