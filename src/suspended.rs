//! The token that a handler returns to wait.

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

/// What a handler returns: an answer, or the token that suspends its request.
///
/// It is a plain `Result`, so `?` works at any depth. An `Err` is not a failure here: it means "not
/// yet", as [`std::io::ErrorKind::WouldBlock`] does.
///
/// If your application has its own error type, make the token one of its variants:
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
/// async fn news(c: Continuation<String>, room: Option<&str>) -> Result<String, AppError> {
///     let lines = room.ok_or(AppError::NoSuchRoom)?;
///     if lines.is_empty() && !c.is_expired() {
///         Err(c.suspend("room", Duration::from_secs(30)))?;
///     }
///     Ok(lines.into())
/// }
/// ```
///
/// [`Interrupt`](crate::Interrupt) lets [`Hub::run`](crate::Hub::run) find the token in such an
/// error, which then also needs a variant for [`Error`]. Where the error becomes a response, the
/// token must become that response: `Self::Suspended(token) => token.into_response()` in axum's
/// `IntoResponse`, and `Self::Suspended(token) => token.error_response()` in actix's
/// `ResponseError`.
pub type Outcome<T> = Result<T, Suspended>;

/// The token that a handler returns to wait: for which keys, and how long.
///
/// [`Continuation::suspend`](crate::Continuation::suspend),
/// [`suspend_any`](crate::Continuation::suspend_any) and
/// [`suspend_for`](crate::Continuation::suspend_for) create it. It is plain data: to create it or
/// drop it has no effect. It is valid only for the request for which it was created.
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

    /// Counts the timeout from the suspension, instead of from the request's arrival or its last
    /// expiry. The suspension begins when the handler has returned.
    ///
    /// Use this for a second stage with its own timeout: first up to 10 seconds for a free worker,
    /// then up to 30 seconds for its result. Use it also for a delay, which should not include the
    /// time in which the body arrived.
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

    /// Sets the priority of this wait, from 0 (the default) to 255 (the highest).
    ///
    /// [`notify_one`](crate::Hub::notify_one) chooses the highest priority, and among equals the
    /// request that has waited longest. [`notify`](crate::Hub::notify) wakes all requests and
    /// ignores priorities.
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

    /// Names the client of this request, for the limit
    /// [`HubBuilder::max_per_client`](crate::HubBuilder::max_per_client). Without that limit it has
    /// no effect.
    ///
    /// Use any value that distinguishes clients: the user, or better the browser tab, since a user
    /// may have several. The hub keeps only a hash of it, as long as the request is suspended.
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

    /// Answers the request with this response when the timeout expires, without another pass.
    ///
    /// If you set several responses, the last one is used. If the wait ends in another way, the
    /// response is dropped.
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

    /// Answers the request with a response that this function creates when the timeout expires,
    /// without another pass.
    ///
    /// The function runs where the request is executed, never on the timer's thread. It runs once
    /// per token, clones included. If it panics, the framework handles the panic as one of the
    /// handler.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn or_percent(c: &Continuation<u64>, job: u64, percent: fn(u64) -> String) -> Suspended {
    ///     let token = c.suspend(&job, Duration::from_secs(30));
    ///     token.or_respond_with(move || http::Response::new(percent(job).into()))
    /// }
    /// ```
    pub fn or_respond_with(
        mut self,
        response: impl FnOnce() -> Response<Bytes> + Send + 'static,
    ) -> Self {
        self.wait.on_expiry = self.wait.on_expiry.answer(response);
        self
    }

    /// Registers a callback that runs when the timeout expires, before the next pass.
    ///
    /// Callbacks run in the order of registration. A panic in one affects neither the others nor
    /// the pass. They run where the request is executed, never on the timer's thread. Each runs
    /// once per token, clones included: if you return a token again after it has expired, its
    /// callbacks do not run again.
    ///
    /// The wait is over when a callback runs, so a handle can no longer resume or complete the
    /// request or move its deadline. To answer, use [`or_respond_with`](Self::or_respond_with). To
    /// wait longer, suspend in the expired pass. The request still counts as
    /// [suspended](crate::Hub::suspended_count), unless the timeout had already expired when the
    /// wait began.
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

    /// Holds the request without another pass: the handler is not executed again.
    ///
    /// [`Hub::respond`](crate::Hub::respond) or [`Handle::complete`](crate::Handle::complete)
    /// answers the request. When the timeout expires, the response of
    /// [`or_respond`](Self::or_respond) is sent, or a 204 if there is none. The same response is
    /// sent if a notify or a resume ends the wait, so that the client asks again. A value that is
    /// sent with such a wake-up is not delivered and not counted.
    ///
    /// A notify that comes while the handler is running is not lost: one more pass runs, as always.
    ///
    /// During the wait, the handler is gone: the closure of [`Hub::run`](crate::Hub::run) is
    /// dropped with all that it owns, and so is the request that a layer keeps. What an outer
    /// handler or the framework owns is not dropped.
    ///
    /// ```
    /// # use std::{pin::pin, time::Duration};
    /// # use dacapo::{Hub, Outcome};
    /// # use futures::FutureExt;
    /// # use http::Response;
    /// let (hub, _clock) = Hub::<String>::with_mock_clock();
    /// let mut request = pin!(hub.run(async |c| -> Outcome<()> {
    ///     Err(c.suspend("goals", Duration::from_secs(30)).without_another_pass())
    /// }));
    /// assert!(request.as_mut().now_or_never().is_none());
    ///
    /// hub.respond("goals", Response::new("2:1".into())).unwrap();
    /// let answer = request.now_or_never().unwrap().unwrap();
    /// assert_eq!(answer.into_inner().unwrap_err().body(), "2:1");
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

    /// The wait, if the token was created for this request.
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

/// Prints what is wrong if the token does not reach its layer.
impl fmt::Display for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::LOST)
    }
}

impl std::error::Error for Suspended {}
