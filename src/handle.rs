//! Resuming and completing a request from outside its handler.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::completion::CompleteError;
use crate::id::ContinuationId;
use crate::payload::Payload;
use crate::request::RequestState;

/// Resumes or completes one request, from any thread, whatever keys it waits for.
///
/// A handle outlives the pass that made it ([`Continuation::handle`](crate::Continuation::handle)),
/// and the request, which it does not keep alive: when the request has ended, the handle does
/// nothing.
///
/// ```
/// use std::{pin::pin, time::Duration};
/// use futures::FutureExt;
///
/// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
/// let (tell, told) = std::sync::mpsc::channel();
/// let mut request = pin!(hub.run(|c| {
///     tell.send(c.handle()).unwrap();
///     async move {
///         if c.is_resumed() { Ok("the job is done") } else { Err(c.suspend_for(Duration::from_secs(30))) }
///     }
/// }));
/// assert!(request.as_mut().now_or_never().is_none());
///
/// let handle = told.recv().unwrap();
/// assert!(handle.resume());
/// assert!(!handle.resume(), "it has been resumed already");
/// assert_eq!(request.now_or_never().unwrap().unwrap(), "the job is done");
/// ```
#[derive(Clone)]
pub struct Handle {
    state: Weak<RequestState>,
    id: ContinuationId,
}

impl Handle {
    pub(crate) fn new(state: Weak<RequestState>, id: ContinuationId) -> Self {
        Self { state, id }
    }

    /// Ends the request's wait: its handler is executed again, with
    /// [`Dispatch::Resumed`](crate::Dispatch::Resumed).
    ///
    /// A handler that still runs is not disturbed: if it suspends, it is executed again at once, unless
    /// a limit or a shutdown forbids it. If it answers, the call has no effect, although it returned `true`: that is
    /// always so while an expired pass runs that gives up. Call [`complete`](Self::complete) if you must know.
    ///
    /// Returns `false`, and changes nothing, if this wait has ended already, whoever ended it, or if the request has.
    ///
    /// # Panics
    ///
    /// If the waker of the request's task does, with its panic; the wait has ended all the same. So
    /// it is with everything here that ends a wait.
    pub fn resume(&self) -> bool {
        self.with(|state| state.wake(None))
    }

    /// Does what [`resume`](Self::resume) does, and hands a value to the next pass, which finds it
    /// with [`Continuation::value`](crate::Continuation::value).
    ///
    /// `Ok` says that the value waits for the next pass. If the handler still runs, in an expired pass for example,
    /// and answers, there is no next pass and the value reaches nobody. Where it must not be lost, keep it elsewhere,
    /// or answer with [`complete`](Self::complete).
    ///
    /// # Errors
    ///
    /// If this wait has ended already, whoever ended it, or if the request has. Nothing has changed then, and the value
    /// comes back.
    ///
    /// ```
    /// # use std::{pin::pin, sync::Arc, time::Duration};
    /// # use futures::FutureExt;
    /// # let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (tell, told) = std::sync::mpsc::channel();
    /// let mut request = pin!(hub.run(|c| {
    ///     tell.send(c.handle()).unwrap();
    ///     async move {
    ///         let verdict = c.value::<bool>();
    ///         verdict.ok_or_else(|| c.suspend_for(Duration::from_secs(60)))
    ///     }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    /// let handle = told.recv().unwrap();
    /// assert_eq!(handle.resume_value(true), Ok(()));
    /// assert_eq!(handle.resume_value(false), Err(false), "it has been resumed already");
    /// assert_eq!(request.now_or_never().unwrap().unwrap(), Arc::new(true));
    /// ```
    pub fn resume_value<T: Any + Send + Sync>(&self, value: T) -> Result<(), T> {
        deliver(value, |payload| {
            self.with(|state| state.wake(Some(payload)))
        })
    }

    /// Answers the request with this response, without another pass.
    ///
    /// The response is one of the crates `http` 1 and `bytes` 1. The adapters make one of what they call a response:
    /// `dacapo::axum::answer(Json(..))`, `dacapo::actix::answer(HttpResponse::Ok().json(..))`.
    ///
    /// If the handler still runs, this response replaces whatever it returns, errors included. Only two things are
    /// stronger: a panic of the handler, which goes on to the framework, and a failure of the service inside that
    /// leaves no response.
    ///
    /// `Ok` says that the response was taken; not that it arrives, for the client may have gone. Where a layer of
    /// another hub is around the same handler, further in, it is sent when what waits there has returned.
    ///
    /// # Errors
    ///
    /// If it comes too late: the wait has ended already and its next pass has not begun, or the request has ended. And
    /// if the status is a 1xx, which is no final answer: then the request stays held. Nothing has changed either way,
    /// and the error gives the response back.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::Answer;
    /// # use futures::FutureExt;
    /// # let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (tell, told) = std::sync::mpsc::channel();
    /// let mut request = pin!(hub.run(|c| {
    ///     tell.send(c.handle()).unwrap();
    ///     async move { Err::<(), _>(c.suspend_for(Duration::from_secs(60))) }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// let handle = told.recv().unwrap();
    /// assert!(handle.complete(http::Response::new("approved".into())).is_ok());
    /// assert!(!handle.resume());
    ///
    /// let Answer::Completed(response) = request.now_or_never().unwrap().unwrap() else { panic!() };
    /// assert_eq!(response.body(), "approved");
    /// ```
    pub fn complete(&self, response: Response<Bytes>) -> Result<(), CompleteError> {
        match self.state.upgrade() {
            Some(state) => state.complete(response),
            None => Err(CompleteError::no_request(response)),
        }
    }

    /// Moves the deadline of the wait to `timeout` from now: later or sooner, at the next tick at the earliest.
    ///
    /// The new deadline applies to the request. Later waits keep it, whatever timeout they pass, so that a needless
    /// wake-up undoes nothing. It is cleared when the request expires, or suspends with
    /// [`timeout_from_now`](crate::Suspended::timeout_from_now).
    ///
    /// The [longest hold](crate::HubBuilder::max_hold) stays above it. Returns `false`, and changes nothing, if the
    /// request does not wait, or if the hub has no timer yet and the system gives it no thread.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// # let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (tell, told) = std::sync::mpsc::channel();
    /// let mut request = pin!(hub.run(|c| {
    ///     tell.send(c.handle()).unwrap();
    ///     async move { if c.is_expired() { Ok(()) } else { Err(c.suspend_for(Duration::from_secs(30))) } }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// clock.advance(Duration::from_secs(25));
    /// assert!(told.recv().unwrap().set_timeout(Duration::from_secs(30)), "the job makes progress");
    /// assert_eq!(clock.advance(Duration::from_secs(29)), 0);
    /// assert_eq!(clock.advance(Duration::from_secs(1)), 1);
    /// ```
    pub fn set_timeout(&self, timeout: Duration) -> bool {
        self.with(|state| state.set_timeout(timeout))
    }

    /// The request's attribute of type `T`, if it has one and has not ended.
    pub fn attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.state.upgrade()?.attribute()
    }

    /// Sets the request's attribute of type `T`.
    ///
    /// The next pass finds it with [`Continuation::attribute`](crate::Continuation::attribute).
    ///
    /// # Errors
    ///
    /// If the request has ended. Then the value comes back.
    ///
    /// ```
    /// # use dacapo::Handle;
    /// struct Results(Vec<String>);
    ///
    /// fn give_up(handle: &Handle, so_far: Vec<String>) -> bool {
    ///     handle.set_attribute(Results(so_far)).is_ok() && handle.resume()
    /// }
    /// ```
    pub fn set_attribute<T: Any + Send + Sync>(&self, value: T) -> Result<(), T> {
        let Some(state) = self.state.upgrade() else {
            return Err(value);
        };
        match state.set_attribute(Arc::new(value)) {
            Ok(_former) => Ok(()),
            Err(refused) => given_back(refused),
        }
    }

    /// Takes the request's attribute of type `T` away, and returns it, if it has one and has not ended.
    ///
    /// It is handed out once, even if several threads ask for it at the same time.
    ///
    /// ```
    /// # use dacapo::Handle;
    /// struct Results(Vec<String>);
    ///
    /// fn withdraw(handle: &Handle) -> bool {
    ///     handle.remove_attribute::<Results>().is_some()
    /// }
    /// ```
    pub fn remove_attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.state.upgrade()?.remove_attribute_before_end()
    }

    /// Whether the request has not ended: its handler runs, it waits, or it is about to be executed again.
    ///
    /// It may end at any moment, so this is no promise. It is for a worker that wants to skip a job whose client has
    /// gone.
    pub fn is_alive(&self) -> bool {
        self.with(|state| !state.has_ended())
    }

    fn with(&self, act: impl FnOnce(&RequestState) -> bool) -> bool {
        self.state.upgrade().is_some_and(|state| act(&state))
    }

    /// A name for the request that may leave the process: in a job for another machine, in a call to another service.
    ///
    /// [`Hub::resume`](crate::Hub::resume) and [`Hub::complete`](crate::Hub::complete) take it back. From
    /// the first call on, the hub keeps the name until the request ends, and no longer: a request is held for some
    /// minutes at most. What takes longer, such as a link in a mail, wants a key of the application's own, for which the
    /// next poll of the client waits again.
    pub fn id(&self) -> ContinuationId {
        if let Some(state) = self.state.upgrade() {
            state.publish_id();
        }
        self.id
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the id: who reads a log must not be able to resume a request.
        f.debug_struct("Handle")
            .field("is_alive", &self.is_alive())
            .finish_non_exhaustive()
    }
}

/// Sends a value on its way, or gives it back if it was not taken.
pub(crate) fn deliver<T: Any + Send + Sync>(
    value: T,
    send: impl FnOnce(Payload) -> bool,
) -> Result<(), T> {
    let value = Arc::new(value);
    match send(Payload::Value(Arc::clone(&value) as _)) {
        true => Ok(()),
        false => given_back(value),
    }
}

/// A value that has another owner has been taken after all.
fn given_back<T>(value: Arc<T>) -> Result<(), T> {
    Arc::into_inner(value).map_or(Ok(()), Err)
}
