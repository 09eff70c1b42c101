//! The face of a hub: where requests wait, and where to tell that something has happened.

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
use crate::request::Shared;
use crate::telemetry::Stats;
use crate::time::MockClock;
use crate::waiters::{Drained, Sleep};

pub use builder::HubBuilder;

/// Where requests wait for keys of type `K`, and where the keys are notified.
///
/// One hub serves a whole application: clone it into the layer, into the handlers and into whatever
/// else has news. Clones are the same hub, and cheap. The keys may be numbers (`Hub<u64>`, with
/// `notify(&7)`), strings (`Hub<String>`, with `notify("lobby")`), or whatever can be hashed. An
/// application with several topics makes one key type of them:
///
/// ```
/// #[derive(Hash, PartialEq, Eq)]
/// enum Topic {
///     Room(u64),
///     User(String),
/// }
///
/// let hub = dacapo::Hub::<Topic>::new();
/// assert_eq!(hub.notify(&Topic::Room(7)), 0, "nobody waits");
/// ```
///
/// A key is hashed once, outside every lock, to 128 bits under a secret of the hub, and the hash is
/// all that is kept. So keys cost no memory, may be as long as they like, and cannot be chosen so
/// that they collide. Keys that are equal have to hash alike, as in a `HashMap`.
///
/// # Time
///
/// The first wait with a timeout starts one thread, which sleeps whenever nothing is due, and ends
/// with the hub. A hub from [`with_mock_clock`](Self::with_mock_clock) has a clock that a
/// test moves, and no thread.
///
/// # When it is dropped
///
/// A request that waits keeps the hub going until its wait has ended, with all the other hub's
/// clones gone too. To end the waits, call [`shutdown`](Self::shutdown).
pub struct Hub<K> {
    shared: Arc<Shared>,
    keys: PhantomData<fn(&K)>,
}

impl<K> Hub<K> {
    /// Makes a hub with the default limits.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.suspended_count(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Begins a hub with limits of one's own.
    pub fn builder() -> HubBuilder<K> {
        HubBuilder::new()
    }

    /// Makes a hub and the clock that moves its time, for tests.
    ///
    /// [`MockClock`] shows how.
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

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// # Executing
impl<K> Hub<K> {
    /// Executes a closure again and again, until it has an answer. In a handler of any framework, this is all that it
    /// takes to hold a request.
    ///
    /// The closure is called with a [`Continuation`] for each pass. When it returns the
    /// [`Suspended`](crate::Suspended) that the continuation gave it, its future is dropped, and it is called anew when
    /// what it waits for has happened. What stands before `run` in the handler, its extractors above all, is done once.
    ///
    /// A look *before* `run` misses what changes between it and the first pass: whatever decides whether to wait
    /// belongs in the closure.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn example() -> Result<(), dacapo::Error> {
    /// let hub = dacapo::Hub::<String>::new();
    /// let answer = hub.run(async |c| {
    ///     if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("news", Duration::from_millis(5))) }
    /// });
    /// assert_eq!(answer.await?, "nothing new");
    /// # Ok(())
    /// # }
    /// # futures::executor::block_on(example()).unwrap();
    /// ```
    ///
    /// The result is the closure's [`Answer`], or the response that has come from outside in its place. Axum and actix
    /// send both as they are.
    ///
    /// The closure may fail with errors of your own: whatever implements [`Interrupt`], which also shows how. If
    /// nothing in it says what its error is, because it only uses `?` or never suspends, name it: `async |c| ->
    /// Outcome<_> { .. }`.
    ///
    /// # Errors
    ///
    /// What the closure fails with. And an [`Error`](crate::Error), if a limit forbids the wait, if the hub is shut
    /// down, or if the closure returns a token of another request. Its [`response`](crate::Error::response) is what a
    /// client should be told.
    ///
    /// # Borrowing
    ///
    /// The future of a pass cannot borrow what the closure *owns*. So a plain `async |c|` is right in a handler: it
    /// borrows from the handler. An `async move |c|`, for a future that outlives its function, wants
    /// [`run_owned`](Self::run_owned).
    ///
    /// # Yielding
    ///
    /// Where one pass follows another at once, the future is pending once between the two and wakes
    /// its task, so that no request keeps a thread to itself. A test that polls by hand polls twice
    /// there.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the request at once: what it was registered for, its timer and its
    /// attributes are gone, and a [`notify_one`](Self::notify_one) that was meant for it goes to
    /// the next.
    pub fn run<T, E, F, Fut>(
        &self,
        handler: F,
    ) -> impl Future<Output = Result<Answer<T>, E::Failure>> + use<K, T, E, F, Fut>
    where
        F: FnMut(Continuation<K>) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Interrupt,
    {
        Execution::arrive(&self.shared, HandlerFn::new(handler), false)
    }

    /// Does what [`run`](Self::run) does with an `async move` closure, whose passes borrow what has been moved into it.
    ///
    /// This is for a future that outlives the function in which it is made: in a stream, or in a task. What the closure
    /// owns lives until the request ends, and a pass may change it for the next.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Answer, Continuation, Hub, Outcome};
    /// fn third_look(hub: &Hub<String>, key: String) -> impl Future<Output = Result<Answer<u32>, dacapo::Error>> + Send + use<> {
    ///     let mut looks = 0;
    ///     hub.run_owned(async move |c: Continuation<String>| -> Outcome<u32> {
    ///         looks += 1;
    ///         if looks < 3 { Err(c.suspend(&key, Duration::from_millis(1))) } else { Ok(looks) }
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
        Execution::arrive(&self.shared, LendingHandlerFn::new(handler, lend), false)
    }
}

/// # Looking and ending
impl<K> Hub<K> {
    /// Whether a continuation belongs to a request of this hub that has not ended.
    ///
    /// An adapter that finds one in a request stands inside another of the same hub, and passes the request through. (A
    /// request that was kept, and is served once more, may still carry the continuation of the first time.)
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

    /// What the hub has done since it was made, and what it holds.
    ///
    /// It looks at every waiter, at a thousand of them under one lock: make it a matter of seconds, not
    /// of milliseconds.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Waits for a time on the clock of this hub. No request is suspended by that.
    ///
    /// An adapter bounds with it what it does before the first pass, on the same clock as everything else: a test moves
    /// it with the hub's [`MockClock`].
    ///
    /// # Errors
    ///
    /// [`Error::ShutDown`](crate::Error::ShutDown) if the hub is shut down before the time is up, and
    /// [`Error::NoTimer`](crate::Error::NoTimer) if there is no thread for the timer.
    ///
    /// # Cancel safety
    ///
    /// Dropping it takes it out of the hub at once.
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

    /// How many waits there are for a key.
    ///
    /// A request that waits for several keys, and has been woken, may be counted for the others until it is executed.
    /// And one counts that looks again because its key may have been notified. So a [`notify`](Self::notify) may end
    /// fewer.
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

    /// The keys that are waited for, as they are hashed, and how many waits there are for each. It is empty unless the
    /// hub was told to [keep that](HubBuilder::debug_keys).
    ///
    /// A string is shown in quotes, a number as it is, and an enum as the number of its variant and what is in it.
    pub fn waiting_keys(&self) -> Vec<(String, usize)> {
        self.shared.waiting_keys()
    }

    /// How many requests are suspended: their wait has begun, and neither has their next pass nor
    /// their end.
    ///
    /// A future that is leaked (`std::mem::forget`) while its request is suspended counts without end.
    pub fn suspended_count(&self) -> usize {
        self.shared.waiters.suspended_count()
    }

    /// Ends every wait and lets none begin any more. Returns how many it has ended.
    ///
    /// Their clients are answered with a 503 that asks them to come back in some seconds, at random,
    /// and later ones are refused in the same way. There is no way back. Call it *before* the
    /// server's own graceful shutdown, which would otherwise wait for the held requests.
    ///
    /// # Panics
    ///
    /// If a waker does, with its panic; all others have been woken by then.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| Err::<(), _>(c.suspend_for(Duration::from_secs(30)))));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.shutdown(), 1);
    /// assert_eq!(request.now_or_never().unwrap().unwrap_err(), dacapo::Error::ShutDown);
    /// ```
    pub fn shutdown(&self) -> usize {
        self.shared.waiters.shut_down(Duration::ZERO)
    }

    /// Does what [`shutdown`](Self::shutdown) does, but ends the waits one after the other, spread evenly
    /// over this time, to the tick. Returns how many requests are suspended now.
    ///
    /// No wait begins any more from now on, and those that last may still end in other ways. So clients
    /// come back to the next server one by one and not all at once, and a server whose answers are
    /// expensive to send need not send them together. Calling [`shutdown`](Self::shutdown) meanwhile
    /// ends what is left at once.
    ///
    /// ```
    /// # use std::pin::pin;
    /// # use std::time::Duration;
    /// # use futures::FutureExt;
    /// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let wait = async |c: dacapo::Continuation<String>| Err::<(), _>(c.suspend_for(Duration::from_secs(30)));
    /// let (mut one, mut two) = (pin!(hub.run(wait)), pin!(hub.run(wait)));
    /// assert!(one.as_mut().now_or_never().is_none() && two.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.shutdown_within(Duration::from_secs(10)), 2);
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(one.now_or_never().unwrap().unwrap_err(), dacapo::Error::ShutDown);
    /// assert!(two.as_mut().now_or_never().is_none());
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(two.now_or_never().unwrap().unwrap_err(), dacapo::Error::ShutDown);
    /// ```
    pub fn shutdown_within(&self, time: Duration) -> usize {
        self.shared.waiters.shut_down(time)
    }

    /// Whether [`shutdown`](Self::shutdown) has been called, or its sibling.
    pub fn is_shut_down(&self) -> bool {
        self.shared.waiters.is_shut_down()
    }

    /// Waits until no request is suspended.
    ///
    /// After [`shutdown`](Self::shutdown) it means that every held request has been taken up by its
    /// task, to be answered.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again at any time.
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
    /// Begins to execute a request that has just arrived at a hub: its timeouts count from now.
    pub fn new(hub: &Hub<K>, dispatcher: D) -> Self {
        Self::arrive(&hub.shared, dispatcher, true)
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
