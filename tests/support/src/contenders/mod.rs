//! The interface of all contenders.

mod by_hand;
mod ours;

use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;

pub use by_hand::{OnEventListener, OnNotify, OnWatch, advance};
pub use ours::Ours;

/// Holds requests until there is news or until they expire.
pub trait Contender: Clone + Send + Sync + 'static {
    /// Its name in the table.
    const NAME: &'static str;

    /// Holds nothing yet. The time is that of the system, or that of the present tokio runtime.
    fn new() -> Self;

    /// The same with simulated time, and a function that advances it.
    fn simulated(runtime: Rc<Runtime>) -> (Self, Box<dyn Fn(Duration)>);

    /// Answers a poll when there is news or when it expires.
    fn hold(&self, poll: Poll) -> impl Future<Output = Answer> + Send + 'static;

    /// Wakes all waiters of the key.
    fn notify(&self, key: &str);

    fn held(&self, poll: Poll) -> Held {
        Box::pin(self.hold(poll))
    }
}

/// A request in progress.
pub type Held = Pin<Box<dyn Future<Output = Answer> + Send>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    News,
    Nothing,
}

/// What a client asks for: anything newer than what it has seen.
pub struct Poll {
    pub key: String,
    pub timeout: Duration,
    board: &'static Board,
    seen: u64,
}

impl Poll {
    pub fn new(key: String, timeout: Duration, board: &'static Board) -> Self {
        let seen = board.latest();
        Self {
            key,
            timeout,
            board,
            seen,
        }
    }

    /// The check of every handler, before it waits and after.
    pub fn has_news(&self) -> bool {
        self.board.latest() > self.seen
    }
}

/// The state that handlers check. One for all keys is enough for these benches.
#[derive(Debug, Default)]
pub struct Board(AtomicU64);

impl Board {
    /// Topics are few, and they stay.
    pub fn new() -> &'static Self {
        Box::leak(Box::default())
    }

    /// First the change, then the notify.
    pub fn publish(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    fn latest(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
