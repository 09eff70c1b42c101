//! What a hub has done, for its operators.

use std::time::Duration;

/// What a hub holds now, and what it has done since its creation. [`Hub::stats`](crate::Hub::stats)
/// returns it.
///
/// [`suspended`](Self::suspended), [`oldest_wait`](Self::oldest_wait),
/// [`timer_lag`](Self::timer_lag), and `up` and `since_last_line` of [`relayed`](Self::relayed) are
/// gauges. All other values only grow. The values are read one
/// after the other while requests go on, so sums may differ by a few.
///
/// With feature `serde` it can be serialized, under the names of the fields. A [`Duration`] becomes
/// `{"secs": 10, "nanos": 0}`.
///
/// ```
/// # use std::pin::pin;
/// # use std::time::Duration;
/// # use futures::FutureExt;
/// # const HOLD: Duration = Duration::from_secs(30);
/// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
/// let mut request = pin!(hub.run(async |c| {
///     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("lobby", HOLD)) }
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
    /// Requests that are suspended now.
    pub suspended: usize,
    /// Duration of the longest wait that has not ended, within a sixteenth of a second.
    pub oldest_wait: Option<Duration>,
    /// Requests that have arrived.
    pub requests: u64,
    /// Requests that have ended, by how they ended.
    pub ended: Ended,
    /// Requests that were refused, by the reason.
    pub refused: Refused,
    /// Executions of handlers.
    pub passes: Passes,
    /// Waits that have ended, by how they ended.
    pub waits: Waits,
    /// Notifies, including those of `notify_one`.
    pub notifies: u64,
    /// Notifies that ended no wait.
    pub unheard_notifies: u64,
    /// [Pushes](crate::push) from other processes, by how they ended.
    pub pushes: Pushes,
    /// What [relays](crate::Relay) have heard of other nodes.
    pub relayed: Relayed,
    /// By how much the timer was late when it last ended a wait.
    pub timer_lag: Duration,
    /// The largest lag so far.
    pub longest_timer_lag: Duration,
    /// Panics that were caught: of wakers on the timer's thread, of callbacks, and of destructors
    /// of values in a request.
    pub panics: u64,
}

impl Stats {
    /// Returns the average number of passes per ended request; 0 if no request has ended.
    ///
    /// Each wait adds one pass. If the average is much higher, keys are notified more often than
    /// there is news. (For a request that has not ended, the first pass is not counted, but later
    /// ones are.)
    ///
    /// ```
    /// assert_eq!(dacapo::Hub::<String>::new().stats().passes_per_answer(), 0.0);
    /// ```
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

/// Requests that have ended and were not [`Refused`], by how they ended: see [`End`](crate::End).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Ended {
    /// The handler has answered.
    pub answered: u64,
    /// A response from outside was sent, or the response of `or_respond`.
    pub completed: u64,
    /// The service inside the layer returned an error.
    pub failed: u64,
    /// The handler has panicked.
    pub panicked: u64,
    /// The client has disconnected.
    pub cancelled: u64,
}

impl Ended {
    /// Returns the sum.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.answered + self.completed + self.failed + self.panicked + self.cancelled
    }
}

/// Requests that were refused, by the reason: see [`Error`](crate::Error).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Refused {
    /// The hub was full.
    pub full: u64,
    /// A key had as many waiters as the limit allows.
    pub key_full: u64,
    /// The client had as many suspended requests as the limit allows.
    pub client_full: u64,
    /// A newer request of the same client replaced this one.
    pub superseded: u64,
    /// The request waited for more keys than the limit allows.
    pub too_many_keys: u64,
    /// The request had no answer after the maximum number of passes.
    pub too_many_passes: u64,
    /// The request had no answer after the longest hold.
    pub held_too_long: u64,
    /// The hub was shut down.
    pub shut_down: u64,
    /// The system had no thread for the timer.
    pub no_timer: u64,
    /// The handler returned a token of another request.
    pub foreign: u64,
    /// The response of `or_respond` had a 1xx status.
    pub interim: u64,
}

impl Refused {
    /// Returns the sum.
    #[must_use]
    pub fn total(&self) -> u64 {
        let limits = self.full + self.key_full + self.client_full + self.superseded;
        let own = self.too_many_keys + self.too_many_passes + self.held_too_long;
        limits + own + self.shut_down + self.no_timer + self.foreign + self.interim
    }
}

/// Executions of handlers, by their cause: see [`Dispatch`](crate::Dispatch).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Passes {
    /// First passes.
    pub initial: u64,
    /// Passes after a notify or a resume.
    pub resumed: u64,
    /// Passes after a timeout.
    pub expired: u64,
    /// Passes that are counted in `resumed` but suspended again.
    pub needless: u64,
}

impl Passes {
    /// Returns the sum, without `needless`, which is part of `resumed`.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.initial + self.resumed + self.expired
    }
}

/// Waits that have ended, by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Waits {
    /// By a notify or a resume.
    pub resumed: u64,
    /// By the timeout.
    pub expired: u64,
    /// By a response from outside.
    pub completed: u64,
    /// By a client that has disconnected.
    pub cancelled: u64,
    /// By the hub: a shutdown, or a newer request of the same client.
    pub closed: u64,
}

/// [Pushes](crate::push) from other processes, by how they ended. Those that reached a key are also
/// counted in [`notifies`](Stats::notifies).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Pushes {
    /// Pushes that answered a request or a key, even if no request waited for the key.
    pub answered: u64,
    /// Pushes that notified a key, even if no request waited for it.
    pub notified: u64,
    /// Pushes that were refused: without a token, to a wrong path, or too late, for example.
    pub refused: u64,
}

impl Pushes {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.answered + self.notified + self.refused
    }
}

/// What [relays](crate::Relay) have heard of other nodes. The keys they heard are also counted in
/// [`notifies`](Stats::notifies).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Relayed {
    /// Relays whose way to the other nodes is open now.
    pub up: u64,
    /// How many times a way was interrupted, or could not be opened at first.
    pub downs: u64,
    /// Lines and keys of others that could be read.
    pub heard: u64,
    /// Lines that could not be read. Each is also a gap.
    pub unreadable: u64,
    /// Keys that could not be parsed, so no request here waits for them.
    pub unknown_keys: u64,
    /// Notifies of all keys, because some may have been missed.
    pub gaps: Gaps,
    /// How many times the outbox was full. The other nodes got a gap in place of its lines.
    pub overflows: u64,
    /// Time since a line arrived, a relay's own lines included. `None` if none has arrived.
    pub since_last_line: Option<Duration>,
}

/// Notifies of all keys, by their cause: see [`Relay`](crate::Relay).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Gaps {
    /// The way was opened.
    pub connected: u64,
    /// Lines of another node were missing.
    pub lost: u64,
    /// Another node was silent for too long, and had not left.
    pub silent: u64,
    /// Another node has announced a gap, because its outbox was full.
    pub announced: u64,
    /// A line could not be read.
    pub unreadable: u64,
    /// The transport has reported a loss.
    pub reported: u64,
}

impl Gaps {
    /// Returns the sum.
    #[must_use]
    pub fn total(&self) -> u64 {
        let ways = self.connected + self.lost + self.silent;
        ways + self.announced + self.unreadable + self.reported
    }
}
