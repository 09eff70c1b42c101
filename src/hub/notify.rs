//! Ending waits from outside: by a key, or by a request's id.

use std::any::Any;
use std::borrow::Borrow;
use std::hash::Hash;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::completion::{CompleteError, Completion};
use crate::engine::{Actor, Fingerprint};
use crate::handle::deliver;
use crate::id::ContinuationId;
use crate::payload::Payload;

use super::Hub;
#[expect(unused_imports, reason = "for the documentation")]
use super::HubBuilder;
#[expect(unused_imports, reason = "for the documentation")]
use crate::continuation::Continuation;

/// # Notifying
impl<K> Hub<K> {
    /// Ends every wait for `key`, and returns how many waits ended. Each of these requests runs
    /// another pass.
    ///
    /// Make the change first, then notify. A change in a database is made when it is *committed*: a
    /// request that is woken before the commit reads the old state and waits again.
    ///
    /// The result counts waits only. A handler that is running at the time of the call, and that
    /// then suspends for `key`, may have missed the change. It is executed again, but it is not
    /// counted. So the change may reach more requests than the result says, never fewer.
    ///
    /// A result of 0 is normal. If you expected waiters, check that the layer uses this hub and
    /// that both sides build the same key.
    ///
    /// Avoid notifying a key when nothing has changed for its waiters: needless passes cost time,
    /// and a request that reaches [`max_passes`](HubBuilder::max_passes) is refused with a 503.
    ///
    /// You can call `notify` from anywhere, including a handler, a waker or a destructor: the hub
    /// holds no lock while foreign code runs.
    ///
    /// # Panics
    ///
    /// If a waker panics. All other requests are woken first, then the panic is passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// # const LONG_POLL: Duration = Duration::from_secs(30);
    /// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| {
    ///     if c.is_initial() { Err(c.suspend("news", LONG_POLL)) } else { Ok("it happened") }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.notify("news"), 1);
    /// assert_eq!(request.now_or_never().unwrap().unwrap(), "it happened");
    /// ```
    pub fn notify<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        self.notify_hashed(self.hash_of(key))
    }

    /// What [`notify_hashed`](Self::notify_hashed) takes. What is kept by key beside the hub is found
    /// with the same hash.
    pub(crate) fn hash_of<Q: Hash + ?Sized>(&self, key: &Q) -> u128 {
        self.shared.hash_of(key)
    }

    pub(crate) fn notify_hashed(&self, key: u128) -> usize {
        let key = Fingerprint::new(key);
        self.shared.waiters.notify(key, Actor::NOBODY, None)
    }

    /// Notifies `key` as [`notify`](Self::notify) does, and sends a value with it: the next pass of
    /// each waiting request reads it with [`Continuation::value`].
    ///
    /// The value is stored once and shared. Treat it as a shortcut that saves a lookup, and keep
    /// the authoritative state elsewhere. A handler that is running at the time of the call may be
    /// executed again with the value or without it. A pass that begins later does not receive it.
    ///
    /// As with `notify`, the result counts waits only, so the value can reach more requests than
    /// the result says, never fewer. Do not store the value for later because the result was 0: a
    /// request that was running may have received it, and would receive it twice.
    ///
    /// # Panics
    ///
    /// If a waker panics. All other requests are woken first, then the panic is passed on.
    ///
    /// # Examples
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
    /// assert_eq!(request.now_or_never().unwrap().unwrap(), 350);
    /// ```
    pub fn notify_value<Q, T>(&self, key: &Q, value: T) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
        T: Any + Send + Sync,
    {
        let payload = Payload::value(value);
        let key = self.shared.fingerprint(key);
        self.shared
            .waiters
            .notify(key, Actor::NOBODY, Some(&payload))
    }

    /// Ends every wait for `key` with this response, and returns how many waits ended. These
    /// requests run no further pass.
    ///
    /// Use this if all clients get the same answer: the response is stored once, its body is
    /// shared, and no handler runs. Use [`notify`](Self::notify) if the answers differ, or if a
    /// request may have to wait on.
    ///
    /// The result counts waits only. A handler that is running at the time of the call may be
    /// executed again, and then produces its own answer. So the state that it reads must already
    /// include the change, as with every `notify`. If the running pass is already such a repetition
    /// and suspends again, the request receives this response. So the response can reach more
    /// requests than the result says, never fewer. Do not store it for later because the result was
    /// 0.
    ///
    /// # Errors
    ///
    /// If the status is a 1xx, which is not final. No wait ends, and the error returns the
    /// response.
    ///
    /// # Panics
    ///
    /// If a waker panics. All other requests are woken first, then the panic is passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::{Hub, Outcome};
    /// # use futures::FutureExt;
    /// # use http::Response;
    /// # const LONG_POLL: Duration = Duration::from_secs(30);
    /// let (hub, _clock) = Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| -> Outcome<()> {
    ///     Err(c.suspend("goals", LONG_POLL))
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.respond("goals", Response::new("2:1".into())).unwrap(), 1);
    /// let answer = request.now_or_never().unwrap().unwrap();
    /// let response = answer.into_inner().unwrap_err(); // not from the handler
    /// assert_eq!(response.body(), "2:1");
    /// ```
    pub fn respond<Q>(&self, key: &Q, response: Response<Bytes>) -> Result<usize, CompleteError>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let payload = Payload::end(Completion::new(response)?);
        let key = self.shared.fingerprint(key);
        Ok(self
            .shared
            .waiters
            .notify(key, Actor::NOBODY, Some(&payload)))
    }

    /// Ends one wait for `key`, and returns how many waits ended: 1, or 0 if no request waits.
    ///
    /// Use this for work that must be done once, such as a job for one of several workers. The
    /// request with the highest [priority](crate::Suspended::priority) is chosen, and among equals
    /// the one that has waited longest.
    ///
    /// If the chosen request is dropped before its next pass has ended, the notify goes to the next
    /// waiter. A notify without a waiter is not stored. As with [`notify`](Self::notify), a handler
    /// that is running at the time of the call may be executed again without being counted. So
    /// always store the job where the handlers look for it, whether the result is 1 or 0.
    ///
    /// A request that is chosen but suspends again has used the notify, and moves to the end of the
    /// queue.
    ///
    /// # Panics
    ///
    /// If the waker panics. The wait has ended all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.notify_one("jobs"), 0, "no worker waits for a job");
    /// ```
    pub fn notify_one<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        let key = self.shared.fingerprint(key);
        self.shared.waiters.notify_one(key, None).into()
    }

    /// Notifies one waiter as [`notify_one`](Self::notify_one) does, and sends a value with it: the
    /// next pass of the chosen request reads it with [`Continuation::value`].
    ///
    /// If that request is dropped before its next pass has ended, the value goes to the next waiter
    /// together with the notify. If no other request waits at that time, the value is dropped.
    /// Store what must not be lost where the handlers look for it.
    ///
    /// # Errors
    ///
    /// If no request waits. The value is returned.
    ///
    /// # Panics
    ///
    /// If the waker panics. The value has been delivered all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// let mut worker = pin!(hub.run(async |c| match c.value::<u64>() {
    ///     Some(job) => Ok(*job),
    ///     None => Err(c.suspend("jobs", Duration::from_secs(30))),
    /// }));
    /// assert!(worker.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.notify_one_value("jobs", 7_u64), Ok(()));
    /// assert_eq!(hub.notify_one_value("jobs", 8_u64), Err(8), "no other worker waits");
    /// assert_eq!(worker.now_or_never().unwrap().unwrap(), 7);
    /// ```
    pub fn notify_one_value<Q, T>(&self, key: &Q, value: T) -> Result<(), T>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
        T: Any + Send + Sync,
    {
        let key = self.shared.fingerprint(key);
        deliver(value, |payload| {
            self.shared.waiters.notify_one(key, Some(&payload))
        })
    }

    /// [Notifies](Self::notify) several keys, one after the other, and returns how many waits
    /// ended. A request that waits for several of the keys is counted once.
    ///
    /// # Panics
    ///
    /// If a waker panics. All keys are notified first, then the panic is passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.notify_many(["lobby", "news"]), 0, "no request waits");
    /// ```
    pub fn notify_many<'k, Q>(&self, keys: impl IntoIterator<Item = &'k Q>) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'k,
    {
        let keys = keys.into_iter().map(|key| self.shared.fingerprint(key));
        self.shared.waiters.notify_many(keys)
    }

    /// Ends every wait that has a key, as if all keys were notified now. The wake-ups are spread
    /// evenly over `within`, in ticks of 1 ms, and the first one comes at once. Zero means all at
    /// once.
    ///
    /// Use this when notifies may have been missed, for example after reconnecting to a message
    /// broker. Handlers that are running now are executed again if they suspend. Waits without a
    /// key ([`suspend_for`](Continuation::suspend_for)) are not ended.
    ///
    /// If you call it again with the same time while waits are being ended, another round of all
    /// waits follows. So however often you call it, each request is executed once in `within`, and
    /// each call takes twice `within` at most.
    ///
    /// Returns how many waits ended if `within` is zero, and otherwise how many requests are
    /// suspended now.
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
    /// # use futures::FutureExt;
    /// # let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let wait = async |c: dacapo::Continuation<String>| {
    /// #     if c.is_expired() || c.is_resumed() { return Ok(c.dispatch()); }
    /// #     Err(c.suspend("lobby", Duration::from_secs(30)))
    /// # };
    /// # let mut request = pin!(hub.run(wait));
    /// # assert!(request.as_mut().now_or_never().is_none());
    /// // Connected again. Two seconds spread the load on the database.
    /// hub.notify_every_key(Duration::from_secs(2));
    /// # clock.advance(Duration::from_secs(2));
    /// # assert_eq!(request.now_or_never().unwrap().unwrap(), dacapo::Dispatch::Resumed);
    /// ```
    pub fn notify_every_key(&self, within: Duration) -> usize {
        self.shared.waiters.notify_every_key(within)
    }

    /// Resumes the request with this id, as [`Handle::resume`](crate::Handle::resume) does.
    ///
    /// Returns `false`, and changes nothing, if no held request of this hub has this id, or if its
    /// wait has already ended.
    ///
    /// # Panics
    ///
    /// If the waker of the request panics. The wait has ended all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// # let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (queue, jobs) = std::sync::mpsc::channel();
    /// # const MINUTE: Duration = Duration::from_secs(60);
    /// let mut request = pin!(hub.run(|c| {
    ///     // The path that the worker calls when the job is done.
    ///     queue.send(format!("/finished/{}", c.handle().id())).unwrap();
    ///     async move {
    ///         if c.is_resumed() { Ok("done") } else { Err(c.suspend_for(MINUTE)) }
    ///     }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// let path = jobs.recv().unwrap();
    /// let id = path.strip_prefix("/finished/").unwrap().parse().unwrap();
    /// assert!(hub.resume(id));
    /// assert_eq!(request.now_or_never().unwrap().unwrap(), "done");
    /// ```
    pub fn resume(&self, id: ContinuationId) -> bool {
        let found = self.shared.find(id);
        found.is_some_and(|request| request.wake(None))
    }

    /// Resumes the request with this id, and sends a value to its next pass, as
    /// [`Handle::resume_value`](crate::Handle::resume_value) does.
    ///
    /// # Errors
    ///
    /// If no held request of this hub has this id, or if its wait has already ended. The value is
    /// returned.
    ///
    /// # Panics
    ///
    /// If the waker of the request panics. The value has been delivered all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let id = "00112233445566778899aabbccddeeff".parse().unwrap();
    /// assert_eq!(hub.resume_value(id, "done"), Err("done"), "no request has this id");
    /// ```
    pub fn resume_value<T: Any + Send + Sync>(
        &self,
        id: ContinuationId,
        value: T,
    ) -> Result<(), T> {
        deliver(value, |payload| {
            let found = self.shared.find(id);
            found.is_some_and(|request| request.wake(Some(payload)))
        })
    }

    /// Answers the request with this id, as [`Handle::complete`](crate::Handle::complete) does.
    ///
    /// # Errors
    ///
    /// If no held request of this hub has this id, and for the reasons that
    /// [`Handle::complete`](crate::Handle::complete) lists. The error returns the response.
    ///
    /// # Panics
    ///
    /// If the waker of the request panics. It is answered all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let id = "00112233445566778899aabbccddeeff".parse().unwrap();
    /// let response = http::Response::new("approved".into());
    /// assert!(hub.complete(id, response).is_err(), "no request has this id");
    /// ```
    pub fn complete(
        &self,
        id: ContinuationId,
        response: Response<Bytes>,
    ) -> Result<(), CompleteError> {
        match self.shared.find(id) {
            Some(request) => request.complete(response),
            None => Err(CompleteError::no_request(response)),
        }
    }
}
