//! Building a hub: its limits, its jitter and its clock.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::hash::random;
use crate::request::{self, OnClientLimit, Shared};
use crate::time::{Clock, Driven, Jitter, MockClock, MockTime};
use crate::waiters;

use super::Hub;

/// Makes a [`Hub`] with limits of one's own.
///
/// What a client sees at a limit is the [`response`](crate::Error::response) of its error:
///
/// | limit | error | status |
/// |---|---|---|
/// | [`max_suspended`](Self::max_suspended) | [`Full`](crate::Error::Full) | 503, come back later |
/// | [`max_per_key`](Self::max_per_key) | [`KeyFull`](crate::Error::KeyFull) | 503, come back later |
/// | [`max_passes`](Self::max_passes) | [`TooManyPasses`](crate::Error::TooManyPasses) | 503, come back later |
/// | [`max_hold`](Self::max_hold) | [`HeldTooLong`](crate::Error::HeldTooLong) | 503, come back later |
/// | [`max_per_client`](Self::max_per_client) | [`ClientFull`](crate::Error::ClientFull) | 429, come back later |
/// | | [`Superseded`](crate::Error::Superseded) | 409, for the oldest |
/// | [`max_keys`](Self::max_keys) | [`TooManyKeys`](crate::Error::TooManyKeys) | 400 |
///
/// ```
/// use dacapo::Hub;
///
/// let hub: Hub<String> = Hub::builder().max_suspended(10_000).max_keys(16).build();
/// ```
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
                wakes_per_tick: usize::MAX,
                timer_slack: Duration::from_millis(10),
                revisions: 100_000,
            },
            jitter: 0.0,
            seed: None,
            keys: PhantomData,
        }
    }

    /// Sets how many requests may be suspended at once. The default is 100,000.
    ///
    /// A request that has been suspended keeps its place until it has ended, so that no newcomer takes it while its
    /// handler looks again.
    ///
    /// Each costs the hub less than 128 bytes, besides the request itself and the connection below it,
    /// which cost a server far more.
    pub fn max_suspended(mut self, requests: usize) -> Self {
        self.waiters.suspended = requests;
        self
    }

    /// Sets how many keys one request may wait for at once. The default is 64. More are a 400, since to ask again
    /// cannot help. If the keys are yours and not the client's, middleware outside can answer otherwise: the
    /// [`Error`](crate::Error) is in the response's extensions.
    ///
    /// Equal keys are waited for once, but each of them counts, so that no client can make the server hash a million
    /// keys.
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.limits.keys = keys;
        self
    }

    /// Sets how often a handler may be executed for one request, the first time included: at
    /// least once, by default 1,000 times.
    ///
    /// It is what ends a handler that is woken again and again and never finds what it looks for:
    /// [`Error::TooManyPasses`](crate::Error::TooManyPasses). A request that is held for two minutes gets
    /// there if its key is notified eight times a second and never with news for it.
    pub fn max_passes(mut self, passes: u32) -> Self {
        self.limits.passes = passes.max(1);
        self
    }

    /// Sets how long one request may be held in all, from its arrival. The default is 2 minutes, and
    /// [`Duration::MAX`] means no limit.
    ///
    /// No wait lasts longer: it expires then. A request that wants to wait once more after that is refused with
    /// [`Error::HeldTooLong`](crate::Error::HeldTooLong). It bounds what a client costs that has gone without a word,
    /// since not every server notices that. A layer's own `max_hold` takes its place.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let hub = dacapo::Hub::<String>::builder().max_hold(Duration::from_secs(55)).build();
    /// ```
    pub fn max_hold(mut self, longest: Duration) -> Self {
        self.limits.max_hold = longest;
        self
    }

    /// Keeps what keys look like, for [`Hub::waiting_keys`]. By default the hub keeps their hashes alone.
    ///
    /// It is for the question why a notify finds no waiter, and costs a few allocations for each wait.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// let (hub, _clock) = dacapo::Hub::<String>::builder().debug_keys(true).build_with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| Err::<(), _>(c.suspend("07", Duration::from_secs(30)))));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.notify("7"), 0); // why?
    /// assert_eq!(hub.waiting_keys(), [(r#""07""#.to_owned(), 1)]);
    /// ```
    pub fn debug_keys(mut self, keep: bool) -> Self {
        self.limits.debug_keys = keep;
        self
    }

    /// Sets how many requests may wait for one key at once: at least one, by default as many as there
    /// are.
    ///
    /// A request that is executed once more because its key may have been notified meanwhile counts
    /// among them. The next one is refused with [`Error::KeyFull`](crate::Error::KeyFull).
    pub fn max_per_key(mut self, requests: usize) -> Self {
        self.waiters.per_key = requests.max(1);
        self
    }

    /// Sets how many suspended requests one client may have, at least one, and what happens to the surplus. By default
    /// they are not counted.
    ///
    /// The handler names the client, with [`Suspended::client`](crate::Suspended::client).
    pub fn max_per_client(mut self, requests: usize, surplus: OnClientLimit) -> Self {
        self.limits.per_client = Some((requests.max(1), surplus));
        self
    }

    /// Sets how many requests one [`notify`](Hub::notify) may wake in one tick of a millisecond: at
    /// least one, by default all of them.
    ///
    /// All these waits have ended when `notify` returns, and its count includes all of them. But the passes of the
    /// requests above this number begin in the ticks that follow. If a hundred thousand requests wait for one key, its
    /// notify then does not reach a database as a hundred thousand queries at once: with 100 it takes a second.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// let (hub, clock) = dacapo::Hub::<u8>::builder().max_wakes_per_tick(1).build_with_mock_clock();
    /// let wait = async |c: dacapo::Continuation<u8>| {
    ///     if c.is_initial() { Err(c.suspend(&1, Duration::from_secs(30))) } else { Ok(()) }
    /// };
    /// let (mut one, mut two) = (pin!(hub.run(wait)), pin!(hub.run(wait)));
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(one.as_mut().poll(&mut context).is_pending());
    /// # assert!(two.as_mut().poll(&mut context).is_pending());
    /// assert_eq!(hub.notify(&1), 2);         // the first has been woken,
    /// clock.advance(Duration::from_millis(1)); // and now the second
    /// ```
    pub fn max_wakes_per_tick(mut self, requests: usize) -> Self {
        self.waiters.wakes_per_tick = requests.max(1);
        self
    }

    /// Shortens each timeout at random, by up to this part of it: 0.1 is up to a tenth. By default none
    /// is shortened.
    ///
    /// Requests that have come together, after a deployment or a broken network, otherwise expire together and come
    /// back together, without end. A tenth is enough to prevent that. The price is that a wait may expire *early* by up
    /// to that part, but never late. Where the timeout is a delay that must be kept, use a hub without jitter. All
    /// waits of a request are shortened by the same part.
    ///
    /// A part below 0 counts as 0, and one above 1 as 1.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().jitter(0.1).build();
    /// ```
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part;
        self
    }

    /// Sets by how much the timer may be late for a long wait. The default is 10 ms, and less than two ticks of a
    /// millisecond mean none.
    ///
    /// A wait with a hundred slacks to go, so of a second by default, ends at the next multiple of the slack. Waits
    /// then end together, which costs far less than a turn of the timer for each. Shorter waits end at their own tick,
    /// and so do all waits under a [`MockClock`]. The timeouts that follow count from when the wait should have ended.
    /// A slack above 70 minutes counts as 70 minutes.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let exact = dacapo::Hub::<String>::builder().timer_slack(Duration::ZERO).build();
    /// ```
    pub fn timer_slack(mut self, slack: Duration) -> Self {
        self.waiters.timer_slack = slack;
        self
    }

    /// Sets for how many keys the hub remembers which change was the latest: at least this many, and at most twice as
    /// many. The default is 100,000. Only hubs with [cursors](crate::Cursor) remember any.
    ///
    /// Each takes up to 70 bytes. A key that is forgotten counts as changed, so a handler may be executed once in vain
    /// but never misses a change. If clients come back within a minute, this number should be above the number of
    /// different keys that change in a minute.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().revisions(1_000_000).build();
    /// ```
    pub fn revisions(mut self, keys: usize) -> Self {
        self.waiters.revisions = keys;
        self
    }

    /// Sets the seed for the random part of [`jitter`](Self::jitter). With the same seed, the first request of a hub
    /// has the same timeouts in each run, and so do the later ones. By default each hub has a seed of its own.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Makes the hub.
    pub fn build(self) -> Hub<K> {
        self.build_with(Clock::system())
    }

    /// Makes the hub with a clock that stands still until it is moved, for tests.
    pub fn build_with_mock_clock(self) -> (Hub<K>, MockClock) {
        let time = Arc::new(MockTime::default());
        let hub = self.build_with(Clock::Mock(Arc::clone(&time)));
        let driven: Weak<dyn Driven> = Arc::downgrade(&hub.shared.waiters) as _;
        (hub, MockClock::new(time, driven))
    }

    /// Makes the hub with the time of the tokio runtime in which it is made: its timer is a task there.
    ///
    /// Then a test whose clock is paused needs no time either. As soon as every task of it waits, tokio
    /// moves on to whatever is due next, and that may be the end of a wait. (With a hub from
    /// [`build`](Self::build) it would not know of it, and let a `tokio::time::timeout` around the
    /// request win.)
    ///
    /// It is for requests that are all executed in that runtime. If the runtime ends before the hub, its waits have
    /// ended with it, and the first wait in another runtime takes the time from there.
    /// actix-web has a runtime for each of its threads, so its hubs are better made with
    /// [`build`](Self::build), unless it is for a test.
    ///
    /// # Panics
    ///
    /// Not here. But a wait with a timeout that begins outside of a runtime is refused with
    /// [`Error::NoTimer`](crate::Error::NoTimer).
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
    ///         if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("lobby", LONG_POLL)) }
    ///     });
    ///     assert_eq!(request.await.unwrap(), "nothing new");
    ///     assert!(begin.elapsed() >= LONG_POLL); // of tokio's time, and none of ours
    /// }
    /// # a_poll_is_answered_when_its_time_is_up();
    /// ```
    #[cfg(feature = "tokio")]
    pub fn build_on_tokio(self) -> Hub<K> {
        self.build_with(Clock::tokio())
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
