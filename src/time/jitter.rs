//! Timeouts that differ at random, so that they do not all end together.

use std::time::Duration;

use crate::hash::hash_of_number;

/// Shortens timeouts at random.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jitter {
    /// The part of a timeout that may be cut off, in units of `1 / u32::MAX`.
    fraction: u32,
    seed: u64,
}

impl Jitter {
    /// A fraction below 0 counts as 0, and a fraction above 1 as 1.
    pub(crate) fn new(fraction: f64, seed: u64) -> Self {
        // The cast saturates at the limits of `u32`, and turns NaN into 0.
        let fraction = (fraction * f64::from(u32::MAX)) as u32;
        Self { fraction, seed }
    }

    /// Shortens a timeout of a request. All timeouts of a request are shortened by the same part.
    pub(crate) fn shorten(self, timeout: Duration, request: u64) -> Duration {
        let chance = hash_of_number(self.seed, request) as u32;
        let part = (u128::from(self.fraction) * u128::from(chance)) >> 32;
        // The longest timeout has 94 bits.
        let less = (timeout.as_nanos() * part) >> 32;
        let less = Duration::new((less / NANOS) as u64, (less % NANOS) as u32);
        timeout.saturating_sub(less)
    }
}

const NANOS: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_POLL: Duration = Duration::from_secs(30);

    fn shortened(fraction: f64, timeout: Duration) -> Vec<Duration> {
        let jitter = Jitter::new(fraction, 7);
        (0..1000)
            .map(|request| jitter.shorten(timeout, request))
            .collect()
    }

    #[test]
    fn timeouts_are_spread_over_the_fraction_and_never_longer() {
        let mut timeouts = shortened(0.1, LONG_POLL);
        timeouts.sort();
        assert!(timeouts[0] >= Duration::from_secs(27) && timeouts[999] <= LONG_POLL);
        for tenth in 0..10 {
            let (from, to) = (27_000 + 300 * tenth, 27_300 + 300 * tenth);
            let in_it = |timeout: &&Duration| (from..to).contains(&(timeout.as_millis() as u64));
            assert!(
                timeouts.iter().filter(in_it).count() > 50,
                "{from} to {to} ms"
            );
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_timeouts_and_another_seed_makes_others() {
        assert_eq!(shortened(0.1, LONG_POLL), shortened(0.1, LONG_POLL));
        let other = Jitter::new(0.1, 8).shorten(LONG_POLL, 0);
        assert_ne!(shortened(0.1, LONG_POLL)[0], other);
    }

    #[test]
    fn no_fraction_and_no_timeout_is_too_large_or_too_small() {
        assert!(
            shortened(0.0, LONG_POLL)
                .iter()
                .all(|timeout| *timeout == LONG_POLL)
        );
        assert!(
            shortened(-1.0, LONG_POLL)
                .iter()
                .all(|timeout| *timeout == LONG_POLL)
        );
        assert!(
            shortened(f64::NAN, LONG_POLL)
                .iter()
                .all(|timeout| *timeout == LONG_POLL)
        );
        assert!(
            shortened(9.0, LONG_POLL)
                .iter()
                .all(|timeout| *timeout <= LONG_POLL)
        );
        assert!(shortened(1.0, Duration::ZERO).iter().all(Duration::is_zero));
        let ever = shortened(1.0, Duration::MAX);
        assert!(ever.iter().max() > ever.iter().min());
    }
}
