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
            let mut waker = Some(cx.waker().clone());
            let next = this
                .relay
                .inner
                .mouth
                .lock()
                .next(this.reader, now, &mut waker);
            drop(waker);
            match next {
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

impl<K> fmt::Debug for Outgoing<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outgoing").field(&self.relay).finish()
    }
}
