//! Ticks: the milliseconds by which waits expire.

use std::time::Duration;

/// The last tick that has begun at `time`.
pub(crate) fn tick_at(time: Duration) -> u64 {
    time.as_secs()
        .saturating_mul(1000)
        .saturating_add(time.subsec_millis().into())
}

/// The first tick that begins at `time` or after it: what is due then is never early.
pub(crate) fn tick_after(time: Duration) -> u64 {
    let begun = time.subsec_nanos() % NANOS_PER_TICK != 0;
    tick_at(time).saturating_add(begun.into())
}

const NANOS_PER_TICK: u32 = 1_000_000;

/// When `tick` begins.
pub(crate) fn time_of(tick: u64) -> Duration {
    Duration::from_millis(tick)
}

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
            let time = Duration::from_micros(micros);
            assert_eq!((tick_at(time), tick_after(time)), (at, after), "{time:?}");
        }
    }

    #[test]
    fn the_longest_time_there_is_has_a_tick() {
        assert_eq!(tick_after(Duration::MAX), u64::MAX);
    }
}
