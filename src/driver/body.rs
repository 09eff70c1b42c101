//! Reading a request's body before its first pass.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::engine::{Ending, Entry};
use crate::error::{Error, plain};
use crate::hub::{Begun, Hub, Keys, Registration, Shared, Sleep};

/// Why a body was not read. No handler sees it: there has been no pass yet.
///
/// ```
/// use dacapo::driver::BodyError;
///
/// assert_eq!(BodyError::TooLarge.response().status(), 413);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is larger than the adapter allows, or than another layer does.
    #[error("the body of this request is larger than this server takes")]
    TooLarge,

    /// It has not arrived in time.
    #[error("the body of this request has not arrived in time")]
    TooSlow,

    /// It has ended before its time, or cannot be understood.
    #[error("the body of this request could not be read")]
    Broken,

    /// The hub refused to wait for it: it is shut down, or has no timer.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl BodyError {
    /// The status that says so to a client: 413, 408, 400, or that of the [`Error`].
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::Refused(error) => error.status(),
        }
    }

    /// The response that says so to a client.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        match self {
            Self::Refused(error) => error.response(),
            _ => plain(self.status(), self.to_string()),
        }
    }
}

/// Reads a body, as long as the time for it lasts: the adapter's future, with an end.
///
/// The wait is no suspension: it does not count, and no notify concerns it. A shutdown of the hub
/// ends it.
///
/// ```
/// use std::time::Duration;
/// use dacapo::driver::{BodyError, ReadBody};
/// use futures::FutureExt;
///
/// let (hub, clock) = dacapo::Hub::<String>::with_mock_clock();
/// let never_arrives = Box::pin(std::future::pending());
/// let mut body = ReadBody::new(&hub, Duration::from_secs(10), never_arrives);
/// assert!((&mut body).now_or_never().is_none());
/// clock.advance(Duration::from_secs(10));
/// assert_eq!(body.now_or_never(), Some(Err(BodyError::TooSlow)));
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct ReadBody<F: ?Sized> {
    read: Pin<Box<F>>,
    deadline: Deadline,
}

impl<F: Future<Output = Result<Bytes, BodyError>> + ?Sized> ReadBody<F> {
    /// Begins to read; `timeout` counts from now.
    pub fn new<K>(hub: &Hub<K>, timeout: Duration, read: Pin<Box<F>>) -> Self {
        Self {
            read,
            deadline: Deadline::after(hub.shared(), timeout),
        }
    }
}

impl<F: Future<Output = Result<Bytes, BodyError>> + ?Sized> Future for ReadBody<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.read.as_mut().poll(cx) {
            Poll::Ready(read) => Poll::Ready(read),
            Poll::Pending => {
                ready!(self.deadline.poll(cx))?;
                Poll::Ready(Err(BodyError::TooSlow))
            }
        }
    }
}

impl<F: ?Sized> fmt::Debug for ReadBody<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBody").finish_non_exhaustive()
    }
}

/// A moment on a hub's clock.
struct Deadline {
    hub: Arc<Shared>,
    due: Option<Duration>,
    registration: Registration,
    /// It waits from the first poll on: most bodies have arrived before anyone asks for the time.
    waits: bool,
}

impl Deadline {
    fn after(hub: &Arc<Shared>, time: Duration) -> Self {
        Self {
            hub: Arc::clone(hub),
            due: hub.now().checked_add(time),
            registration: Registration::NONE,
            waits: false,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let ending = match self.waits {
            true => ready!(self.registration.poll(&self.hub, cx.waker())).ending,
            false => match self.begin(cx)? {
                Begun::Over(ending) => ending,
                Begun::Asleep(_) | Begun::InDoubt => {
                    self.waits = true;
                    return Poll::Pending;
                }
            },
        };
        Poll::Ready(match ending {
            Ending::Closed => Err(Error::ShutDown),
            Ending::Resumed | Ending::Expired { .. } => Ok(()),
        })
    }

    fn begin(&mut self, cx: &Context<'_>) -> Result<Begun, Error> {
        let entry = Entry {
            start: 0,
            priority: 0,
        };
        let sleep = Sleep {
            waker: cx.waker().clone(),
            due: self.due,
            request: None,
        };
        let number = self.due.map_or(0, |due| due.subsec_nanos().into());
        self.registration
            .begin(&self.hub, Keys::None, entry, number, sleep)
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        drop(self.registration.dissolve(&self.hub));
    }
}
