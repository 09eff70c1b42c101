//! When a wait expires, and when its timer fires: a little later, if it can then share a tick with other timers.

use super::wheel::{HORIZON, NEVER};

/// The time by which the timer of a long wait may be late, in ticks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slack(u64);

impl Slack {
    pub(crate) fn new(ticks: u64) -> Self {
        Self(ticks.min(Deadline::MOST_LATE))
    }

    /// The deadline of a wait that expires at `tick`. If that is a hundred slacks away or more, the timer fires at
    /// the next multiple of the slack. For a shorter wait, the delay would be noticeable.
    pub(super) fn deadline(self, tick: u64, now: u64) -> Deadline {
        let Self(slack) = self;
        let is_long = slack > 1 && tick != NEVER && tick.saturating_sub(now) >= LONG * slack;
        let timer = match is_long {
            true => tick.next_multiple_of(slack),
            false => tick,
        };
        match timer < HORIZON {
            true => Deadline(timer | (timer - tick) << Deadline::BITS),
            false => Deadline::exact(tick),
        }
    }
}

/// A wait is long if it has this number of slacks to go.
const LONG: u64 = 100;

/// The tick at which a wait expires and the tick at which its timer is due, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deadline(u64);

impl Deadline {
    pub(super) const NEVER: Self = Self(NEVER);

    /// The lower bits are the tick of the timer, which is below [`HORIZON`]. The upper bits are the delay of the
    /// timer.
    const BITS: u32 = HORIZON.trailing_zeros();
    const MOST_LATE: u64 = (1 << (u64::BITS - Self::BITS)) - 1;

    pub(super) fn exact(tick: u64) -> Self {
        Self(tick)
    }

    /// The tick at which the timer is due.
    pub(super) fn timer(self) -> u64 {
        match self {
            Self::NEVER => NEVER,
            Self(word) => word % HORIZON,
        }
    }

    /// The tick at which the wait counts as expired, if the timer ends it at `now`. The slack does not count as
    /// delay.
    pub(super) fn expired_at(self, now: u64) -> u64 {
        now.max(self.timer()) - (self.0 >> Self::BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_wait_ends_at_the_next_multiple_of_the_slack_and_a_short_one_at_its_tick() {
        let slack = Slack::new(10);
        for (tick, now, timer) in [
            (1_001, 1, 1_010),
            (1_000, 0, 1_000),
            (1_001, 2, 1_001),
            (30_005, 17, 30_010),
            (NEVER, 0, NEVER),
        ] {
            assert_eq!(slack.deadline(tick, now).timer(), timer, "{tick} at {now}");
        }
    }

    #[test]
    fn the_slack_of_a_timer_is_not_counted_as_delay() {
        let deadline = Slack::new(10).deadline(30_005, 0);
        assert_eq!(deadline.expired_at(30_010), 30_005);
        assert_eq!(deadline.expired_at(30_017), 30_012, "the rest is");
        assert_eq!(Deadline::exact(7).expired_at(9), 9);
    }

    #[test]
    fn without_slack_every_deadline_is_exact() {
        for slack in [0, 1] {
            assert_eq!(
                Slack::new(slack).deadline(30_005, 0),
                Deadline::exact(30_005)
            );
        }
    }

    #[test]
    fn the_largest_slack_and_the_last_tick_fit() {
        let slack = Slack::new(u64::MAX);
        for tick in [HORIZON - 1, HORIZON / 2 + 1, 1] {
            let deadline = slack.deadline(tick, 0);
            assert!((tick..HORIZON).contains(&deadline.timer()));
            assert_eq!(deadline.expired_at(0), tick);
        }
    }
}
