//! What a handler holds during a pass.

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

/// What a handler holds during one pass: why the pass runs, and how to suspend.
///
/// A *pass* is one execution of the handler for a request. The first pass is
/// [initial](Dispatch::Initial). After each wait, another pass runs with the same request, from the
/// beginning. [`Hub::run`](crate::Hub::run) calls your closure with the continuation. In axum and
/// actix it is also an extractor.
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Continuation, Outcome};
///
/// async fn news(c: Continuation<String>, lines: Vec<String>) -> Outcome<Vec<String>> {
///     if lines.is_empty() && !c.is_expired() {
///         return Err(c.suspend("lobby", Duration::from_secs(30)));
///     }
///     Ok(lines)
/// }
/// ```
///
/// The handler does not register anything before it checks. If a notify comes between the start of
/// the pass and the suspension, the handler is executed again at once.
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
    /// Returns why this pass runs.
    ///
    /// ```
    /// # use dacapo::{Continuation, Dispatch};
    /// fn greeting(c: &Continuation<String>) -> &'static str {
    ///     match c.dispatch() {
    ///         Dispatch::Initial => "hello",
    ///         Dispatch::Resumed => "there may be news",
    ///         Dispatch::Expired => "the time is up",
    ///     }
    /// }
    /// ```
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch
    }

    /// Returns whether this is the first pass.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// fn log(c: &Continuation<String>) { if c.is_initial() { println!("a new request") } }
    /// ```
    pub fn is_initial(&self) -> bool {
        self.dispatch == Dispatch::Initial
    }

    /// Returns whether this pass runs because of a notify or a resume.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// fn status(c: &Continuation<String>) -> u16 { if c.is_resumed() { 200 } else { 202 } }
    /// ```
    pub fn is_resumed(&self) -> bool {
        self.dispatch == Dispatch::Resumed
    }

    /// Returns whether this pass runs because the timeout has expired.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// fn may_wait(c: &Continuation<String>) -> bool { !c.is_expired() }
    /// ```
    pub fn is_expired(&self) -> bool {
        self.dispatch == Dispatch::Expired
    }

    /// Returns the number of this pass. The initial pass is 1.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// fn log(c: &Continuation<String>) { println!("pass {}", c.pass()) }
    /// ```
    pub fn pass(&self) -> u32 {
        self.pass
    }

    /// Returns the value that was sent with the wake-up, if it is a `T`. The value is shared.
    ///
    /// Values come from [`Hub::notify_value`](crate::Hub::notify_value),
    /// [`Hub::notify_one_value`](crate::Hub::notify_one_value),
    /// [`Hub::resume_value`](crate::Hub::resume_value) and
    /// [`Handle::resume_value`](crate::Handle::resume_value).
    ///
    /// Returns `None` if no value was sent, if the value has another type (a plain `9` is an `i32`,
    /// not a `u64`), or if this pass has another cause.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Outcome};
    /// struct Price(u32);
    ///
    /// async fn price(
    ///     c: Continuation<String>,
    ///     item: &str,
    ///     find: fn(&str) -> Option<u32>,
    /// ) -> Outcome<u32> {
    ///     if let Some(price) = c.value::<Price>() {
    ///         return Ok(price.0); // saves the lookup
    ///     }
    ///     find(item).ok_or_else(|| c.suspend(item, Duration::from_secs(30)))
    /// }
    /// ```
    pub fn value<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.payload.as_ref()?.downcast()
    }
}

/// # Suspending
///
/// These methods only create a [`Suspended`] token. The request is suspended when the handler
/// *returns* the token.
///
/// The timeout counts from the request's arrival, or from its last expiry, so a needless wake-up
/// does not prolong the request. With [`Suspended::timeout_from_now`] it counts from the
/// suspension.
///
/// The precision is 1 ms, never early; a long timeout may be late by the [timer's
/// slack](crate::HubBuilder::timer_slack). A timeout of zero expires at once, unless a key was
/// notified during the pass. [`Duration::MAX`] never expires. All timeouts end at the request's
/// longest hold: 2 minutes, unless the [hub](crate::HubBuilder::max_hold) or a layer has another
/// limit.
impl<K> Continuation<K> {
    /// Creates a token that waits until this key is notified, or until the timeout expires.
    ///
    /// Check [`is_expired`](Self::is_expired) before you suspend. A handler that never checks it is
    /// executed again and again until it reaches a limit.
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

    /// Creates a token that waits until one of these keys is notified, or until the timeout
    /// expires.
    ///
    /// A request with more keys than [`HubBuilder::max_keys`](crate::HubBuilder::max_keys) allows
    /// is refused with [`Error::TooManyKeys`](crate::Error::TooManyKeys). Without any key, the
    /// token waits as [`suspend_for`](Self::suspend_for) does.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn any_room(c: &Continuation<String>, rooms: &[String]) -> Suspended {
    ///     c.suspend_any(rooms, Duration::from_secs(30))
    /// }
    ///
    /// fn user_or_all(c: &Continuation<String>, user: &str) -> Suspended {
    ///     c.suspend_any([user, "all"], Duration::from_secs(30))
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

    /// Creates a token that waits without a key: until a [`Handle`] resumes the request, or until
    /// the timeout expires.
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
    /// Returns a handle, which resumes or completes this request from outside, during this pass or
    /// later.
    ///
    /// ```
    /// # use std::sync::mpsc::Sender;
    /// # use dacapo::{Continuation, Handle};
    /// fn enqueue(c: &Continuation<String>, jobs: &Sender<Handle>) { _ = jobs.send(c.handle()) }
    /// ```
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::downgrade(&self.state), self.state.id())
    }

    /// Returns the request's attribute of type `T`, if this pass or an earlier one has set it.
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

    /// Returns the request's attribute of type `T`, and creates it first if there is none.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// struct Position(u64);
    ///
    /// /// Returns where this request began to read: the same in each pass.
    /// fn begin(c: &Continuation<String>, latest: impl FnOnce() -> u64) -> u64 {
    ///     c.attribute_or_insert_with(|| Position(latest())).0
    /// }
    /// ```
    pub fn attribute_or_insert_with<T>(&self, make: impl FnOnce() -> T) -> Arc<T>
    where
        T: Any + Send + Sync,
    {
        self.attribute()
            .unwrap_or_else(|| self.state.attribute_or_set(Arc::new(make())))
    }

    /// Sets the request's attribute of type `T`, for this pass and all later ones. Returns the
    /// previous attribute of this type.
    ///
    /// Attributes are dropped when the request ends.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// struct User(String);
    ///
    /// fn remember(c: &Continuation<String>, name: String) { c.set_attribute(User(name)); }
    /// ```
    pub fn set_attribute<T: Any + Send + Sync>(&self, value: T) -> Option<Arc<T>> {
        let former = self.state.set_attribute(Arc::new(value));
        former.ok().flatten()
    }

    /// Removes the request's attribute of type `T`, and returns it.
    ///
    /// ```
    /// # use dacapo::Continuation;
    /// struct User(String);
    ///
    /// fn forget(c: &Continuation<String>) -> bool { c.remove_attribute::<User>().is_some() }
    /// ```
    pub fn remove_attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.state.remove_attribute()
    }

    /// Runs a step once per request, and returns its result in every pass.
    ///
    /// Use this for work that must not be repeated when the handler is executed again, such as
    /// creating a job or looking up the user. The name identifies the step. Steps can run in
    /// another order in another pass, or not at all. If several tasks reach the same step at once,
    /// one runs it and the others wait for its result. A step that calls itself never returns.
    /// Results are dropped when the request ends.
    ///
    /// Each poll of a client is a separate request. If an effect must happen once for several
    /// polls, the client has to send an idempotency key.
    ///
    /// # Errors
    ///
    /// The errors of `step`. An error is not stored: the next call runs the step again. For a step
    /// that cannot fail, write `Ok::<_, Infallible>(..)`.
    ///
    /// # Panics
    ///
    /// If this request has a step with the same name and a result of another type.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before the step has finished, the next call runs the step again
    /// from its beginning.
    ///
    /// # Examples
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

    /// Registers a callback that runs once, when the request ends, and receives the reason.
    ///
    /// You can register callbacks in any pass. They run in the order of registration. A panic in
    /// one affects neither the others nor the response. They run where the request is executed,
    /// after the last pass and the last wait, when the response is ready but not sent. The
    /// request's attributes still exist. (After a pass that panics, values that its future owns may
    /// still exist too.)
    ///
    /// Returns `false`, and does not call the callback, if the request has already ended.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicUsize, Ordering};
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, End, Outcome};
    /// static CANCELLED: AtomicUsize = AtomicUsize::new(0);
    ///
    /// async fn news(c: Continuation<String>) -> Outcome<String> {
    ///     if c.is_initial() {
    ///         c.on_end(|end| {
    ///             if end == End::Cancelled {
    ///                 CANCELLED.fetch_add(1, Ordering::Relaxed);
    ///             }
    ///         });
    ///         return Err(c.suspend("lobby", Duration::from_secs(30)));
    ///     }
    ///     Ok("something happened".into())
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
