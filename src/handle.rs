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

/// Resumes or completes one request from any thread, whether or not it waits for a key.
///
/// [`Continuation::handle`](crate::Continuation::handle) creates it. A handle outlives the pass and
/// the request, and does not keep the request alive: after the request has ended, the handle has no
/// effect.
///
/// ```
/// use std::{pin::pin, time::Duration};
/// use futures::FutureExt;
///
/// const HOLD: Duration = Duration::from_secs(30);
///
/// let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
/// let (sender, handles) = std::sync::mpsc::channel();
/// let mut request = pin!(hub.run(|c| {
///     sender.send(c.handle()).unwrap();
///     async move {
///         if c.is_resumed() { Ok("done") } else { Err(c.suspend_for(HOLD)) }
///     }
/// }));
/// assert!(request.as_mut().now_or_never().is_none());
///
/// let handle = handles.recv().unwrap();
/// assert!(handle.resume());
/// assert!(!handle.resume(), "it is already resumed");
/// assert_eq!(request.now_or_never().unwrap().unwrap(), "done");
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

    /// Ends the request's wait: the handler is executed again, with
    /// [`Dispatch::Resumed`](crate::Dispatch::Resumed).
    ///
    /// If the handler is still running, it is not interrupted. If it then suspends, it is executed
    /// again at once, unless a limit or a shutdown forbids it. If it answers, the call has no
    /// effect although it returned `true`. To be certain, call [`complete`](Self::complete).
    ///
    /// Returns `false`, and changes nothing, if this wait or the request has already ended.
    ///
    /// # Panics
    ///
    /// If the waker of the request's task panics. The wait has ended all the same. This applies to
    /// all methods of this type that end a wait.
    ///
    /// # Examples
    ///
    /// ```
    /// # use dacapo::Handle;
    /// fn job_finished(handle: &Handle) -> bool { handle.resume() }
    /// ```
    pub fn resume(&self) -> bool {
        self.with(|state| state.wake(None))
    }

    /// Resumes the request as [`resume`](Self::resume) does, and sends a value to the next pass,
    /// which reads it with [`Continuation::value`](crate::Continuation::value).
    ///
    /// `Ok` means that the value waits for the next pass. If the handler is still running and then
    /// answers, there is no next pass and the value is dropped. If it must not be lost, keep it
    /// elsewhere too, or answer with [`complete`](Self::complete).
    ///
    /// # Errors
    ///
    /// If this wait or the request has already ended. Nothing changes, and the value is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, sync::Arc, time::Duration};
    /// # use futures::FutureExt;
    /// # let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (sender, handles) = std::sync::mpsc::channel();
    /// let mut request = pin!(hub.run(|c| {
    ///     sender.send(c.handle()).unwrap();
    ///     async move {
    ///         let approved = c.value::<bool>();
    ///         approved.ok_or_else(|| c.suspend_for(Duration::from_secs(60)))
    ///     }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    /// let handle = handles.recv().unwrap();
    /// assert_eq!(handle.resume_value(true), Ok(()));
    /// assert_eq!(handle.resume_value(false), Err(false), "it is already resumed");
    /// assert_eq!(request.now_or_never().unwrap().unwrap(), Arc::new(true));
    /// ```
    pub fn resume_value<T: Any + Send + Sync>(&self, value: T) -> Result<(), T> {
        deliver(value, |payload| {
            self.with(|state| state.wake(Some(payload)))
        })
    }

    /// Answers the request with this response, without another pass.
    ///
    /// The response is built from the crates `http` 1 and `bytes` 1. The adapters convert their
    /// frameworks' responses: `dacapo::axum::answer(Json(..))`,
    /// `dacapo::actix::answer(HttpResponse::Ok().json(..))`.
    ///
    /// If the handler is still running, this response replaces its result, errors
    /// included. It does not replace a panic of the handler, nor an error of the service inside the
    /// layer.
    ///
    /// `Ok` means that the response was accepted. The client may still disconnect before it
    /// arrives. If a layer of another hub is around the same handler, further inside, the response
    /// is sent when the wait inside has ended.
    ///
    /// # Errors
    ///
    /// * [`TooLate`](CompleteError::TooLate) if the wait has already ended and its next pass has
    ///   not begun, or if the request has ended.
    /// * [`Interim`](CompleteError::Interim) if the status is a 1xx, which is not final.
    ///
    /// Nothing changes in either case, and the error returns the response.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::Outcome;
    /// # use futures::FutureExt;
    /// # let (hub, _clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (sender, handles) = std::sync::mpsc::channel();
    /// let mut request = pin!(hub.run(|c| {
    ///     sender.send(c.handle()).unwrap();
    ///     async move { Outcome::<()>::Err(c.suspend_for(Duration::from_secs(60))) }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// let handle = handles.recv().unwrap();
    /// assert!(handle.complete(http::Response::new("approved".into())).is_ok());
    /// assert!(!handle.resume());
    ///
    /// let answer = request.now_or_never().unwrap().unwrap();
    /// assert_eq!(answer.into_inner().unwrap_err().body(), "approved");
    /// ```
    pub fn complete(&self, response: Response<Bytes>) -> Result<(), CompleteError> {
        match self.state.upgrade() {
            Some(state) => state.complete(response),
            None => Err(CompleteError::no_request(response)),
        }
    }

    /// Moves the deadline of the current wait to `timeout` from now, later or sooner. The earliest
    /// possible deadline is the next tick.
    ///
    /// The new deadline applies to the request: later waits keep it, whichever timeout they pass.
    /// It is cleared when the request expires, or suspends with
    /// [`timeout_from_now`](crate::Suspended::timeout_from_now). The [longest
    /// hold](crate::HubBuilder::max_hold) still applies.
    ///
    /// Returns `false`, and changes nothing, if the request does not wait, or if the hub has no
    /// timer yet and the system has no thread for it.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use futures::FutureExt;
    /// # const HOLD: Duration = Duration::from_secs(30);
    /// # let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
    /// # let (sender, handles) = std::sync::mpsc::channel();
    /// let mut request = pin!(hub.run(|c| {
    ///     sender.send(c.handle()).unwrap();
    ///     async move { if c.is_expired() { Ok(()) } else { Err(c.suspend_for(HOLD)) } }
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// clock.advance(Duration::from_secs(25));
    /// assert!(handles.recv().unwrap().set_timeout(HOLD), "the job makes progress");
    /// assert_eq!(clock.advance(Duration::from_secs(29)), 0);
    /// assert_eq!(clock.advance(Duration::from_secs(1)), 1);
    /// ```
    pub fn set_timeout(&self, timeout: Duration) -> bool {
        self.with(|state| state.set_timeout(timeout))
    }

    /// Returns the request's attribute of type `T`. Returns `None` if there is none, or if the
    /// request has ended.
    ///
    /// ```
    /// # use dacapo::Handle;
    /// struct Progress(u8);
    ///
    /// fn progress(handle: &Handle) -> u8 { handle.attribute::<Progress>().map_or(0, |p| p.0) }
    /// ```
    pub fn attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.state.upgrade()?.attribute()
    }

    /// Sets the request's attribute of type `T`. The next pass reads it with
    /// [`Continuation::attribute`](crate::Continuation::attribute).
    ///
    /// # Errors
    ///
    /// If the request has ended. The value is returned.
    ///
    /// # Examples
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

    /// Removes the request's attribute of type `T`, and returns it. Returns `None` if there is
    /// none, or if the request has ended.
    ///
    /// If several threads call this at the same time, one of them gets the attribute.
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

    /// Returns whether the request has not ended: its handler is running, or it waits, or it is
    /// about to be executed again.
    ///
    /// The request may end right after the call. Use this to skip a job whose client has
    /// disconnected.
    ///
    /// ```
    /// # use dacapo::Handle;
    /// fn work(handle: &Handle, job: impl FnOnce()) { if handle.is_alive() { job() } }
    /// ```
    pub fn is_alive(&self) -> bool {
        self.with(|state| !state.has_ended())
    }

    fn with(&self, act: impl FnOnce(&RequestState) -> bool) -> bool {
        self.state.upgrade().is_some_and(|state| act(&state))
    }

    /// Returns an id of the request that can leave the process: in a job for another machine, in a
    /// call to another service. [`Hub::resume`](crate::Hub::resume),
    /// [`resume_value`](crate::Hub::resume_value) and [`complete`](crate::Hub::complete) take it.
    ///
    /// From the first call on, the hub keeps the id until the request ends. Requests are held for
    /// minutes at most: for something that takes longer, such as a link in an e-mail, use a key of
    /// your application, for which the client's next poll waits again.
    ///
    /// ```
    /// # use dacapo::Handle;
    /// fn path(handle: &Handle) -> String { format!("/done/{}", handle.id()) }
    /// ```
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
