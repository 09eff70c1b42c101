//! The answers on all connections.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::frames::{Event, Status};

/// The number of answers, by kind.
#[derive(Default)]
pub(crate) struct Answers {
    /// The number of answers that are expected.
    awaited: AtomicUsize,
    begun: [AtomicUsize; Status::KINDS],
    ended: AtomicUsize,
    complete: Notify,
}

impl Answers {
    /// Expects this number of answers, and forgets earlier ones.
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

    /// Waits for the last answer. All must be of this kind.
    pub(crate) async fn complete(&self, status: Status) {
        self.complete.notified().await;
        let begun = self.begun[status as usize].load(Ordering::Relaxed);
        assert_eq!(begun, self.awaited(), "{status:?}");
    }
}
