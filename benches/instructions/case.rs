//! A case: something that is counted under a name.

use crate::by_hand::{self, ByHand};
use crate::callgrind::{COUNTED, Count, count};
use crate::cases::*;
use crate::frameworks::*;
use crate::ours::{self, Ours};

/// An operation that both contenders do many times.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// How many times it is done while it is counted.
    times: usize,
    ours: Side,
    by_hand: Side,
}

/// How a contender does it, and the function in which it is counted.
struct Side {
    run: fn(),
    function: &'static str,
}

impl Case {
    const fn new(name: &'static str, ours: fn(), by_hand: fn()) -> Self {
        Self {
            name,
            times: MANY,
            ours: Side::new(ours, COUNTED),
            by_hand: Side::new(by_hand, COUNTED),
        }
    }

    /// The part of a notify that excludes other threads: under the lock of a shard, or under the lock of the map.
    const fn locked(name: &'static str, times: usize, ours: fn(), by_hand: fn()) -> Self {
        Self {
            name,
            times,
            ours: Side::new(ours, ours::LOCKED),
            by_hand: Side::new(by_hand, by_hand::LOCKED),
        }
    }

    /// The part that callgrind sees: one contender, chosen by its option.
    pub(crate) fn run(&self, side: &str) {
        match side {
            OURS => (self.ours.run)(),
            _ => (self.by_hand.run)(),
        }
    }

    /// Instructions of one operation, ours and by hand.
    pub(crate) fn count(&self) -> [Count; 2] {
        // The keys of a hub are spread differently in each run, and in some runs a table grows during the count. That
        // makes a count higher and never lower. By hand, all counts are the same.
        let ours = [(); 3].map(|()| self.count_side(OURS, &self.ours));
        let by_hand = self.count_side(BY_HAND, &self.by_hand);
        [Count::least(ours), by_hand]
    }

    fn count_side(&self, option: &str, side: &Side) -> Count {
        count([option, self.name], side.function, self.times)
    }
}

impl Side {
    const fn new(run: fn(), function: &'static str) -> Self {
        Self { run, function }
    }
}

/// The options for the processes that run under callgrind.
pub(crate) const OURS: &str = "--run-ours";
pub(crate) const BY_HAND: &str = "--run-by-hand";

pub(crate) const CASES: [Case; 18] = [
    Case::new("answer", answer::<Ours>, answer::<ByHand>),
    Case::new("arrive", arrive::<Ours>, arrive::<ByHand>),
    Case::new("suspend", suspend::<Ours>, suspend::<ByHand>),
    Case::new(
        "suspend-again",
        suspend_again::<Ours>,
        suspend_again::<ByHand>,
    ),
    Case::new("cancel", cancel::<Ours>, cancel::<ByHand>),
    Case::new("notify-0", notify_none::<Ours>, notify_none::<ByHand>),
    Case::new("notify-1", notify_each::<Ours>, notify_each::<ByHand>),
    Case::new("notify-10k", notify_all::<Ours>, notify_all::<ByHand>),
    Case::locked(
        "locked-notify-1",
        MANY,
        notify_each::<Ours>,
        notify_each::<ByHand>,
    ),
    Case::locked(
        "locked-notify-10k",
        1,
        notify_all::<Ours>,
        notify_all::<ByHand>,
    ),
    Case::new("finish", finish::<Ours>, finish::<ByHand>),
    Case::new("finish-crowd", finish_crowd::<Ours>, finish_crowd::<ByHand>),
    Case::new(
        "expire-in-a-tick",
        expire_in_a_tick::<Ours>,
        expire_in_a_tick::<ByHand>,
    ),
    Case::new(
        "expire-in-30s",
        expire_in_30s::<Ours>,
        expire_in_30s::<ByHand>,
    ),
    Case::new("on-axum", whole::<OnAxumInAHandler>, whole::<OnAxumByHand>),
    Case::new(
        "on-axum-layer",
        whole::<OnAxumUnderTheLayer>,
        whole::<OnAxumByHand>,
    ),
    Case::new(
        "on-actix",
        whole::<OnActixInAHandler>,
        whole::<OnActixByHand>,
    ),
    Case::new(
        "on-actix-middleware",
        whole::<OnActixUnderTheMiddleware>,
        whole::<OnActixByHand>,
    ),
];
