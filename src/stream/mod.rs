//! A closure's answers as a stream, and as an event stream over HTTP (server-sent events).
//!
//! [`Hub::stream`] makes an [`EventStream`], which any runtime can poll. `dacapo::axum::sse` and `dacapo::actix::sse`
//! make a response of it; [`encode()`] is for other frameworks. The browser's side is three lines:
//!
//! ```js
//! const lines = new EventSource("/lines?lastEventId=0")
//! lines.onmessage = event => show(event.data)
//! // after a lost connection it comes back by itself, with the header `Last-Event-ID`
//! ```
//!
//! Suspend with a timeout of 15 to 30 seconds. It is the time between two heartbeats, and many
//! proxies close a connection on which nothing was sent for 60 seconds.
//!
//! ```
//! use std::time::Duration;
//! use dacapo::stream::Event;
//! use dacapo::{Continuation, Hub, Outcome};
//! use futures::{Stream, StreamExt};
//!
//! const HEARTBEAT: Duration = Duration::from_secs(15);
//!
//! /// The lines of the lobby after the one that the reader has.
//! fn lines(
//!     hub: &Hub<String>,
//!     seen: u64,
//!     line_after: fn(u64) -> Option<(String, u64)>,
//! ) -> impl Stream<Item = Result<Event<String, u64>, dacapo::Error>> + Send + use<> {
//!     hub.stream(seen, async move |c: Continuation<String>, seen: u64| -> Outcome<_> {
//!         line_after(seen).ok_or_else(|| c.suspend("lobby", HEARTBEAT))
//!     })
//! }
//!
//! # futures::executor::block_on(async {
//! # let hub = Hub::new();
//! let two_lines = |seen| (seen < 2).then(|| (format!("line {seen}"), seen + 1));
//! let mut lines = std::pin::pin!(lines(&hub, 1, two_lines));
//! let last = Event::Item { value: "line 1".to_owned(), position: 2 };
//! assert_eq!(lines.next().await.unwrap().unwrap(), last);
//! # });
//! ```

mod encode;
mod event;
mod position;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::stream::{FusedStream, Stream};

use crate::answer::Answer;
use crate::continuation::Continuation;
use crate::driver::Dispatcher;
use crate::execution::{Execution, LendingHandlerFn, Next, Series};
use crate::hub::Hub;
use crate::interrupt::Interrupt;
use crate::request::Kind;

pub use encode::{BoxError, EventText, encode};
pub use event::{Event, Message};
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) use position::HEADER;
pub use position::LastEventId;

/// The answers of a closure, one after another: made by [`Hub::stream`].
///
/// It is a [`Stream`] of `Result<Event<T, P>, E>`, and needs no framework and no runtime.
/// `dacapo::axum::sse` and `dacapo::actix::sse` send it as server-sent events.
///
/// # One request
///
/// To the hub, a stream is one request, from the call of [`Hub::stream`] until it ends.
/// [`Stats`](crate::Stats) counts it once, [`on_end`](Continuation::on_end) is called once, and its
/// attributes and the steps of [`once`](Continuation::once) last as long as it does. `Stats` counts
/// each of its passes, so streams raise [`passes_per_answer`](crate::Stats::passes_per_answer).
///
/// The first pass is `Initial`, and each pass after an item is `Resumed`. No pass is `Expired`.
///
/// | | of a request | of a stream |
/// |---|---|---|
/// | a timeout counts from | the arrival, or the last expiry | the last item, or the last heartbeat |
/// | at its end | a pass that is `Expired` | [`Event::Heartbeat`], without a pass |
/// | [`max_passes`](crate::HubBuilder::max_passes) | passes of the request | passes since the last item or heartbeat |
/// | the longest hold | [`HubBuilder::max_hold`](crate::HubBuilder::max_hold) | none, unless [`max_hold`](Self::max_hold) sets it |
///
/// After a heartbeat, the stream waits for the same keys again. A notify in between leads to a pass
/// at once. (If very many other keys were notified since the last pass, one pass may be needless.) A
/// timeout of zero is one heartbeat, and then a wait without an end. The functions of
/// [`on_expire`](crate::Suspended::on_expire) are called at the first heartbeat of a wait.
///
/// # How it ends
///
/// | why | what the stream yields | [`End`](crate::End) |
/// |---|---|---|
/// | the closure fails | the error, then `None` | `Answered` |
/// | a limit refuses the wait | the [`Error`](crate::Error) as the closure's failure, then `None` | `Refused` |
/// | the hub is shut down, or [`max_hold`](Self::max_hold) is over | `None` | `Refused` |
/// | a response from outside: `complete`, `respond`, `or_respond` | `None`; the response is dropped | `Completed` |
/// | the closure panics | the panic, then `None` | `Panicked` |
/// | it is dropped | | `Cancelled` |
///
/// An item from before a shutdown or a response from outside is still yielded. If your queue has a
/// gap, return an error from the closure. That ends the stream, and the client connects again and
/// reads what there is.
///
/// # A slow reader
///
/// The pass after an item runs when the stream is polled for the next item. So one item is in
/// memory, and what the connection buffers.
///
/// # Cancel safety
///
/// Dropping the stream ends its request at once: its waiter, its timer and its attributes are
/// removed. You can drop a `next()` and call it again, and no item is lost.
#[must_use = "streams do nothing unless polled"]
pub struct EventStream<K, D> {
    execution: Execution<K, D>,
    series: Series,
}

/// # Streams
impl<K> Hub<K> {
    /// Executes a closure again after each of its answers, and returns the answers as a stream.
    ///
    /// The closure gets a [`Continuation`] and a position: the reader has everything up to it. It
    /// returns a value and the position after that value, with which the next pass is called. Or it
    /// suspends. A position is what your application counts with: the number of a row, an offset, a
    /// [`Cursor`](crate::Cursor). A reader that connects again sends its last position, and misses
    /// nothing.
    ///
    /// No notify is lost between two items: the pass after an item begins before the closure reads
    /// anything, so it sees every notify since the last pass.
    ///
    /// One closure serves a long poll and a stream:
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use std::time::Duration;
    /// use dacapo::stream::Event;
    /// use dacapo::{Continuation, Hub, Outcome};
    /// use futures::StreamExt;
    ///
    /// type Lines = Arc<Mutex<Vec<&'static str>>>;
    ///
    /// /// The lines of a room after a position, and the position after them.
    /// fn news(lines: Lines) -> impl AsyncFnMut(Continuation<String>, usize) -> Outcome<(String, usize)> {
    ///     async move |c: Continuation<String>, seen: usize| -> Outcome<_> {
    ///         let lines = lines.lock().unwrap();
    ///         if lines.len() == seen && !c.is_expired() { // only a poll expires
    ///             return Err(c.suspend("lobby", Duration::from_secs(30)));
    ///         }
    ///         Ok((lines[seen..].join(","), lines.len()))
    ///     }
    /// }
    ///
    /// # futures::executor::block_on(async {
    /// let (hub, clock) = Hub::<String>::with_mock_clock();
    /// let lines = Lines::default();
    /// lines.lock().unwrap().push("hello");
    ///
    /// // a long poll: one answer
    /// let mut handler = news(lines.clone());
    /// let poll = hub.run_owned(async move |c| handler(c, 0).await);
    /// assert_eq!(poll.await.unwrap(), ("hello".to_owned(), 1));
    ///
    /// // a stream: one answer after another
    /// let mut stream = hub.stream(0, news(lines.clone()));
    /// let first = Event::Item { value: "hello".to_owned(), position: 1 };
    /// assert_eq!(stream.next().await.unwrap().unwrap(), first);
    ///
    /// assert!(futures::poll!(stream.next()).is_pending());
    /// clock.advance(Duration::from_secs(30));
    /// assert_eq!(stream.next().await.unwrap().unwrap(), Event::Heartbeat);
    ///
    /// lines.lock().unwrap().push("bye");
    /// hub.notify("lobby");
    /// let second = Event::Item { value: "bye".to_owned(), position: 2 };
    /// assert_eq!(stream.next().await.unwrap().unwrap(), second);
    /// # });
    /// ```
    ///
    /// The closure owns what it needs, as with [`run_owned`](Self::run_owned), because a stream
    /// outlives the handler that returns it. Check permissions in the closure: an error ends the
    /// stream. [`EventStream`] describes timeouts, limits and how a stream ends.
    #[expect(clippy::type_complexity, reason = "what cannot be named has no alias")]
    pub fn stream<T, P, E, F>(
        &self,
        position: P,
        handler: F,
    ) -> EventStream<
        K,
        impl Dispatcher<K, Answer = Result<Answer<(T, P)>, E::Failure>> + Unpin + use<K, T, P, E, F>,
    >
    where
        P: Clone,
        F: AsyncFnMut(Continuation<K>, P) -> Result<(T, P), E>,
        E: Interrupt,
    {
        let lend = async |(mut handler, position): (F, P), continuation| {
            let outcome = handler(continuation, position.clone()).await;
            let position = match &outcome {
                Ok((_, next)) => next.clone(),
                Err(_) => position,
            };
            ((handler, position), outcome)
        };
        let dispatcher = LendingHandlerFn::new((handler, position), lend);
        EventStream {
            execution: Execution::arrive(self.shared(), dispatcher, Kind::Stream)
                .max_hold(Duration::MAX),
            series: Series::default(),
        }
    }
}

impl<K, D> EventStream<K, D> {
    /// Sets how long the stream can last in all, from the call of [`Hub::stream`]. By default it
    /// lasts as long as its reader stays. Call it before the first poll.
    ///
    /// After that time, the stream ends with `None`, and the reader connects again. So clients move
    /// to other servers, and a session that has ended is noticed.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use dacapo::{Continuation, Hub, Outcome};
    /// # let hub = Hub::<String>::new();
    /// let news = async move |c: Continuation<String>, seen: u64| -> Outcome<((), u64)> {
    ///     Err(c.suspend("news", Duration::from_secs(15)))
    /// };
    /// let stream = hub.stream(0, news).max_hold(Duration::from_secs(3600));
    /// # drop(stream);
    /// ```
    pub fn max_hold(mut self, limit: Duration) -> Self {
        self.execution = self.execution.max_hold(limit);
        self
    }
}

impl<K, D, T, P, E> Stream for EventStream<K, D>
where
    D: Dispatcher<K, Answer = Result<Answer<(T, P)>, E>> + Unpin,
{
    type Item = Result<Event<T, P>, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { execution, series } = self.get_mut();
        let next = ready!(execution.poll_next(series, cx));
        Poll::Ready(next.map(|next| {
            next.map(|next| match next {
                Next::Answer((value, position)) => Event::Item { value, position },
                Next::Expired => Event::Heartbeat,
            })
        }))
    }
}

impl<K, D, T, P, E> FusedStream for EventStream<K, D>
where
    D: Dispatcher<K, Answer = Result<Answer<(T, P)>, E>> + Unpin,
{
    fn is_terminated(&self) -> bool {
        futures::future::FusedFuture::is_terminated(&self.execution)
    }
}

impl<K, D> fmt::Debug for EventStream<K, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventStream").field(&self.execution).finish()
    }
}
