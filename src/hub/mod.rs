//! The hub: where requests wait, and where keys are notified.

mod builder;
mod cursors;
mod notify;
mod push;

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::answer::Answer;
use crate::continuation::Continuation;
use crate::execution::{Execution, HandlerFn, LendingHandlerFn};
use crate::interrupt::Interrupt;
use crate::request::{Kind, Shared};
use crate::telemetry::Stats;
use crate::time::MockClock;
use crate::waiters::{Drained, Sleep};

pub use builder::HubBuilder;

/// Where requests wait for keys of type `K`, and where keys are notified.
///
/// One hub serves a whole application. Clone it into the layer, the handlers and all other code
/// that notifies: clones are cheap, and are the same hub.
///
/// A key can be any type that implements `Hash`: a number (`Hub<u64>`, `notify(&7)`), a string
/// (`Hub<String>`, `notify("lobby")`), or your own type. If your application has several topics,
/// make one key type of them:
///
/// ```
/// #[derive(Hash, PartialEq, Eq)]
/// enum Topic {
///     Room(u64),
///     User(String),
/// }
///
/// let hub = dacapo::Hub::<Topic>::new();
/// assert_eq!(hub.notify(&Topic::Room(7)), 0, "no request waits");
/// ```
///
/// The hub hashes each key once, outside every lock, to 128 bits under a random secret, and keeps
/// only the hash. So keys can have any length, cost no memory, and cannot be chosen to collide.
/// Equal keys must have equal hashes, as in a `HashMap`.
///
/// # Time
///
/// The first wait with a timeout starts one thread. The thread sleeps while nothing is due, and
/// ends with the hub. A hub from [`with_mock_clock`](Self::with_mock_clock) has a clock that a test
/// moves, and no thread.
///
/// # Drop
///
/// Dropping the last clone of a hub ends no wait: each waiting request keeps the hub alive until
/// its wait has ended. To end all waits, call [`shutdown`](Self::shutdown).
pub struct Hub<K> {
    shared: Arc<Shared>,
    keys: PhantomData<fn(&K)>,
}

impl<K> Hub<K> {
    /// Creates a hub with the default limits: see [`HubBuilder`].
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.suspended_count(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to create a hub with your own limits.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::builder().max_suspended(10_000).build();
    /// # assert_eq!(hub.suspended_count(), 0);
    /// ```
    pub fn builder() -> HubBuilder<K> {
        HubBuilder::new()
    }

    /// Creates a hub and the clock that moves its time, for tests.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// clock.advance(Duration::from_secs(30)); // takes no time
    /// # assert_eq!(hub.suspended_count(), 0);
    /// ```
    ///
    /// [`MockClock`] has a whole test.
    #[must_use]
    pub fn with_mock_clock() -> (Self, MockClock) {
        Self::builder().build_with_mock_clock()
    }

    pub(crate) fn with(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            keys: PhantomData,
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// # Executing
impl<K> Hub<K> {
    /// Runs a handler's closure, and runs it again after each wait, until it returns an answer. In
    /// a handler of any framework, this call is all that you need to hold a request.
    ///
    /// Each pass calls the closure with a new [`Continuation`]. If the closure returns the
    /// [`Suspended`](crate::Suspended) token that the continuation has made, its future is dropped,
    /// and the request waits. When the wait ends, the closure is called again. Code before `run`,
    /// such as the handler's extractors, runs only once.
    ///
    /// Put every check that decides whether to wait into the closure. A check *before* `run` misses
    /// a change between that check and the first pass.
    ///
    /// `run` returns the closure's [`Answer`], or a response that came from outside. Axum and actix
    /// send both as they are.
    ///
    /// The closure can return your own error type: implement [`Interrupt`] for it. If the compiler
    /// cannot infer the error type, for example because the closure never suspends, name it: `async
    /// |c| -> Outcome<_> { .. }`.
    ///
    /// # Errors
    ///
    /// * The errors of the closure.
    /// * [`Error`](crate::Error) if a limit forbids the wait, if the hub is shut down, or if the
    ///   closure returns a token of another request. Its [`response`](crate::Error::response) is
    ///   made for the client.
    ///
    /// # Borrowing
    ///
    /// A plain `async |c|` closure borrows from the handler around it, and is right in most
    /// handlers. A pass cannot borrow what the closure *owns*: for an `async move |c|` closure, in
    /// a future that outlives its function, use [`run_owned`](Self::run_owned).
    ///
    /// # Yielding
    ///
    /// If one pass follows another without a wait, the future returns `Pending` once between them
    /// and wakes its task, so that no request blocks a thread. A test that polls by hand must poll
    /// twice there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the request at once: its waits, its timer and its attributes are
    /// removed. If a [`notify_one`](Self::notify_one) had chosen this request, the next waiter gets
    /// the notify.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn example() -> Result<(), dacapo::Error> {
    /// # const LONG_POLL: Duration = Duration::from_millis(5);
    /// let hub = dacapo::Hub::<String>::new();
    /// let answer = hub.run(async |c| {
    ///     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", LONG_POLL)) }
    /// });
    /// assert_eq!(answer.await?, "nothing new");
    /// # Ok(())
    /// # }
    /// # futures::executor::block_on(example()).unwrap();
    /// ```
    pub fn run<T, E, F, Fut>(
        &self,
        handler: F,
    ) -> impl Future<Output = Result<Answer<T>, E::Failure>> + use<K, T, E, F, Fut>
    where
        F: FnMut(Continuation<K>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Interrupt,
    {
        Execution::arrive(&self.shared, HandlerFn::new(handler), Kind::Call)
    }

    /// Runs an `async move` closure as [`run`](Self::run) does. Each pass can borrow what the
    /// closure owns.
    ///
    /// Use this for a future that outlives the function that creates it, for example in a stream or
    /// a task. What the closure owns lives until the request ends, and a pass can change it for the
    /// next pass.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Answer, Continuation, Error, Hub, Outcome};
    /// # const SHORTLY: Duration = Duration::from_millis(1);
    /// fn third_look(
    ///     hub: &Hub<String>,
    ///     key: String,
    /// ) -> impl Future<Output = Result<Answer<u32>, Error>> + Send + use<> {
    ///     let mut looks = 0;
    ///     hub.run_owned(async move |c: Continuation<String>| -> Outcome<u32> {
    ///         looks += 1;
    ///         if looks < 3 { Err(c.suspend(&key, SHORTLY)) } else { Ok(looks) }
    ///     })
    /// }
    /// # let hub = Hub::new();
    /// # assert_eq!(futures::executor::block_on(third_look(&hub, "tea".into())).unwrap(), 3);
    /// ```
    pub fn run_owned<T, E, F>(
        &self,
        handler: F,
    ) -> impl Future<Output = Result<Answer<T>, E::Failure>> + use<K, T, E, F>
    where
        F: AsyncFnMut(Continuation<K>) -> Result<T, E>,
        E: Interrupt,
    {
        let lend = async |mut handler: F, continuation| {
            let outcome = handler(continuation).await;
            (handler, outcome)
        };
        Execution::arrive(
            &self.shared,
            LendingHandlerFn::new(handler, lend),
            Kind::Call,
        )
    }
}

/// # Inspecting and shutting down
impl<K> Hub<K> {
    /// Returns whether this continuation belongs to a request of this hub that has not ended.
    ///
    /// An adapter that finds such a continuation in a request runs inside another adapter of the
    /// same hub, and passes the request through unchanged. (A request that is kept and served a
    /// second time may still contain its first continuation: then this returns `false`.)
    ///
    /// ```
    /// # use dacapo::{Continuation, Hub};
    /// fn is_inside(extensions: &http::Extensions, hub: &Hub<String>) -> bool {
    ///     let outer = extensions.get::<Continuation<String>>();
    ///     outer.is_some_and(|outer| hub.owns(outer))
    /// }
    /// ```
    pub fn owns(&self, continuation: &Continuation<K>) -> bool {
        let state = continuation.state();
        Arc::ptr_eq(&state.hub, &self.shared) && !state.has_ended()
    }

    /// Returns what the hub has done since its creation, and what it holds now.
    ///
    /// This looks at every waiter, a thousand at a time under one lock. Call it every few seconds,
    /// not every few milliseconds.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// hub.notify("lobby");
    /// assert_eq!((hub.stats().notifies, hub.stats().unheard_notifies), (1, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Waits for this time on the hub's clock. This suspends no request.
    ///
    /// An adapter uses it to limit the time before the first pass, such as the time to read a body.
    /// A test moves it with the hub's [`MockClock`].
    ///
    /// # Errors
    ///
    /// * [`Error::ShutDown`](crate::Error::ShutDown) if the hub is shut down before the time has
    ///   passed.
    /// * [`Error::NoTimer`](crate::Error::NoTimer) if the system has no thread for the hub's timer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future removes it from the hub at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let mut sleep = pin!(hub.sleep(Duration::from_secs(5)));
    /// assert!(sleep.as_mut().now_or_never().is_none());
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(sleep.now_or_never(), Some(Ok(())));
    /// ```
    pub fn sleep(&self, time: Duration) -> Sleep {
        Sleep::new(&self.shared.waiters, time)
    }

    /// Returns the number of waits for a key.
    ///
    /// The next [`notify`](Self::notify) may end fewer. The count includes a request that is
    /// executed again because the key may have been notified. A request that waits for several
    /// keys, and was woken by one, may be counted for the others until its next pass begins.
    ///
    /// ```
    /// let hub = dacapo::Hub::<u64>::new();
    /// assert_eq!(hub.waiter_count(&7), 0);
    /// ```
    pub fn waiter_count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        self.shared
            .waiters
            .waiter_count(self.shared.fingerprint(key))
    }

    /// Returns the keys that requests wait for, as text, each with its number of waits. The list is
    /// empty unless [`HubBuilder::debug_keys`] is on.
    ///
    /// The text shows what is hashed: a string in quotes, a number as it is, an enum as the number
    /// of its variant and its fields.
    ///
    /// ```
    /// let hub = dacapo::Hub::<u64>::builder().debug_keys(true).build();
    /// assert!(hub.waiting_keys().is_empty(), "no request waits");
    /// ```
    pub fn waiting_keys(&self) -> Vec<(String, usize)> {
        self.shared.waiting_keys()
    }

    /// Returns the number of suspended requests. A request counts from the start of a wait until
    /// its next pass begins, or until it ends.
    ///
    /// A future that is leaked (`std::mem::forget`) while its request is suspended stays in this
    /// count.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.suspended_count(), 0);
    /// ```
    pub fn suspended_count(&self) -> usize {
        self.shared.waiters.suspended_count()
    }

    /// Ends every wait, lets no wait begin from now on, and returns how many waits ended.
    ///
    /// Each held request is answered with a 503 whose `Retry-After` is a random number of seconds,
    /// and so is every request that suspends later. A shutdown cannot be undone. Call it *before*
    /// the server's own graceful shutdown, which otherwise waits for the held requests.
    ///
    /// # Panics
    ///
    /// If a waker panics. All other requests are woken first, then the panic is passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::Outcome;
    /// # use futures::FutureExt;
    /// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| -> Outcome<()> {
    ///     Err(c.suspend_for(Duration::from_secs(30)))
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.shutdown(), 1);
    /// assert_eq!(request.now_or_never().unwrap().unwrap_err(), dacapo::Error::ShutDown);
    /// ```
    pub fn shutdown(&self) -> usize {
        self.shared.waiters.shut_down(Duration::ZERO)
    }

    /// Shuts the hub down as [`shutdown`](Self::shutdown) does, but ends the waits one after the
    /// other, spread evenly over this time. Returns how many requests are suspended now.
    ///
    /// No wait begins from now on. A wait that has not been ended yet can still end in other ways.
    /// The clients reach the next server one by one, and this server does not send all answers at
    /// once. To end the remaining waits earlier, call [`shutdown`](Self::shutdown).
    ///
    /// # Panics
    ///
    /// If a waker panics that is woken at once. All others of them are woken first, then the panic is
    /// passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::pin::pin;
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Error, Outcome};
    /// # use futures::FutureExt;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let wait = async |c: Continuation<String>| -> Outcome<()> {
    ///     Err(c.suspend_for(Duration::from_secs(30)))
    /// };
    /// let (mut one, mut two) = (pin!(hub.run(wait)), pin!(hub.run(wait)));
    /// assert!(one.as_mut().now_or_never().is_none());
    /// assert!(two.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.shutdown_within(Duration::from_secs(10)), 2);
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(one.now_or_never().unwrap().unwrap_err(), Error::ShutDown);
    /// assert!(two.as_mut().now_or_never().is_none());
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(two.now_or_never().unwrap().unwrap_err(), Error::ShutDown);
    /// ```
    pub fn shutdown_within(&self, time: Duration) -> usize {
        self.shared.waiters.shut_down(time)
    }

    /// Returns whether [`shutdown`](Self::shutdown) or [`shutdown_within`](Self::shutdown_within)
    /// has been called.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// hub.shutdown();
    /// assert!(hub.is_shut_down());
    /// ```
    pub fn is_shut_down(&self) -> bool {
        self.shared.waiters.is_shut_down()
    }

    /// Waits until no request is suspended.
    ///
    /// After [`shutdown`](Self::shutdown), this means that the task of every held request has taken
    /// it up and will answer it.
    ///
    /// # Cancel safety
    ///
    /// You can drop the future and call `drained` again at any time.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example() {
    /// # let hub = dacapo::Hub::<String>::new();
    /// hub.shutdown();
    /// hub.drained().await;
    /// assert_eq!(hub.suspended_count(), 0);
    /// # }
    /// # futures::executor::block_on(example());
    /// ```
    pub fn drained(&self) -> Drained {
        Drained::new(Arc::clone(&self.shared.waiters))
    }
}

impl<K, D> Execution<K, D> {
    /// Begins to execute a request that has just arrived at this hub. Its timeouts count from now.
    pub fn new(hub: &Hub<K>, dispatcher: D) -> Self {
        Self::arrive(&hub.shared, dispatcher, Kind::Adapted)
    }
}

impl<K> Clone for Hub<K> {
    fn clone(&self) -> Self {
        Self::with(Arc::clone(&self.shared))
    }
}

impl<K> Default for Hub<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> fmt::Debug for Hub<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("suspended", &self.suspended_count())
            .field("is_shut_down", &self.is_shut_down())
            .finish_non_exhaustive()
    }
}
