//! The pauses between two connections.

use std::time::Duration;

/// A pause doubles until a connection has lasted longer than the longest pause.
///
/// So a way that breaks again and again causes at most one gap in each pause.
#[derive(Debug)]
pub(crate) struct Backoff {
    shortest: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(shortest: Duration, longest: Duration) -> Self {
        let longest = longest.max(LEAST);
        let shortest = shortest.clamp(LEAST, longest);
        Self {
            shortest,
            longest,
            next: shortest,
        }
    }

    /// Returns the pause after a connection that has lasted this long. `luck` is from 0 to 1.
    pub(crate) fn after(&mut self, lasted: Duration, luck: f64) -> Duration {
        if lasted > self.longest {
            self.next = self.shortest;
        }
        // All nodes lose a server at the same moment. They must not come back at the same moment.
        let pause = self.next.mul_f64(0.5 + luck / 2.0);
        self.next = self.next.saturating_mul(2).min(self.longest);
        pause
    }
}

/// Zero would stay zero, however often it doubles.
const LEAST: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn a_pause_doubles_up_to_the_longest() {
        let mut backoff = Backoff::new(S, 5 * S);
        let pauses = [(); 5].map(|()| backoff.after(Duration::ZERO, 1.0));
        assert_eq!(pauses, [S, 2 * S, 4 * S, 5 * S, 5 * S]);
    }

    #[test]
    fn luck_halves_it_at_most() {
        let mut backoff = Backoff::new(S, S);
        assert_eq!(backoff.after(Duration::ZERO, 0.0), S / 2);
        assert_eq!(backoff.after(Duration::ZERO, 0.5), S * 3 / 4);
    }

    #[test]
    fn only_a_connection_that_lasts_makes_it_short_again() {
        let mut backoff = Backoff::new(S, 4 * S);
        assert_eq!(backoff.after(Duration::ZERO, 1.0), S);
        assert_eq!(backoff.after(4 * S, 1.0), 2 * S);
        assert_eq!(backoff.after(5 * S, 1.0), S);
    }

    #[test]
    fn a_longest_pause_below_the_shortest_counts() {
        let mut backoff = Backoff::new(2 * S, S);
        assert_eq!(backoff.after(Duration::ZERO, 1.0), S);
    }

    #[test]
    fn a_pause_of_zero_doubles_too() {
        let mut backoff = Backoff::new(Duration::ZERO, S);
        let pauses = [(); 11].map(|()| backoff.after(Duration::ZERO, 1.0));
        assert_eq!(pauses[10], S);
        let mut backoff = Backoff::new(Duration::ZERO, Duration::ZERO);
        assert!(backoff.after(Duration::ZERO, 0.0) > Duration::ZERO);
    }
}
