//! A plain timeout on the clock of a hub.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::engine::{Ending, WaiterRef};
use crate::error::Error;
use crate::time::Instant;

use super::Waiters;
use super::keys::Keys;
use super::registration::{Registration, Wakeup};
use super::wait::Wait;

/// Waits for a time on the clock of a hub. Made by [`Hub::sleep`](crate::Hub::sleep).
///
/// # Cancel safety
///
/// If you drop it, the hub forgets it at once.
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    waiters: Arc<Waiters>,
    due: Instant,
    outlives_shutdown: bool,
    registration: Registration,
}

impl Sleep {
    pub(crate) fn new(waiters: &Arc<Waiters>, time: Duration) -> Self {
        Self {
            waiters: Arc::clone(waiters),
            due: waiters.now().after(time),
            outlives_shutdown: false,
            registration: Registration::NONE,
        }
    }

    /// The same, but it goes on when the hub is shut down.
    pub(crate) fn outliving_shutdown(mut self) -> Self {
        self.outlives_shutdown = true;
        self
    }

    /// Registers the wait, at the first poll. Before that it costs nothing, and many are dropped unpolled.
    fn begin(&mut self, cx: &Context<'_>) -> Result<Option<Wakeup>, Error> {
        if self.outlives_shutdown {
            let waker = cx.waker().clone();
            return self
                .registration
                .watch(&self.waiters, None, self.due, waker);
        }
        let mut wait = Wait::new(Keys::None, Duration::MAX);
        // This number only selects a shard, so any well spread number will do.
        let number = self.due.as_nanos();
        let uncounted = None::<fn(WaiterRef) -> Result<bool, Error>>;
        let waker = cx.waker().clone();
        self.registration
            .begin(&self.waiters, &mut wait, self.due, number, waker, uncounted)
    }
}

impl Future for Sleep {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let wakeup = match this.registration.is_registered() {
            true => ready!(this.registration.poll(&this.waiters, cx.waker())),
            false => match this.begin(cx)? {
                Some(wakeup) => wakeup,
                None => return Poll::Pending,
            },
        };
        Poll::Ready(match wakeup.ending {
            Ending::Closed => Err(Error::ShutDown),
            Ending::Resumed | Ending::Expired { .. } => Ok(()),
        })
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        drop(self.registration.deregister(&self.waiters));
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").finish_non_exhaustive()
    }
}
