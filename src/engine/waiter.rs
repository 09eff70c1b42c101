//! What a shard and its owner say to each other about one waiter.

use std::any::Any;
use std::sync::Arc;
use std::task::Waker;

use super::wheel::Timer;
use super::{Fingerprint, Woken};

/// A registration in a shard: where it is, and a number that never comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaiterId {
    pub(super) slot: u32,
    pub(super) number: u64,
}

impl WaiterId {
    pub(super) fn timer(self, when: u64, moves: u16) -> Timer {
        Timer {
            when,
            slot: self.slot,
            stamp: stamp(self.number, moves),
        }
    }
}

/// The slot that holds the truth about a waiter that waits for keys of several shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) shard: u32,
    pub(crate) waiter: WaiterId,
}

/// How somebody comes into the books.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// How many notifies had been made when the pass started that wants to wait.
    pub(crate) start: u64,
    /// Among those whom a notify is not meant for all of, the highest comes first.
    pub(crate) priority: u8,
}

/// What a waker leaves for whom it wakes. Nobody looks into it here.
pub(crate) type Parcel = Arc<dyn Any + Send + Sync>;

/// A registration that was made.
#[derive(Debug)]
pub(crate) struct Enrolled {
    pub(crate) waiter: WaiterId,
    /// The key may have been notified since the pass started, so the handler has to look once more.
    pub(crate) missed: bool,
}

/// What is done to everybody who waits, as a sweep comes past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sweep {
    /// As if every key had been notified: who waits for none is left alone.
    Resume,
    /// Ends the waits for good.
    Close,
}

/// Waiters of a shard that are to be swept together, from this slot on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) slot: u32,
    pub(crate) waiters: usize,
}

/// How far a sweep has come.
#[derive(Debug)]
pub(crate) struct Swept {
    pub(crate) woken: Woken,
    /// How many waiters it has passed.
    pub(crate) waiters: usize,
    /// Where to go on, unless this was the end of the shard.
    pub(crate) next_slot: Option<u32>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Resumed,
    /// At this tick.
    Expired {
        at: u64,
    },
    Closed,
}

/// What is left of a registration that was taken away.
#[derive(Debug)]
#[must_use = "all of it is to be dropped after unlocking, and `chosen` may have to be passed on"]
pub(crate) struct Released {
    pub(crate) waker: Option<Waker>,
    /// It was the one whom a notify of this key was meant for.
    pub(crate) chosen: Option<Fingerprint>,
    /// What came with the wake.
    pub(crate) parcel: Option<Parcel>,
}

/// What a timer remembers of its waiter: enough, since the deadline is compared as well.
pub(super) fn stamp(number: u64, moves: u16) -> u32 {
    (number as u32).wrapping_add(u32::from(moves) << 16)
}
