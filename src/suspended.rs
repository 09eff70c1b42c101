//! The token that a handler returns, and what it asks for.

use std::fmt;
use std::hash::Hash;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use crate::error::Error;
use crate::request::RequestState;
use crate::waiters::Wait;

/// What a handler returns: an answer, or the wish to be executed again later.
///
/// It is a plain `Result`, so `?` leaves the handler from any depth. Nothing has failed when it is
/// `Err`: "not yet" is an error here as it is in [`std::io::ErrorKind::WouldBlock`].
///
/// An application with errors of its own puts the token into its error type:
///
/// ```
/// use std::time::Duration;
/// use dacapo::{Continuation, Suspended};
///
/// #[derive(Debug, thiserror::Error)]
/// enum AppError {
///     #[error(transparent)]
///     Suspended(#[from] Suspended),
///     #[error("no such room")]
///     NoSuchRoom,
/// }
///
/// async fn news(c: Continuation<String>, room: Option<Vec<String>>) -> Result<Vec<String>, AppError> {
///     let lines = room.ok_or(AppError::NoSuchRoom)?;
///     if lines.is_empty() && !c.is_expired() {
///         Err(c.suspend("room", Duration::from_secs(30)))?;
///     }
///     Ok(lines)
/// }
/// ```
///
/// When such an error becomes a response, the token must become that response itself:
/// `Self::Suspended(token) => token.into_response()` in axum's `IntoResponse`, and
/// `Self::Suspended(token) => token.error_response()` in actix's `ResponseError`.
pub type Outcome<T> = Result<T, Suspended>;

/// The token that a handler returns to be executed again: what to wait for, and how long.
///
/// Made by [`Continuation::suspend`](crate::Continuation::suspend) and its siblings. It is plain
/// data: making or dropping one does nothing. It is good for the request it was made for, and for
/// no other.
#[derive(Clone)]
#[must_use = "return it from the handler: a request is suspended by returning the token, not by making it"]
pub struct Suspended {
    state: Arc<RequestState>,
    wait: Wait,
}

impl Suspended {
    #[inline]
    pub(crate) fn new(state: Arc<RequestState>, wait: Wait) -> Self {
        Self { state, wait }
    }

    /// Lets the timeout count from the suspension instead of from the request's arrival or its last
    /// expiry.
    ///
    /// This is for a second stage with a time of its own: first up to 10 seconds for a free worker,
    /// then up to 30 for its result. And for a delay that is itself the purpose, which the time that
    /// the body took to arrive is no part of. The suspension begins when the handler has returned.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn second_stage(c: &Continuation<u64>, job: u64) -> Suspended {
    ///     c.suspend(&job, Duration::from_secs(30)).timeout_from_now()
    /// }
    /// ```
    pub fn timeout_from_now(mut self) -> Self {
        let timeout = std::mem::replace(&mut self.wait.timeout, Duration::MAX);
        self.wait.timeout_from_now.get_or_insert(timeout);
        self
    }

    /// Sets the priority of this wait: 0 by default, higher ones first.
    ///
    /// A [`notify_one`](crate::Hub::notify_one) chooses among those with the highest priority the one
    /// who has waited longest. To a [`notify`](crate::Hub::notify), which wakes everybody, it means
    /// nothing.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn queue_up(c: &Continuation<String>, is_urgent: bool) -> Suspended {
    ///     c.suspend("jobs", Duration::from_secs(30)).priority(is_urgent.into())
    /// }
    /// ```
    pub fn priority(mut self, priority: u8) -> Self {
        self.wait.priority = priority;
        self
    }

    /// Says whose request this is, for the limit that is set with
    /// [`HubBuilder::max_per_client`](crate::HubBuilder::max_per_client); without one it means nothing.
    ///
    /// A client is whatever can be told from others: the user, or better the browser's tab, for a user
    /// may have several. Like a key, it is hashed, and only the hash is kept, as long as the request is
    /// suspended.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn one_per_tab(c: &Continuation<String>, tab: &str) -> Suspended {
    ///     c.suspend("lobby", Duration::from_secs(30)).client(tab)
    /// }
    /// ```
    pub fn client<C: Hash + ?Sized>(mut self, client: &C) -> Self {
        self.wait.client = Some(self.state.hub.fingerprint(client));
        self
    }

    /// Lets the request be answered with this response when the time of this wait is up, without
    /// another pass.
    ///
    /// The last answer that is set counts. If the wait ends otherwise, it is dropped.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn or_no_content(c: &Continuation<String>) -> Suspended {
    ///     let nothing = http::Response::builder().status(204).body("".into()).unwrap();
    ///     c.suspend("lobby", Duration::from_secs(30)).or_respond(nothing)
    /// }
    /// ```
    pub fn or_respond(self, response: Response<Bytes>) -> Self {
        self.or_respond_with(|| response)
    }

    /// Lets the request be answered with a response that is made when the time of this wait is up,
    /// without another pass.
    ///
    /// It is made where the request is executed, never on the timer's thread, and once per token,
    /// copies included. If that panics, the panic goes on to the framework as one of the handler does.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn or_how_far(c: &Continuation<u64>, job: u64, progress: fn(u64) -> String) -> Suspended {
    ///     let token = c.suspend(&job, Duration::from_secs(30));
    ///     token.or_respond_with(move || http::Response::new(progress(job).into()))
    /// }
    /// ```
    pub fn or_respond_with(
        mut self,
        response: impl FnOnce() -> Response<Bytes> + Send + 'static,
    ) -> Self {
        self.wait.on_expiry = self.wait.on_expiry.answer(response);
        self
    }

    /// Has a function called when the time of this wait is up, before the pass that follows.
    ///
    /// Several are called in the order in which they were asked for; if one panics, neither the others
    /// nor the pass are concerned. They are called where the request is executed, never on the
    /// timer's thread. Each is called once per token, copies included: a token that is returned again
    /// after its expiry tells nobody.
    ///
    /// The wait is over by then, so a handle can no longer resume, complete or prolong it: to answer, use
    /// [`or_respond_with`](Self::or_respond_with); to go on waiting, suspend in the expired pass. If the
    /// wait has lasted at all, the request still counts as [suspended](crate::Hub::suspended_count); not if its
    /// time was up as it began.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn counted(c: &Continuation<String>, count: fn()) -> Suspended {
    ///     c.suspend("lobby", Duration::from_secs(30)).on_expire(count)
    /// }
    /// ```
    pub fn on_expire(mut self, listener: impl FnOnce() + Send + 'static) -> Self {
        self.wait.on_expiry = self.wait.on_expiry.tell(listener);
        self
    }

    /// Holds the request without another pass: its handler is not executed again.
    ///
    /// The request is answered by [`Hub::respond`](crate::Hub::respond) or
    /// [`Handle::complete`](crate::Handle::complete). When its time is up, its answer is that of
    /// [`or_respond`](Self::or_respond), or a 204 if there is none. Whatever else ends the wait answers with that as
    /// well, so that the client asks again: a notify of the key, a resume. A value that comes with it is not delivered,
    /// and is not counted.
    ///
    /// A notify that comes while the handler still runs is not lost: then there is one more pass, as always.
    ///
    /// While it waits, nothing is kept of the handler: the closure of [`Hub::run`](crate::Hub::run) is dropped with
    /// what was moved into it, and so is the request that a layer keeps. What an outer handler or the framework holds
    /// around it stays theirs.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::{Answer, Hub, Outcome};
    /// # use futures::FutureExt;
    /// # use http::Response;
    /// let (hub, _clock) = Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| -> Outcome<()> {
    ///     Err(c.suspend("goals", Duration::from_secs(30)).without_another_pass())
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// hub.respond("goals", Response::new("2:1".into())).unwrap();
    /// let Answer::Completed(response) = request.now_or_never().unwrap().unwrap() else { panic!() };
    /// assert_eq!(response.body(), "2:1");
    /// ```
    pub fn without_another_pass(mut self) -> Self {
        self.wait.is_hold = true;
        self
    }

    pub(crate) fn state(&self) -> &Arc<RequestState> {
        &self.state
    }

    pub(crate) fn wait(&self) -> &Wait {
        &self.wait
    }

    /// What it asks for, if it was made for this request.
    #[inline]
    pub(crate) fn into_wait(self, state: &Arc<RequestState>) -> Result<Wait, Error> {
        match Arc::ptr_eq(&self.state, state) {
            true => Ok(self.wait),
            false => Err(Error::Foreign),
        }
    }
}

// Whatever panics, nothing of ours is half done; what others have put in is theirs to judge.
impl UnwindSafe for Suspended {}
impl RefUnwindSafe for Suspended {}

impl fmt::Debug for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspended")
            .field("keys", &self.wait.keys.as_slice().len())
            .field("timeout", &self.wait.timeout)
            .field("timeout_from_now", &self.wait.timeout_from_now)
            .field("priority", &self.wait.priority)
            .finish_non_exhaustive()
    }
}

impl Suspended {
    /// What a client reads if a token becomes a response and no layer takes it.
    pub(crate) const LOST: &str = "this request wants to be suspended, but its `Suspended` did not \
         reach the `hub.run` or the layer that made its `Continuation`: return it from the handler that was given the \
         continuation, and if it is part of an error, let `Interrupt::split` return it, and make the response of the \
         token itself (`into_response`, `error_response`)";
}

/// What is wrong if no layer takes it.
impl fmt::Display for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::LOST)
    }
}

impl std::error::Error for Suspended {}
