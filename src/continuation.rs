//! What a pass holds.

use std::any::Any;
use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::dispatch::Dispatch;
use crate::end::End;
use crate::handle::Handle;
use crate::payload::Payload;
use crate::request::RequestState;
use crate::suspended::Suspended;
use crate::waiters::{Keys, Wait};

/// What a handler holds during one pass: why it runs, and how to suspend.
///
/// A *pass* is one execution of the handler for a request. The first is the
/// [initial](Dispatch::Initial) one; each wait is followed by another, with the same request and
/// from the beginning. In axum and actix it is an extractor; without a framework it is the argument
/// that [`Hub::run`](crate::Hub::run) gives.
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Continuation, Outcome};
///
/// async fn news(c: Continuation<String>, room: &str, lines: Vec<String>) -> Outcome<Vec<String>> {
///     if lines.is_empty() && !c.is_expired() {
///         return Err(c.suspend(room, Duration::from_secs(30)));
///     }
///     Ok(lines)
/// }
/// ```
///
/// Nothing has to be registered before the handler looks: a notify that comes after the pass has
/// begun is noticed when it suspends, and it is executed again at once.
pub struct Continuation<K> {
    state: Arc<RequestState>,
    dispatch: Dispatch,
    pass: u32,
    /// What came with the wake to this pass.
    payload: Option<Payload>,
    /// The number of the latest notify when this pass began.
    start: u64,
    keys: PhantomData<fn(&K)>,
}

impl<K> Continuation<K> {
    pub(crate) fn new(
        state: Arc<RequestState>,
        dispatch: Dispatch,
        pass: u32,
        payload: Option<Payload>,
        start: u64,
    ) -> Self {
        Self {
            state,
            dispatch,
            pass,
            payload,
            start,
            keys: PhantomData,
        }
    }

    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    pub(crate) fn state(&self) -> &Arc<RequestState> {
        &self.state
    }
}

/// # Why this pass runs
impl<K> Continuation<K> {
    /// Why this pass runs.
    ///
    /// ```
    /// # use dacapo::{Continuation, Dispatch};
    /// fn greeting(c: &Continuation<String>) -> &'static str {
    ///     match c.dispatch() {
    ///         Dispatch::Initial => "let me see",
    ///         Dispatch::Resumed => "there it is",
    ///         Dispatch::Expired => "nothing, I am afraid",
    ///     }
    /// }
    /// ```
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch
    }

    /// Whether this is the first pass.
    pub fn is_initial(&self) -> bool {
        self.dispatch == Dispatch::Initial
    }

    /// Whether this pass runs because something may have happened.
    pub fn is_resumed(&self) -> bool {
        self.dispatch == Dispatch::Resumed
    }

    /// Whether this pass runs because the time is up.
    pub fn is_expired(&self) -> bool {
        self.dispatch == Dispatch::Expired
    }

    /// The number of this pass: 1 for the initial one.
    pub fn pass(&self) -> u32 {
        self.pass
    }

    /// The value that came with the wake to this pass, if it is a `T`: with
    /// [`Hub::notify_value`](crate::Hub::notify_value), [`Hub::notify_one_value`](crate::Hub::notify_one_value) or
    /// [`Handle::resume_value`](crate::Handle::resume_value). It is shared: no pass owns it.
    ///
    /// Returns `None` if the wake carried no value, or one of another type (a plain `9` is an `i32`, not a `u64`), or
    /// if this pass has another cause.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Outcome};
    /// struct Price(u32);
    ///
    /// async fn price(c: Continuation<String>, of: &str, look: fn(&str) -> Option<u32>) -> Outcome<u32> {
    ///     if let Some(price) = c.value::<Price>() {
    ///         return Ok(price.0); // it was in the news, and spares a look
    ///     }
    ///     look(of).ok_or_else(|| c.suspend(of, Duration::from_secs(30)))
    /// }
    /// ```
    pub fn value<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.payload.as_ref()?.downcast()
    }
}

/// # Suspending
///
/// These make a [`Suspended`] and do nothing else: the request is suspended when the handler has
/// *returned* it.
///
/// The timeout counts from the request's arrival, or from the last time it expired, so a needless
/// wake-up does not prolong the request; [`Suspended::timeout_from_now`] lets it count from the suspension.
/// It is kept to the millisecond, never early. A timeout of zero ends at once, as expired, unless a
/// key was notified meanwhile, and [`Duration::MAX`] never ends. But none lasts longer than a request may be held in
/// all: 2 minutes, unless the [hub](crate::HubBuilder::max_hold) or a layer says otherwise.
impl<K> Continuation<K> {
    /// Waits for a key: until it is notified, or until the time is up.
    ///
    /// A handler asks [`is_expired`](Self::is_expired) before it suspends: one that never does is
    /// executed again and again until a limit ends it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Outcome};
    /// async fn job(c: Continuation<u64>, id: u64, result: Option<String>) -> Outcome<String> {
    ///     match result {
    ///         Some(result) => Ok(result),
    ///         None if c.is_expired() => Ok("not yet: ask again".into()),
    ///         None => Err(c.suspend(&id, Duration::from_secs(30))),
    ///     }
    /// }
    /// ```
    #[inline]
    pub fn suspend<Q>(&self, key: &Q, timeout: Duration) -> Suspended
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        self.suspension(self.state.hub.key(key), timeout)
    }

    /// Waits for several keys: until one of them is notified, or until the time is up.
    ///
    /// If there are more than [`HubBuilder::max_keys`](crate::HubBuilder::max_keys) allows, the request is
    /// refused with [`Error::TooManyKeys`](crate::Error::TooManyKeys); without any it waits as with
    /// [`suspend_for`](Self::suspend_for).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn any_room(c: &Continuation<String>, rooms: &[String]) -> Suspended {
    ///     c.suspend_any(rooms, Duration::from_secs(30))
    /// }
    ///
    /// fn either_way(c: &Continuation<String>, user: &str) -> Suspended {
    ///     c.suspend_any([user, "everybody"], Duration::from_secs(30))
    /// }
    /// ```
    pub fn suspend_any<'k, Q>(
        &self,
        keys: impl IntoIterator<Item = &'k Q>,
        timeout: Duration,
    ) -> Suspended
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'k,
    {
        self.suspension(self.state.hub.keys(keys), timeout)
    }

    /// Waits without a key: until a [`Handle`] resumes the request, or until the time is up.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Handle, Suspended};
    /// fn ask_a_worker(c: &Continuation<String>, enqueue: impl FnOnce(Handle)) -> Suspended {
    ///     enqueue(c.handle());
    ///     c.suspend_for(Duration::from_secs(60))
    /// }
    /// ```
    pub fn suspend_for(&self, timeout: Duration) -> Suspended {
        self.suspension(Keys::None, timeout)
    }

    #[inline]
    fn suspension(&self, keys: Keys, timeout: Duration) -> Suspended {
        Suspended::new(Arc::clone(&self.state), Wait::new(keys, timeout))
    }
}

/// # What outlives the pass
impl<K> Continuation<K> {
    /// A handle that resumes this request from outside, during this pass or after it.
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::downgrade(&self.state), self.state.id())
    }

    /// The request's attribute of type `T`, if one has been set in this pass or in an earlier one.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// struct FirstSeen(u64);
    ///
    /// fn first_seen(c: &Continuation<String>, now: u64) -> u64 {
    ///     if c.is_initial() {
    ///         c.set_attribute(FirstSeen(now));
    ///     }
    ///     c.attribute::<FirstSeen>().map_or(now, |seen| seen.0)
    /// }
    /// ```
    pub fn attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.state.attribute()
    }

    /// The request's attribute of type `T`, made now if it has none.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// struct Seen(u64);
    ///
    /// /// Where this request began to read, in whichever pass it is asked.
    /// fn begin(c: &Continuation<String>, latest: impl FnOnce() -> u64) -> u64 {
    ///     c.attribute_or_insert_with(|| Seen(latest())).0
    /// }
    /// ```
    pub fn attribute_or_insert_with<T>(&self, make: impl FnOnce() -> T) -> Arc<T>
    where
        T: Any + Send + Sync,
    {
        self.attribute()
            .unwrap_or_else(|| self.state.attribute_or_set(Arc::new(make())))
    }

    /// Sets the request's attribute of type `T`, for this pass and all that follow. Returns the
    /// former one.
    ///
    /// It is dropped when the request ends.
    pub fn set_attribute<T: Any + Send + Sync>(&self, value: T) -> Option<Arc<T>> {
        let former = self.state.set_attribute(Arc::new(value));
        former.ok().flatten()
    }

    /// Takes the request's attribute of type `T` away, and returns it.
    pub fn remove_attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.state.remove_attribute()
    }

    /// Does something once per request, whatever number of passes it has, and returns its result in all of them.
    ///
    /// It is for what must not be done again when the handler is executed again: create the job, look up the user. The
    /// name stands for the step. Steps may be reached in another order in another pass, or not at all. If several tasks
    /// reach the same step at once, one does it and the others wait; a step that calls itself waits without end. A
    /// result is dropped when the request ends.
    ///
    /// Each poll of a client is a request of its own. An effect that must happen once for several polls needs an
    /// idempotency key that the client sends along.
    ///
    /// # Errors
    ///
    /// Whatever `step` returns. An error is not kept: the next call does the step again. For a step that cannot fail,
    /// name an error all the same: `Ok::<_, Infallible>(..)`.
    ///
    /// # Panics
    ///
    /// If this request has a step of the same name whose result is of another type.
    ///
    /// # Cancel safety
    ///
    /// A step that is dropped before it has ended is done again, from its beginning.
    ///
    /// ```
    /// # use std::io;
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// # #[derive(Debug, thiserror::Error)]
    /// # enum AppError {
    /// #     #[error(transparent)] Suspended(#[from] Suspended),
    /// #     #[error(transparent)] Io(#[from] io::Error),
    /// # }
    /// # struct Jobs;
    /// # impl Jobs {
    /// #     async fn create(&self) -> io::Result<u64> { Ok(7) }
    /// #     async fn result(&self, _id: u64) -> io::Result<Option<String>> { Ok(None) }
    /// # }
    /// async fn convert(c: Continuation<u64>, jobs: &Jobs) -> Result<String, AppError> {
    ///     let id = *c.once("create", async || jobs.create().await).await?;
    ///     match jobs.result(id).await? {
    ///         Some(result) => Ok(result),
    ///         None if c.is_expired() => Ok(format!("ask again for {id}")),
    ///         None => Err(c.suspend(&id, Duration::from_secs(30)))?,
    ///     }
    /// }
    /// ```
    pub async fn once<T, E>(
        &self,
        name: &str,
        step: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E>
    where
        T: Any + Send + Sync,
    {
        let cell = self.state.step::<T>(name);
        let mut done = cell.lock().await;
        if let Some(result) = &*done {
            return Ok(Arc::clone(result));
        }
        let result = Arc::new(step().await?);
        *done = Some(Arc::clone(&result));
        Ok(result)
    }

    /// Registers a callback that runs once, when the request ends, with the reason.
    ///
    /// It may be registered in any pass. Callbacks run in the order of their registration; a panic in one affects neither
    /// the others nor the answer. They run where the request is executed, after its last pass and its last wait, when the
    /// answer is ready and has not been sent. The request's attributes are still there. (After a pass that panics, what
    /// its future has kept may be there as well.)
    ///
    /// Returns `false`, and calls nothing, if the request has ended already.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicUsize, Ordering};
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, End, Outcome};
    /// static GONE: AtomicUsize = AtomicUsize::new(0);
    ///
    /// async fn news(c: Continuation<String>) -> Outcome<String> {
    ///     if c.is_initial() {
    ///         c.on_end(|end| {
    ///             if end == End::Cancelled {
    ///                 GONE.fetch_add(1, Ordering::Relaxed);
    ///             }
    ///         });
    ///         return Err(c.suspend("lobby", Duration::from_secs(30)));
    ///     }
    ///     Ok("something has happened".into())
    /// }
    /// ```
    pub fn on_end(&self, callback: impl FnOnce(End) + Send + 'static) -> bool {
        self.state.on_end(callback)
    }
}

// Whatever panics, nothing of ours is half done; what others have put in is theirs to judge.
impl<K> UnwindSafe for Continuation<K> {}
impl<K> RefUnwindSafe for Continuation<K> {}

impl<K> Clone for Continuation<K> {
    fn clone(&self) -> Self {
        let state = Arc::clone(&self.state);
        Self::new(
            state,
            self.dispatch,
            self.pass,
            self.payload.clone(),
            self.start,
        )
    }
}

impl<K> fmt::Debug for Continuation<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Continuation")
            .field("dispatch", &self.dispatch)
            .field("pass", &self.pass)
            .finish_non_exhaustive()
    }
}
