//! Ending waits from outside: by a key, or by an id.

use std::any::Any;
use std::borrow::Borrow;
use std::hash::Hash;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::completion::{CompleteError, Completion};
use crate::engine::Actor;
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
    /// Each request that is woken runs a pass. Avoid notifying a key when nothing has changed for its waiters: needless
    /// passes cost time, and a request that reaches [`max_passes`](HubBuilder::max_passes) is refused with a 503.
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
        self.shared.waiters.notify(key, Actor::NOBODY, None)
    }

    /// Does what [`notify`](Self::notify) does, and hands a value to each request that waits: its next pass finds it with
    /// [`Continuation::value`].
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

    /// Ends every wait for `key` with this answer, and returns how many it has ended: none of these
    /// requests gets another pass.
    ///
    /// This is the fastest way to tell many clients the same. The answer is stored once, and its body is shared. A handler
    /// that is executed again may say something else to each client, or nothing yet; if it would say the same to all of
    /// them, this spares all the passes.
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
    /// # use dacapo::{Answer, Hub, Outcome};
    /// # use futures::FutureExt;
    /// # use http::Response;
    /// let (hub, _clock) = Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| -> Outcome<()> { Err(c.suspend("goals", Duration::from_secs(30))) }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// assert_eq!(hub.respond("goals", Response::new("2:1".into())).unwrap(), 1);
    /// let Answer::Completed(response) = request.now_or_never().unwrap().unwrap() else { panic!() };
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

    /// Ends the longest wait for `key`, and returns how many it has ended: one or none.
    ///
    /// This is for work that must be done once: a job goes to one of the workers that ask for it. Waits with a higher
    /// [priority](crate::Suspended::priority) go first.
    /// If the request that was chosen goes away before its next pass has ended, the notify is passed
    /// on to the next one. A notify without a waiter is not stored, so the next pass must find the job by itself. As with [`notify`](Self::notify), a pass that runs at this moment may look again without being
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
        self.shared.waiters.notify_one(key, None).into()
    }

    /// Does what [`notify_one`](Self::notify_one) does, and hands a value to the request that is chosen: its next pass
    /// finds it with [`Continuation::value`].
    ///
    /// If that request goes away before its next pass has ended, the value is passed on with the notify. If no other
    /// request waits by then, the value is dropped. What must not be lost belongs where the handlers look for it.
    ///
    /// # Errors
    ///
    /// If no request waits. Then the value comes back.
    ///
    /// # Panics
    ///
    /// If the waker does, with its panic; the value is on its way all the same.
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
    /// assert_eq!(hub.notify_one_value("jobs", 8_u64), Err(8), "nobody asks for more");
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

    /// [Notifies](Self::notify) several keys, one after the other, and returns how many waits it has ended. A request
    /// that waits for several of them is counted once.
    ///
    /// # Panics
    ///
    /// If a waker does, with its panic; all keys have been notified by then.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// assert_eq!(hub.notify_many(["lobby", "news"]), 0, "nobody waits");
    /// ```
    pub fn notify_many<'k, Q>(&self, keys: impl IntoIterator<Item = &'k Q>) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'k,
    {
        let keys = keys.into_iter().map(|key| self.shared.fingerprint(key));
        self.shared.waiters.notify_many(keys)
    }

    /// Ends every wait for a key, as if every key had been notified now, spread evenly over this time to
    /// the tick; if it is zero, at once.
    ///
    /// Use this when notifies may have been missed, for example after reconnecting to a message broker. Passes that run
    /// now look again at once if they suspend. Waits without a key are left alone.
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
    /// # assert_eq!(request.now_or_never().unwrap().unwrap(), dacapo::Dispatch::Resumed);
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

    /// Resumes the request of this id with a value, as [`Handle::resume_value`](crate::Handle::resume_value) does.
    ///
    /// # Errors
    ///
    /// As there, and for an id that is not known here, any more or at all. The value comes back.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let id = "00112233445566778899aabbccddeeff".parse().unwrap();
    /// assert_eq!(hub.resume_value(id, "done"), Err("done"), "there is no such request");
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
            None => Err(CompleteError::no_request(response)),
        }
    }
}
