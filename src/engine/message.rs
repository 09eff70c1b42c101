//! What a shard and its owner say to each other about waiters.

use std::task::Waker;

use super::fingerprint::Fingerprint;
use super::wheel::Timer;

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

/// The slot of a waiter and the shard that it is in. A waiter for keys of several shards has a link in each of the
/// others that leads here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaiterRef {
    pub(crate) shard: u32,
    pub(crate) waiter: WaiterId,
}

/// What comes with a wake, which the engine carries.
pub(crate) trait Carried: Clone {
    /// Whether only a pass of the request can take it.
    fn is_value(&self) -> bool;
}

/// A registration that was made.
#[derive(Debug)]
pub(crate) struct Enrolled {
    pub(crate) waiter: WaiterId,
    /// The key may have been notified since the pass started, so the handler has to look once more.
    pub(crate) missed: bool,
}

/// Which waits a scan ends, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanKind {
    /// Those for a key, as if every key had been notified.
    Resume,
    /// All of them, for good.
    Close,
}

/// What a scan has still to go through in a shard.
#[derive(Debug)]
pub(crate) struct ScanRange {
    /// From this slot on.
    pub(crate) slot: u32,
    /// This number of waiters, of which some may have gone.
    pub(crate) waiters: usize,
    /// Waiters from this number on have come since the scan began, perhaps to a slot that was free. It is not for them.
    pub(crate) before: u64,
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
pub(crate) struct Released<P> {
    pub(crate) waker: Option<Waker>,
    /// The key of a notify for one waiter that had chosen this one, if there was one.
    pub(crate) chosen: Option<Fingerprint>,
    /// What came with the wake.
    pub(crate) payload: Option<P>,
}

/// What a timer remembers of its waiter: enough, since the deadline is compared as well.
pub(super) fn stamp(number: u64, moves: u16) -> u32 {
    (number as u32).wrapping_add(u32::from(moves) << 16)
}
