//! What a hub has done, for those who operate it.

use std::time::Duration;

/// What a hub holds at the moment, and what it has done since it was made. Made by
/// [`Hub::stats`](crate::Hub::stats).
///
/// The counts are taken one after the other while everything goes on, so they need not add up to the
/// last one. None of them ever goes back, except those that say what is the case *now*.
///
/// With feature `serde` it can be serialized. The names are those of the fields, and a [`Duration`] is what serde makes
/// of it: `{"secs": 10, "nanos": 0}`.
///
/// ```
/// # use std::pin::pin;
/// # use std::time::Duration;
/// # use futures::FutureExt;
/// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
/// let mut request = pin!(hub.run(async |c| {
///     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("lobby", Duration::from_secs(30))) }
/// }));
/// assert!(request.as_mut().now_or_never().is_none());
/// clock.advance(Duration::from_secs(10));
/// assert_eq!(hub.stats().suspended, 1);
/// assert!(hub.stats().oldest_wait >= Some(Duration::from_secs(10)));
///
/// clock.advance(Duration::from_secs(20));
/// assert!(request.now_or_never().is_some());
/// let stats = hub.stats();
/// assert_eq!((stats.suspended, stats.waits.expired, stats.ended.answered), (0, 1, 1));
/// assert_eq!(stats.passes_per_answer(), 2.0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Stats {
    /// How many requests are suspended now.
    pub suspended: usize,
    /// How long the oldest of the present waits has lasted, give or take a sixteenth of a second.
    pub oldest_wait: Option<Duration>,
    /// How many requests have arrived.
    pub requests: u64,
    /// How they have ended.
    pub ended: Ended,
    /// How many requests have been refused, and why.
    pub refused: Refused,
    /// How often handlers have been executed.
    pub passes: Passes,
    /// How waits have ended.
    pub waits: Waits,
    /// How many notifies there have been, those for one included.
    pub notifies: u64,
    /// How many of them have ended no wait.
    pub unheard_notifies: u64,
    /// What other processes have [pushed](crate::push).
    pub pushes: Pushes,
    /// By how much the timer was late, when it last ended a wait.
    pub timer_lag: Duration,
    /// By how much it was late at the worst.
    pub longest_timer_lag: Duration,
    /// How many panics have been caught: of wakers on the timer's thread, of callbacks, and of what
    /// had been put into a request.
    pub panics: u64,
}

impl Stats {
    /// How often a handler was executed for each request that has ended, on average; 0 before the
    /// first.
    ///
    /// With every wait it is one more. If it is much more than that, keys are notified more often
    /// than there is news. (The first passes of those that have not ended do not count, but later ones
    /// of theirs do.)
    #[must_use]
    pub fn passes_per_answer(&self) -> f64 {
        let ended = self.ended.total() + self.refused.total();
        let others = self.requests.saturating_sub(ended);
        match ended {
            0 => 0.0,
            ended => self.passes.total().saturating_sub(others) as f64 / ended as f64,
        }
    }
}

/// How many requests have ended in which way, if they were not [`Refused`]: see
/// [`End`](crate::End).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Ended {
    /// Their handlers have answered.
    pub answered: u64,
    /// They were answered from outside, or with what was ready for the end of their time.
    pub completed: u64,
    /// The service inside has failed.
    pub failed: u64,
    /// The handler has panicked.
    pub panicked: u64,
    /// Their clients have gone.
    pub cancelled: u64,
}

impl Ended {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.answered + self.completed + self.failed + self.panicked + self.cancelled
    }
}

/// How many requests have been refused for which reason: see [`Error`](crate::Error).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Refused {
    /// The hub was full.
    pub full: u64,
    /// A key had as many waiters as it may have.
    pub key_full: u64,
    /// The client had as many suspended requests as it may have.
    pub client_full: u64,
    /// A newer request of the same client has taken their place.
    pub superseded: u64,
    /// They wanted to wait for too many keys.
    pub too_many_keys: u64,
    /// They had no answer after as many passes as there may be.
    pub too_many_passes: u64,
    /// They had been held for as long as they may be.
    pub held_too_long: u64,
    /// The hub was shut down.
    pub shut_down: u64,
    /// The system gave no thread for the timer.
    pub no_timer: u64,
    /// The handler returned a token of another request.
    pub foreign: u64,
    /// The answer for the end of their time was none: its status was a 1xx.
    pub interim: u64,
}

impl Refused {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        let limits = self.full + self.key_full + self.client_full + self.superseded;
        let own = self.too_many_keys + self.too_many_passes + self.held_too_long;
        limits + own + self.shut_down + self.no_timer + self.foreign + self.interim
    }
}

/// How many passes there have been: see [`Dispatch`](crate::Dispatch).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Passes {
    /// The first ones.
    pub initial: u64,
    /// Those because something may have happened.
    pub resumed: u64,
    /// Those because the time was up.
    pub expired: u64,
    /// Those among the resumed ones that found nothing, and suspended once more.
    pub needless: u64,
}

impl Passes {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.initial + self.resumed + self.expired
    }
}

/// How many waits have ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Waits {
    /// By a notify or a resume.
    pub resumed: u64,
    /// Because their time was up.
    pub expired: u64,
    /// By an answer from outside.
    pub completed: u64,
    /// Because the client has gone.
    pub cancelled: u64,
    /// By the hub: it was shut down, or a newer request of the same client has come.
    pub closed: u64,
}

/// How many [pushes](crate::push) of other processes have come, and what has become of them. Those that have reached a
/// key are among the [`notifies`](Stats::notifies) too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Pushes {
    /// Those that have answered a request, or all that waited for a key, even if that was none.
    pub answered: u64,
    /// Those that have notified a key.
    pub notified: u64,
    /// Those that were refused: without a token, to no path or request, or too late.
    pub refused: u64,
}

impl Pushes {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.answered + self.notified + self.refused
    }
}
