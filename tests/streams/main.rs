//! Streams of answers: without a framework, and as event streams on each framework.

mod endings;
mod events;
mod items;
mod readers;
mod request;
mod served;
mod sockets;
mod time;

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use dacapo::stream::{Event, EventStream};
use dacapo::{Continuation, Error, Hub, Interrupt, MockClock, Outcome};
use futures::Stream;
use support::wakers::Counter;

const HOLD: Duration = Duration::from_secs(30);
const MS: Duration = Duration::from_millis(1);
const KEY: u8 = 7;

/// Numbers, one item each. A position says how many of them a reader has.
#[derive(Clone)]
struct Log {
    hub: Hub<u8>,
    numbers: Arc<Mutex<Vec<u32>>>,
    passes: Arc<AtomicUsize>,
}

impl Log {
    fn new() -> (Self, MockClock) {
        let (hub, clock) = Hub::with_mock_clock();
        (Self::of(hub), clock)
    }

    fn of(hub: Hub<u8>) -> Self {
        Self {
            hub,
            numbers: Arc::default(),
            passes: Arc::default(),
        }
    }

    fn store(&self, number: u32) {
        self.numbers.lock().unwrap().push(number);
    }

    fn post(&self, number: u32) {
        self.store(number);
        self.hub.notify(&KEY);
    }

    fn passes(&self) -> usize {
        self.passes.load(Ordering::Relaxed)
    }

    /// The next number behind a position.
    fn read(&self, seen: usize) -> Option<(u32, usize)> {
        self.passes.fetch_add(1, Ordering::Relaxed);
        let number = self.numbers.lock().unwrap().get(seen).copied();
        number.map(|number| (number, seen + 1))
    }

    fn stream_from(&self, seen: usize) -> Said {
        let log = self.clone();
        Said::of(self.hub.stream(
            seen,
            async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
                log.read(seen).ok_or_else(|| c.suspend(&KEY, HOLD))
            },
        ))
    }

    fn stream(&self) -> Said {
        self.stream_from(0)
    }
}

type Events<E> = dyn Stream<Item = Result<Event<u32, usize>, E>>;

/// A stream, and what it says.
struct Said<E = Error> {
    stream: Pin<Box<Events<E>>>,
}

impl<E: Debug> Said<E> {
    fn of(stream: impl Stream<Item = Result<Event<u32, usize>, E>> + 'static) -> Self {
        let stream = Box::pin(stream);
        Self { stream }
    }

    /// The next that it says, if it is there: `number@position`, `beat`, an error, or `end`.
    fn next(&mut self) -> Option<String> {
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&counter));
        let mut cx = Context::from_waker(&waker);
        loop {
            let woken = counter.woken();
            match self.stream.as_mut().poll_next(&mut cx) {
                Poll::Pending if counter.woken() == woken => return None,
                Poll::Pending => {}
                Poll::Ready(None) => return Some("end".to_owned()),
                Poll::Ready(Some(Err(error))) => return Some(format!("{error:?}")),
                Poll::Ready(Some(Ok(Event::Heartbeat))) => return Some("beat".to_owned()),
                Poll::Ready(Some(Ok(Event::Item { value, position }))) => {
                    return Some(format!("{value}@{position}"));
                }
            }
        }
    }

    /// All that is there to be said.
    #[track_caller]
    fn all(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(next) = self.next() {
            let is_end = next == "end";
            said.push(next);
            assert!(said.len() < 1000, "it says more and more");
            if is_end {
                break;
            }
        }
        said
    }
}

/// A stream of a closure.
fn stream<E, F>(hub: &Hub<u8>, handler: F) -> Said<E::Failure>
where
    E: Interrupt<Failure: Debug> + 'static,
    F: AsyncFnMut(Continuation<u8>, usize) -> Result<(u32, usize), E> + 'static,
{
    Said::of(hub.stream(0, handler))
}

/// Nothing of ours is in the hub any more.
fn assert_empty(hub: &Hub<u8>, clock: &MockClock) {
    assert_eq!(hub.suspended_count(), 0);
    assert_eq!(hub.notify(&KEY), 0, "nothing waits");
    assert_eq!(clock.advance(HOLD * 100), 0, "no timer is left");
}

/// A named type: it can be kept in a struct.
#[expect(dead_code, reason = "it is to compile")]
struct Kept<D>(EventStream<u8, D>);
