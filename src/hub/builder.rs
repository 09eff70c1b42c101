//! Building a hub: its limits, its jitter and its clock.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::hash::random;
use crate::request::{self, OnClientLimit, Shared};
use crate::time::{Clock, Driven, Jitter, MockClock, MockTime};
use crate::waiters::{self, Rate};

use super::Hub;

/// Creates a [`Hub`] with your own limits.
///
/// A request that exceeds a limit is refused with the [`response`](crate::Error::response) of an
/// error. A 503 and a 429 have a `Retry-After`:
///
/// | limit | default | error | status |
/// |---|---|---|---|
/// | [`max_suspended`](Self::max_suspended) | 100,000 | [`Full`] | 503 |
/// | [`max_per_key`](Self::max_per_key) | none | [`KeyFull`] | 503 |
/// | [`max_passes`](Self::max_passes) | 1,000 | [`TooManyPasses`] | 503 |
/// | [`max_hold`](Self::max_hold) | 2 minutes | [`HeldTooLong`] | 503 |
/// | [`max_per_client`](Self::max_per_client) | none | [`ClientFull`], [`Superseded`] | 429, 409 |
/// | [`max_keys`](Self::max_keys) | 64 | [`TooManyKeys`] | 400 |
///
/// ```
/// use dacapo::Hub;
///
/// let hub: Hub<String> = Hub::builder().max_suspended(10_000).max_keys(16).build();
/// ```
///
/// [`Full`]: crate::Error::Full
/// [`KeyFull`]: crate::Error::KeyFull
/// [`TooManyPasses`]: crate::Error::TooManyPasses
/// [`HeldTooLong`]: crate::Error::HeldTooLong
/// [`ClientFull`]: crate::Error::ClientFull
/// [`Superseded`]: crate::Error::Superseded
/// [`TooManyKeys`]: crate::Error::TooManyKeys
#[must_use = "a builder does nothing until `build` or `build_with_mock_clock` is called"]
pub struct HubBuilder<K> {
    limits: request::Limits,
    waiters: waiters::Limits,
    jitter: f64,
    seed: Option<u64>,
    keys: PhantomData<fn(&K)>,
}

impl<K> HubBuilder<K> {
    pub(super) fn new() -> Self {
        Self {
            limits: request::Limits {
                keys: 64,
                passes: 1000,
                per_client: None,
                jitter: None,
                max_hold: Duration::from_secs(120),
                debug_keys: false,
            },
            waiters: waiters::Limits {
                suspended: 100_000,
                per_key: usize::MAX,
                rate: None,
                timer_slack: Duration::from_millis(10),
                revisions: 100_000,
            },
            jitter: 0.0,
            seed: None,
            keys: PhantomData,
        }
    }

    /// Sets the maximum number of suspended requests. The default is 100,000.
    ///
    /// A suspended request keeps its place until the request ends. So no new request takes the
    /// place while the handler is executed again.
    ///
    /// Each suspended request costs the hub less than 128 bytes. The request itself and its
    /// connection cost a server far more.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().max_suspended(10_000).build();
    /// ```
    pub fn max_suspended(mut self, requests: usize) -> Self {
        self.waiters.suspended = requests;
        self
    }

    /// Sets the maximum number of keys that one request can wait for. The default is 64.
    ///
    /// A request with more keys is refused with a 400, because the same request fails each time. If
    /// the keys come from your code and not from the client, middleware outside can send another
    /// status: it finds the [`Error`](crate::Error) in the response's extensions.
    ///
    /// Equal keys are one wait, but each of them counts. So a client cannot make the server hash a
    /// million keys.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().max_keys(16).build();
    /// ```
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.limits.keys = keys;
        self
    }

    /// Sets the maximum number of passes of one request, including the first. The default is 1,000,
    /// and the minimum is 1.
    ///
    /// This limit ends a request that is woken again and again and always suspends again. It is
    /// refused with [`Error::TooManyPasses`](crate::Error::TooManyPasses). A request that is held
    /// for two minutes reaches 1,000 passes if its key is notified nine times per second and there
    /// is never an answer.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().max_passes(100).build();
    /// ```
    pub fn max_passes(mut self, passes: u32) -> Self {
        self.limits.passes = passes.max(1);
        self
    }

    /// Sets the maximum time for which one request can be held, from its arrival. The default is 2
    /// minutes. [`Duration::MAX`] means no limit.
    ///
    /// A longer timeout is cut: the wait expires at this limit. If the handler then suspends again,
    /// the request is refused with [`Error::HeldTooLong`](crate::Error::HeldTooLong). So this also
    /// limits the cost of a client that has disconnected without notice: not every server detects
    /// that. A layer's own `max_hold` replaces this limit.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let hub = dacapo::Hub::<String>::builder().max_hold(Duration::from_secs(55)).build();
    /// ```
    pub fn max_hold(mut self, longest: Duration) -> Self {
        self.limits.max_hold = longest;
        self
    }

    /// Keeps the text of all keys that requests wait for, so that [`Hub::waiting_keys`] can list
    /// them. By default the hub keeps only hashes.
    ///
    /// Use this to find out why a notify reaches no waiter. It costs a few allocations per wait.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::Outcome;
    /// # use futures::FutureExt;
    /// # let builder = dacapo::Hub::<String>::builder();
    /// let (hub, _clock) = builder.debug_keys(true).build_with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| -> Outcome<()> {
    ///     Err(c.suspend("07", Duration::from_secs(30)))
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.notify("7"), 0); // why?
    /// assert_eq!(hub.waiting_keys(), [(r#""07""#.to_owned(), 1)]);
    /// ```
    pub fn debug_keys(mut self, keep: bool) -> Self {
        self.limits.debug_keys = keep;
        self
    }

    /// Sets the maximum number of requests that can wait for one key. By default there is no limit.
    /// The minimum is 1.
    ///
    /// One more request is refused with [`Error::KeyFull`](crate::Error::KeyFull). A request that
    /// is executed again because its key may have been notified counts too.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().max_per_key(1_000).build();
    /// ```
    pub fn max_per_key(mut self, requests: usize) -> Self {
        self.waiters.per_key = requests.max(1);
        self
    }

    /// Sets the maximum number of suspended requests of one client, and what happens above it. By
    /// default there is no limit. The minimum is 1.
    ///
    /// The handler identifies the client with [`Suspended::client`](crate::Suspended::client).
    /// Requests without a client are not limited.
    ///
    /// ```
    /// # use dacapo::{Hub, OnClientLimit};
    /// let builder = Hub::<String>::builder().max_per_client(2, OnClientLimit::RejectNew);
    /// # let hub = builder.build();
    /// ```
    pub fn max_per_client(mut self, requests: usize, surplus: OnClientLimit) -> Self {
        self.limits.per_client = Some((requests.max(1), surplus));
        self
    }

    /// Sets the maximum number of requests that one [`notify`](Hub::notify) wakes per tick of 1 ms.
    /// By default there is no limit. The minimum is 1.
    ///
    /// All waits have ended when `notify` returns, and its result counts all of them. The passes
    /// above the limit begin in the following ticks. For example, if 100,000 requests wait for one
    /// key, a limit of 100 spreads their database queries over one second.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # let builder = dacapo::Hub::<u8>::builder();
    /// let (hub, clock) = builder.max_wakes_per_tick(1).build_with_mock_clock();
    /// let wait = async |c: dacapo::Continuation<u8>| {
    ///     if c.is_initial() { Err(c.suspend(&1, Duration::from_secs(30))) } else { Ok(()) }
    /// };
    /// let (mut one, mut two) = (pin!(hub.run(wait)), pin!(hub.run(wait)));
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(one.as_mut().poll(&mut context).is_pending());
    /// # assert!(two.as_mut().poll(&mut context).is_pending());
    /// assert_eq!(hub.notify(&1), 2);           // wakes the first request,
    /// clock.advance(Duration::from_millis(1)); // and now the second
    /// ```
    pub fn max_wakes_per_tick(mut self, requests: usize) -> Self {
        self.waiters.rate = Some(Rate::PerTick(requests.max(1)));
        self
    }

    /// Shortens each timeout by a random part of it, up to this fraction: 0.1 means up to a tenth.
    /// The default is 0, which shortens no timeout. Values below 0 count as 0, and values above 1
    /// as 1.
    ///
    /// Set `jitter(0.1)` to prevent thundering herds: requests that arrive together, for example
    /// after a deployment, otherwise expire together and return together. With jitter a wait can
    /// expire *early* by up to that fraction, never late. All waits of one request are shortened by
    /// the same fraction.
    ///
    /// Use a hub without jitter where a timeout is an exact delay.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().jitter(0.1).build();
    /// ```
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part;
        self
    }

    /// Sets by how much the timer may be late for a long wait. The default is 10 ms. Less than two
    /// ticks of 1 ms means no slack; more than 70 minutes counts as 70 minutes.
    ///
    /// A wait that lasts at least a hundred slacks (by default a second) ends at the next multiple
    /// of the slack. So many waits end together, which costs far less than a separate timer event
    /// for each. Shorter waits end at their own tick, and so do all waits under a [`MockClock`].
    /// Later timeouts count from the time at which the wait should have ended.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let exact = dacapo::Hub::<String>::builder().timer_slack(Duration::ZERO).build();
    /// ```
    pub fn timer_slack(mut self, slack: Duration) -> Self {
        self.waiters.timer_slack = slack;
        self
    }

    /// Sets for about how many keys the hub remembers the latest change. It may remember twice as
    /// many, and a few less if the keys are spread unevenly. The default is 100,000. A hub without
    /// [cursors](crate::Cursor) remembers none.
    ///
    /// Each key takes up to 75 bytes. A key that is forgotten counts as changed: the handler may
    /// run once without news, but misses no change. If clients return within a minute, use a number
    /// above the number of different keys that change in a minute.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().revisions(1_000_000).build();
    /// ```
    pub fn revisions(mut self, keys: usize) -> Self {
        self.waiters.revisions = keys;
        self
    }

    /// Sets the seed of the random part of [`jitter`](Self::jitter). With the same seed, the first
    /// request of a hub has the same timeouts in each run, and so has each later request. By
    /// default each hub has a random seed.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().jitter(0.1).seed(7).build();
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Creates the hub.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().build();
    /// ```
    pub fn build(self) -> Hub<K> {
        self.build_with(Clock::system())
    }

    /// Creates the hub with a clock that only a test moves.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let (hub, clock) = dacapo::Hub::<String>::builder().jitter(0.1).build_with_mock_clock();
    /// clock.advance(Duration::from_secs(30)); // takes no time
    /// ```
    pub fn build_with_mock_clock(self) -> (Hub<K>, MockClock) {
        let time = Arc::new(MockTime::default());
        let hub = self.build_with(Clock::Mock(Arc::clone(&time)));
        let driven: Weak<dyn Driven> = Arc::downgrade(&hub.shared.waiters) as _;
        (hub, MockClock::new(time, driven))
    }

    /// Creates the hub on the time of the current tokio runtime: its timer is a task of that
    /// runtime.
    ///
    /// Use this for tests that pause tokio's time. When all tasks of such a test wait, tokio moves
    /// its time to the next event, and the end of a hold is such an event. (Tokio does not know the
    /// timer of a hub from [`build`](Self::build): there, a `tokio::time::timeout` around the
    /// request would end first.)
    ///
    /// All requests of the hub should run in that runtime. If the runtime ends before the hub, its
    /// waits have ended too, and the first wait in another runtime takes its time from that one.
    /// actix-web has one runtime per thread: use [`build`](Self::build) there, except in a test.
    ///
    /// A notify with very many waiters ends all their waits at once, as always, but wakes only the
    /// first 64 of them. Each time that 32 of them run, or are dropped, the next 32 are woken. So
    /// the first answers do not wait for the last wake, and all of them take less CPU. After 10 ms
    /// in which none of them was woken, all others are. A [limit per
    /// tick](Self::max_wakes_per_tick) takes the place of this.
    ///
    /// # Panics
    ///
    /// Never. But a wait with a timeout that begins outside of a runtime is refused with
    /// [`Error::NoTimer`](crate::Error::NoTimer).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use dacapo::Hub;
    ///
    /// const LONG_POLL: Duration = Duration::from_secs(30);
    ///
    /// # /*
    /// #[tokio::test(start_paused = true)]
    /// # */
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// async fn a_poll_is_answered_when_its_time_is_up() {
    ///     let hub = Hub::<String>::builder().build_on_tokio();
    ///     let begin = tokio::time::Instant::now();
    ///     let request = hub.run(async |c| {
    ///         if c.is_expired() { Ok("no news") } else { Err(c.suspend("lobby", LONG_POLL)) }
    ///     });
    ///     assert_eq!(request.await.unwrap(), "no news");
    ///     assert!(begin.elapsed() >= LONG_POLL); // in tokio's time: the test takes none
    /// }
    /// # a_poll_is_answered_when_its_time_is_up();
    /// ```
    #[cfg(feature = "tokio")]
    pub fn build_on_tokio(self) -> Hub<K> {
        // All requests run in one runtime, so none of them waits for one that another runtime does not run.
        self.rate(Rate::InTurn).build_with(Clock::tokio())
    }

    /// Sets how crowds are woken, unless the application has.
    #[cfg(any(feature = "tokio", all(test, loom)))]
    pub(crate) fn rate(mut self, rate: Rate) -> Self {
        self.waiters.rate.get_or_insert(rate);
        self
    }

    fn build_with(self, clock: Clock) -> Hub<K> {
        let seed = self.seed.unwrap_or_else(random);
        let jitter = (self.jitter > 0.0).then(|| Jitter::new(self.jitter, seed));
        let limits = request::Limits {
            jitter,
            ..self.limits
        };
        Hub::with(Arc::new(Shared::new(limits, self.waiters, clock)))
    }
}

impl<K> Clone for HubBuilder<K> {
    fn clone(&self) -> Self {
        Self {
            keys: PhantomData,
            ..*self
        }
    }
}

impl<K> fmt::Debug for HubBuilder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubBuilder")
            .field("limits", &self.limits)
            .field("waiters", &self.waiters)
            .field("jitter", &self.jitter)
            .finish()
    }
}
