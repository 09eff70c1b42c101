//! The token that a handler returns, and what it asks for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::hub::Keys;
use crate::record::Record;

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
///     if lines.is_empty() {
///         Err(c.suspend("room", Duration::from_secs(30)))?;
///     }
///     Ok(lines)
/// }
/// ```
pub type Outcome<T> = Result<T, Suspended>;

/// The token that a handler returns to be executed again: what to wait for, and how long.
///
/// Made by [`Continuation::suspend`](crate::Continuation::suspend) and its siblings. It is plain
/// data: making or dropping one does nothing. It is good for the request it was made for, and for
/// no other.
#[derive(Clone)]
#[must_use = "return it from the handler: a request is suspended by returning the token, not by making it"]
pub struct Suspended {
    record: Arc<Record>,
    wish: Wish,
}

impl Suspended {
    pub(crate) fn new(record: Arc<Record>, wish: Wish) -> Self {
        Self { record, wish }
    }

    /// Lets the timeout count from the suspension instead of from the request's arrival or its last
    /// expiry.
    ///
    /// This is for a second stage with a time of its own: first up to 10 seconds for a free worker,
    /// then up to 30 for its result. The suspension begins when the handler has returned.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Suspended};
    /// fn second_stage(c: &Continuation<u64>, job: u64) -> Suspended {
    ///     c.suspend(&job, Duration::from_secs(30)).from_now()
    /// }
    /// ```
    pub fn from_now(mut self) -> Self {
        self.wish.from_now = true;
        self
    }

    pub(crate) fn record(&self) -> &Arc<Record> {
        &self.record
    }

    pub(crate) fn wish(&self) -> &Wish {
        &self.wish
    }

    /// What it asks for, if it was made for this request.
    pub(crate) fn wish_for(self, record: &Arc<Record>) -> Result<Wish, Error> {
        if Arc::ptr_eq(&self.record, record) {
            Ok(self.wish)
        } else {
            Err(Error::Foreign)
        }
    }
}

impl fmt::Debug for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspended")
            .field("keys", &self.wish.keys.as_slice().len())
            .field("timeout", &self.wish.timeout)
            .field("from_now", &self.wish.from_now)
            .finish_non_exhaustive()
    }
}

/// What a client reads if a token becomes a response and no layer takes it.
impl fmt::Display for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this request wants to be suspended, but its `Suspended` did not reach the layer that made its \
             `Continuation`: return it from the handler that was given the continuation",
        )
    }
}

impl std::error::Error for Suspended {}

/// What a token asks for: its keys, and a timeout of which it is not known yet from when it counts.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) keys: Keys,
    pub(crate) timeout: Duration,
    pub(crate) from_now: bool,
}

impl Wish {
    pub(crate) fn new(keys: Keys, timeout: Duration) -> Self {
        Self {
            keys,
            timeout,
            from_now: false,
        }
    }
}
