//! Values that a shard and its owner exchange.

use std::task::Waker;

use super::fingerprint::Fingerprint;
use super::wheel::Timer;

/// A registration in a shard: its slot, and a number that is never used again.
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

/// A waiter's slot, and the shard that it is in. A waiter for keys of several shards has its slot in one of them, and
/// in each of the others a link to it.
///
/// A held request keeps two of them, so it has no padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WaiterRef {
    pub(crate) shard: u32,
    pub(super) slot: u32,
    pub(super) number: u64,
}

impl WaiterRef {
    pub(crate) fn new(shard: u32, waiter: WaiterId) -> Self {
        let WaiterId { slot, number } = waiter;
        Self {
            shard,
            slot,
            number,
        }
    }

    /// The waiter in its shard.
    pub(crate) fn waiter(self) -> WaiterId {
        let Self { slot, number, .. } = self;
        WaiterId { slot, number }
    }
}

/// A payload: what comes with a wake. The engine only passes it on.
pub(crate) trait Carried: Clone {
    /// Whether only a pass of the request can take it.
    fn is_value(&self) -> bool;
}

/// A registration that has been made.
#[derive(Debug)]
pub(crate) struct Enrolled {
    pub(crate) waiter: WaiterId,
    /// The key may have been notified since the pass started, so the handler must check once more.
    pub(crate) missed: bool,
}

/// Which waits a scan ends, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanKind {
    /// The waits for a key, as if every key had been notified.
    Resume,
    /// All waits, as the hub shuts down.
    Close,
}

/// What a scan has still to visit in a shard.
#[derive(Debug)]
pub(crate) struct ScanRange {
    /// It continues at this slot.
    pub(crate) slot: u32,
    /// The number of waiters to visit. Some of them may have left.
    pub(crate) waiters: usize,
    /// The scan skips waiters with this number or above. They arrived after it began, and may occupy a slot that was
    /// free.
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

/// What remains of a registration that has been removed.
#[derive(Debug)]
#[must_use = "drop it after unlocking; `chosen` may have to be passed on"]
pub(crate) struct Released<P> {
    pub(crate) waker: Option<Waker>,
    /// The key of a `notify_one` that had chosen this waiter, if there was one.
    pub(crate) chosen: Option<Fingerprint>,
    /// The payload of the wake.
    pub(crate) payload: Option<P>,
}

/// Identifies the waiter to which a timer belongs. 32 bits suffice, since the deadline is compared too.
pub(super) fn stamp(number: u64, moves: u16) -> u32 {
    (number as u32).wrapping_add(u32::from(moves) << 16)
}
