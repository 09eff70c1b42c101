//! The lines of a relay as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::Stream;

use crate::waiters::Sleep;

use super::Relay;
use super::mouth::Next;

/// The lines that a transport publishes: made by [`Relay::outgoing`].
///
/// The first line comes at once, so that the transport can prove its way with it. When a third of
/// the [`silence`](super::RelayBuilder::silence) has passed without a line, a beat comes. The stream
/// ends after [`leave`](Relay::leave), or when a newer one is made.
///
/// **Poll it all the time.** This also finds other nodes that have fallen silent, even if no line
/// arrives. Its time is that of the hub, so a test moves it with the hub's
/// [`MockClock`](crate::MockClock). It goes on when the hub is shut down, until the relay leaves.
///
/// # Cancel safety
///
/// You can drop a `next()` and call it again, and no line is lost. A line that you have taken but
/// could not publish is lost. The other nodes find that by its number.
#[must_use = "streams do nothing unless polled"]
pub struct Outgoing<K> {
    relay: Relay<K>,
    /// The number of this reader.
    reader: u64,
    timer: Option<Sleep>,
}

impl<K> Outgoing<K> {
    pub(super) fn new(relay: Relay<K>, reader: u64) -> Self {
        Self {
            relay,
            reader,
            timer: None,
        }
    }

    /// The next line, or when to look again. If there is none, the waker is kept.
    fn next_line(&self, now: Duration, cx: &Context<'_>) -> Next {
        let mouth = &self.relay.inner.mouth;
        let mut waker = None;
        let next = mouth.lock().next(self.reader, now, &mut waker);
        let Next::Later(_) = next else { return next };
        // Wakers are cloned, and the former one is dropped, where nothing is locked. A line may have come since.
        waker = Some(cx.waker().clone());
        mouth.lock().next(self.reader, now, &mut waker)
    }

    /// Waits until this time, or for a shorter time if the timer was set before. Returns whether to look again.
    fn sleep_until(&mut self, due: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let hub = self.relay.hub();
        let left = || due.saturating_sub(hub.now());
        // A node that drains its requests is not gone: it says beats until it leaves.
        let new = || hub.sleep(left()).outliving_shutdown();
        let timer = self.timer.get_or_insert_with(new);
        match Pin::new(timer).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(slept) => {
                self.timer = None;
                match slept {
                    Ok(()) => Poll::Ready(()),
                    // Without a timer there is no beat, but a line still wakes the reader.
                    Err(_) => Poll::Pending,
                }
            }
        }
    }
}

impl<K> Stream for Outgoing<K> {
    type Item = String;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        let this = self.get_mut();
        loop {
            let now = this.relay.hub().now();
            let quiet_until = this.relay.notice_silence(now);
            match this.next_line(now, cx) {
                Next::Line(line) => return Poll::Ready(Some(line)),
                Next::End => return Poll::Ready(None),
                Next::Later(beat_at) => {
                    let due = beat_at.min(quiet_until);
                    if this.sleep_until(due, cx).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl<K> Drop for Outgoing<K> {
    fn drop(&mut self) {
        let waker = self.relay.inner.mouth.lock().forget_reader(self.reader);
        drop(waker);
    }
}

impl<K> fmt::Debug for Outgoing<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outgoing").field(&self.relay).finish()
    }
}
