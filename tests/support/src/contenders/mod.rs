//! What all contenders have to do.

mod by_hand;
mod ours;

use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;

pub use by_hand::{OnEventListener, OnNotify, OnWatch, advance};
pub use ours::Ours;

/// Somebody who holds requests until there is news, or until their time is up.
pub trait Contender: Clone + Send + Sync + 'static {
    /// By which it goes in the table.
    const NAME: &'static str;

    /// Holds nobody yet. Time is the system's, or that of the tokio runtime around it.
    fn new() -> Self;

    /// The same in simulated time, and a way to let it pass.
    fn simulated(runtime: Rc<Runtime>) -> (Self, Box<dyn Fn(Duration)>);

    /// Answers a poll, when there is news or its time is up.
    fn hold(&self, poll: Poll) -> impl Future<Output = Answer> + Send + 'static;

    /// Wakes whoever waits for the key.
    fn notify(&self, key: &str);

    fn held(&self, poll: Poll) -> Held {
        Box::pin(self.hold(poll))
    }
}

/// A request that is being answered.
pub type Held = Pin<Box<dyn Future<Output = Answer> + Send>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    News,
    Nothing,
}

/// What a client asks for: whatever is newer than what it has seen.
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

    /// The look that every handler takes before it waits, and after.
    pub fn has_news(&self) -> bool {
        self.board.latest() > self.seen
    }
}

/// Where the news is. For what is measured here it may be the same for all keys.
#[derive(Debug, Default)]
pub struct Board(AtomicU64);

impl Board {
    /// There are few, and they stay.
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
