//! How much is measured.

use std::time::Duration;

pub(crate) struct Plan {
    /// How many requests are held at once.
    pub(crate) held: usize,
    /// How often each contender is started and measured.
    pub(crate) cycles: usize,
    /// How often everything is done in a cycle before it counts.
    pub(crate) warm_up: usize,
    /// How often everything is done in a cycle. A figure of the cycle is the median of them.
    pub(crate) rounds: usize,
    /// How often requests are let expire in a cycle, which takes longer than anything else.
    pub(crate) expiries: usize,
    /// How many are notified one after the other.
    pub(crate) one_at_a_time: usize,
    /// When those expire that nothing wakes. nchan counts in seconds.
    pub(crate) timeout: Duration,
    /// A server that computes next to nothing for so long has done everything.
    pub(crate) rest: Duration,
}

impl Plan {
    /// Takes seconds, and only shows that everything works.
    pub(crate) const QUICK: Self = Self {
        held: 200,
        cycles: 1,
        warm_up: 0,
        rounds: 1,
        expiries: 1,
        one_at_a_time: 20,
        timeout: Duration::from_secs(1),
        rest: Duration::from_millis(30),
    };

    /// Takes less than ten minutes.
    pub(crate) const USUAL: Self = Self {
        held: 4_000,
        cycles: 3,
        warm_up: 1,
        rounds: 2,
        expiries: 1,
        one_at_a_time: 300,
        timeout: Duration::from_secs(1),
        rest: Duration::from_millis(60),
    };

    /// The tables of the README.
    pub(crate) const FULL: Self = Self {
        held: 10_000,
        cycles: 5,
        warm_up: 1,
        rounds: 3,
        expiries: 2,
        one_at_a_time: 1_000,
        timeout: Duration::from_secs(2),
        rest: Duration::from_millis(60),
    };

    pub(crate) fn open_files(&self) -> u64 {
        (self.held + AND_SOME_MORE) as u64
    }
}

/// Files of the process itself, and publishers.
const AND_SOME_MORE: usize = 200;
