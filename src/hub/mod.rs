//! The face of a hub: where requests wait, and where to tell that something has happened.

mod builder;

use std::any::Any;
use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::completion::{CompleteError, Completion};
use crate::continuation::Continuation;
use crate::error::Error;
use crate::execution::{Execution, HandlerFn};
use crate::id::ContinuationId;
use crate::payload::Payload;
use crate::request::Shared;
use crate::suspended::Outcome;
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
/// with the hub. A hub from [`build_with_mock_clock`](Self::with_mock_clock) has a clock that a test moves, and no thread.
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

/// # Notifying
impl<K> Hub<K> {
    /// Ends every wait for `key`, and returns how many it has ended: each of these requests gets
    /// another pass.
    ///
    /// First make the change, then notify. A change in a database is made when it is *committed*: whoever is woken
    /// before that looks, finds nothing and waits on.
    ///
    /// The count is of waits. A pass that runs at this moment, and that suspends for `key` because it could not see
    /// the change yet, is executed again as well and is not counted. So more requests may see the change than this
    /// number says, never fewer, and 0 may be the right answer. If you expected another one, check that the layer uses
    /// this hub and that both sides build the same key.
    ///
    /// Everybody who is woken runs a pass. If a key is notified far more often than there is news for
    /// those who wait for it, give it less to say: a hundred needless passes per request are work, and
    /// [`max_passes`](HubBuilder::max_passes) of them end the request with a 503.
    ///
    /// It may be called from anywhere, a handler, a waker or a destructor included: no lock of the
    /// hub is held while foreign code runs.
    ///
    /// # Panics
    ///
    /// If a waker does, with its panic; all others have been woken by then.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| {
    ///     if c.is_initial() { Err(c.suspend("news", Duration::from_secs(30))) } else { Ok("something happened") }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.notify("news"), 1);
    /// assert_eq!(request.now_or_never().unwrap().unwrap(), "something happened");
    /// ```
    pub fn notify<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let key = self.shared.fingerprint(key);
        self.shared.waiters.notify(key, None)
    }

    /// Does what [`notify`](Self::notify) does, and hands a value to everybody who waits: the next
    /// pass finds it with [`Continuation::value`].
    ///
    /// The value is stored once and shared by all who wait. Treat it as a shortcut that spares a look, and keep the
    /// truth elsewhere: a pass that runs at this moment may be executed again with the value or without it, and a pass
    /// that begins later does not get it.
    ///
    /// The count is of waits, and running passes are not in it. So the value can reach *more* requests than this
    /// number says, never fewer. Do not store it for later because the count was 0: a request that was running
    /// may have got it, and would get it twice.
    ///
    /// # Panics
    ///
    /// If a waker does, with its panic; all others have been woken by then.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| match c.value::<u32>() {
    ///     Some(price) => Ok(*price),
    ///     None => Err(c.suspend("tea", Duration::from_secs(30))),
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.notify_value("tea", 350_u32), 1);
    /// assert_eq!(request.now_or_never().unwrap(), Ok(350));
    /// ```
    pub fn notify_value<Q, T>(&self, key: &Q, value: T) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
        T: Any + Send + Sync,
    {
        let payload = Payload::value(value);
        let key = self.shared.fingerprint(key);
        self.shared.waiters.notify(key, Some(&payload))
    }

    /// Ends every wait for `key` with this answer, and returns how many it has ended: none of these
    /// requests gets another pass.
    ///
    /// This is the fastest way to tell many clients the same. The answer is kept once, and its body is
    /// shared by all who get it. A handler that is executed again may say something else to each client,
    /// or nothing yet; if it would say the same to everybody, this spares all of them the pass.
    ///
    /// The count is of waits, and running passes are not in it. A request whose pass runs at this moment may be
    /// executed again, and then answers for itself: the state that it reads must already hold the change, as with
    /// every [`notify`](Self::notify). If that pass was such a second look already and suspends, it gets this answer.
    /// So the answer can reach *more* requests than this number says, never fewer. Do not store it for later because
    /// the count was 0.
    ///
    /// # Errors
    ///
    /// If the status is a 1xx, which is no final answer: all of them stay held, and the error gives the response back.
    ///
    /// # Panics
    ///
    /// If a waker does, with its panic; all others have been woken by then.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::{Hub, Outcome};
    /// # use futures::FutureExt;
    /// # use http::Response;
    /// let (hub, _clock) = Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| -> Outcome<()> { Err(c.suspend("goals", Duration::from_secs(30))) }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.respond("goals", Response::new("2:1".into())).unwrap(), 1);
    /// assert_eq!(request.now_or_never().unwrap().unwrap_err().response().body(), "2:1");
    /// ```
    pub fn respond<Q>(&self, key: &Q, response: Response<Bytes>) -> Result<usize, CompleteError>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let payload = Payload::completion(Completion::new(response)?);
        let key = self.shared.fingerprint(key);
        Ok(self.shared.waiters.notify(key, Some(&payload)))
    }

    /// Ends the longest wait for `key`, and returns how many it has ended: one or none.
    ///
    /// This is for work that is to be done once: a job goes to one of the workers that ask for it.
    /// Who waits with a higher [priority](crate::Suspended::priority) comes first.
    /// If the request that was chosen goes away before its next pass has ended, the notify is passed
    /// on to the next one. If nobody waits, it is not kept, so the pass that comes next must find the
    /// job by itself. As with [`notify`](Self::notify), a pass that runs at this moment may look again without being
    /// counted, so a job belongs where the handlers look for it, whatever this returns.
    ///
    /// A request that was chosen and suspends once more, because there was nothing for it, has spent
    /// the notify, and stands at the end of the queue.
    ///
    /// # Panics
    ///
    /// If the waker does, with its panic.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.notify_one("jobs"), 0, "nobody asks for work");
    /// ```
    pub fn notify_one<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let key = self.shared.fingerprint(key);
        self.shared.waiters.notify_one(key).into()
    }

    /// Ends every wait for a key, as if every key had been notified now, spread evenly over this time to
    /// the tick; if it is zero, at once.
    ///
    /// This is for when it is not known what has happened: the connection is back by which the news of
    /// other processes come, and some may have been missed. Passes that run now look again at once if they
    /// suspend. Waits without a key are left alone.
    ///
    /// Returns how many waits it has ended, or, if it takes its time, how many requests it has found
    /// suspended.
    ///
    /// # Panics
    ///
    /// If it takes no time and a waker panics, with its panic; all others have been woken by then.
    ///
    /// ```
    /// # use std::pin::pin;
    /// # use std::time::Duration;
    /// # use futures::FutureExt;
    /// # let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let wait = async |c: dacapo::Continuation<String>| {
    /// #     if c.is_initial() { Err(c.suspend("lobby", Duration::from_secs(30))) } else { Ok(c.dispatch()) }
    /// # };
    /// # let mut request = pin!(hub.run(wait));
    /// # assert!(request.as_mut().now_or_never().is_none());
    /// hub.notify_every_key(Duration::from_secs(2)); // everybody looks again, and the database lives
    /// # clock.advance(Duration::from_secs(2));
    /// # assert_eq!(request.now_or_never().unwrap(), Ok(dacapo::Dispatch::Resumed));
    /// ```
    pub fn notify_every_key(&self, within: Duration) -> usize {
        self.shared.waiters.notify_every_key(within)
    }

    /// Resumes the request of this id, as [`Handle::resume`](crate::Handle::resume) does.
    ///
    /// Returns `false`, and changes nothing, for an id that is not known here, any more or at all.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// # let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (queue, jobs) = std::sync::mpsc::channel();
    /// let mut request = pin!(hub.run(|c| {
    ///     queue.send(format!("/finished/{}", c.handle().id())).unwrap(); // what the worker calls when it has done its job
    ///     async move {
    ///         if c.is_resumed() { Ok("finished") } else { Err(c.suspend_for(Duration::from_secs(60))) }
    ///     }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// let callback = jobs.recv().unwrap();
    /// let id = callback.strip_prefix("/finished/").unwrap().parse().unwrap();
    /// assert!(hub.resume(id));
    /// assert_eq!(request.now_or_never().unwrap().unwrap(), "finished");
    /// ```
    pub fn resume(&self, id: ContinuationId) -> bool {
        let found = self.shared.find(id);
        found.is_some_and(|request| request.wake(None))
    }

    /// Answers the request of this id, as [`Handle::complete`](crate::Handle::complete) does.
    ///
    /// # Errors
    ///
    /// As there, and for an id that is not known here, any more or at all. The error gives the response back.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let id = "00112233445566778899aabbccddeeff".parse().unwrap();
    /// assert!(hub.complete(id, http::Response::new("approved".into())).is_err(), "there is no such request");
    /// ```
    pub fn complete(
        &self,
        id: ContinuationId,
        response: Response<Bytes>,
    ) -> Result<(), CompleteError> {
        match self.shared.find(id) {
            Some(request) => request.complete(response),
            None => Err(CompleteError::TooLate(Box::new(response))),
        }
    }
}

/// # Executing
impl<K> Hub<K> {
    /// Executes a handler, again and again, until it has an answer.
    ///
    /// This is the whole of the crate without a framework; the adapters do the same around a
    /// service. The handler is called with a [`Continuation`] for each pass. When it returns the
    /// [`Suspended`](crate::Suspended) that the continuation gave it, its future is dropped, and it
    /// is called anew when what it waits for has happened.
    ///
    /// # Errors
    ///
    /// If a limit forbids the wait, if the hub is shut down, if the request is
    /// [completed](crate::Handle::complete) from outside, or if the handler returns a token of another
    /// request: [`Error`] lists the cases, and [`Error::response`] is what a client should be told. A handler with errors of its own answers with
    /// them: `T` is a `Result` then, and its outcome an `Outcome<Result<T, E>>`.
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
    pub fn run<T, F, Fut>(
        &self,
        handler: F,
    ) -> impl Future<Output = Result<T, Error>> + use<K, T, F, Fut>
    where
        F: FnMut(Continuation<K>) -> Fut,
        Fut: Future<Output = Outcome<T>>,
    {
        Execution::arrive(&self.shared, HandlerFn::new(handler))
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
    /// [`Error::ShutDown`] if the hub is shut down before the time is up, and [`Error::NoTimer`] if there is no thread
    /// for the timer.
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

    /// How many requests are suspended: their wait has begun, and neither has their next pass nor
    /// their end.
    ///
    /// A future that is leaked (`std::mem::forget`) while its request is suspended counts for ever.
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
    /// assert_eq!(request.now_or_never().unwrap(), Err(dacapo::Error::ShutDown));
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
    /// assert_eq!(one.now_or_never().unwrap(), Err(dacapo::Error::ShutDown));
    /// assert!(two.as_mut().now_or_never().is_none());
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(two.now_or_never().unwrap(), Err(dacapo::Error::ShutDown));
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
        Self::arrive(&hub.shared, dispatcher)
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
