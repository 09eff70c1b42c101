//! A point in time on the clock of a hub, and the ticks in which waits expire.

use std::time::Duration;

/// A point in time: nanoseconds since the clock of a hub began. After more than five centuries comes
/// [`NEVER`](Self::NEVER).
///
/// A tick is a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(u64);

impl Instant {
    pub(crate) const BEGINNING: Self = Self(0);
    pub(crate) const NEVER: Self = Self(u64::MAX);
    /// The last point in time before `NEVER`. It is beyond the horizon of the wheel too.
    pub(crate) const LAST: Self = Self(u64::MAX - 1);

    pub(crate) const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    pub(crate) fn as_nanos(self) -> u64 {
        self.0
    }

    /// The beginning of a tick.
    pub(crate) fn of_tick(tick: u64) -> Self {
        Self(tick.saturating_mul(NANOS_PER_TICK))
    }

    /// The last tick that has begun.
    #[inline]
    pub(crate) fn tick(self) -> u64 {
        self.0 / NANOS_PER_TICK
    }

    /// The first tick that begins now or later. If a wait expires then, it is never early.
    #[inline]
    pub(crate) fn next_tick(self) -> u64 {
        self.0.div_ceil(NANOS_PER_TICK)
    }

    #[inline]
    pub(crate) fn after(self, time: Duration) -> Self {
        let nanos = time.as_secs().saturating_mul(NANOS_PER_SECOND);
        let nanos = nanos.saturating_add(time.subsec_nanos().into());
        Self(self.0.saturating_add(nanos))
    }

    /// The time from `earlier` to this point, or zero if `earlier` is later.
    #[inline]
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

const NANOS_PER_TICK: u64 = 1_000_000;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_rounded_up_to_the_tick_and_the_present_down() {
        for (micros, at, after) in [
            (0, 0, 0),
            (1, 0, 1),
            (999, 0, 1),
            (1000, 1, 1),
            (1001, 1, 2),
        ] {
            let time = Instant::from_nanos(1000 * micros);
            assert_eq!((time.tick(), time.next_tick()), (at, after), "{time:?}");
        }
    }

    #[test]
    fn the_longest_time_never_ends() {
        let late = Instant::of_tick(7);
        assert_eq!(late.after(Duration::MAX), Instant::NEVER);
        assert_eq!(Instant::of_tick(u64::MAX), Instant::NEVER);
        assert_eq!(Instant::NEVER.after(Duration::MAX), Instant::NEVER);
    }

    #[test]
    fn the_time_between_two_points_is_never_negative() {
        let (early, late) = (Instant::of_tick(3), Instant::of_tick(10));
        assert_eq!(late.since(early), Duration::from_millis(7));
        assert_eq!(early.since(late), Duration::ZERO);
    }
}
