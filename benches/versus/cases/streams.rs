//! Streams of items to many readers of one key, beside tokio's broadcast channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use dacapo::stream::Event;
use dacapo::{Continuation, Hub, Outcome};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use tokio::sync::broadcast::{self, Sender};

use crate::case::each;

/// `item`: an item is published, and each reader takes it and waits for the next one.
pub(crate) fn rows() -> Vec<String> {
    vec!["streams-item".to_owned()]
}

/// What both do.
pub(crate) trait Publisher {
    fn new() -> Self;

    /// A stream of the items from now on.
    fn subscribe(&self) -> BoxStream<'static, u64>;

    fn publish(&self, item: u64);
}

pub(crate) fn prepare<P: Publisher + 'static>() -> Box<dyn FnMut() -> Vec<f64>> {
    let publisher = P::new();
    let mut readers: Vec<_> = (0..READERS).map(|_| publisher.subscribe()).collect();
    readers
        .iter_mut()
        .for_each(|reader| assert!(next(reader).is_none()));
    let mut item = 0;
    Box::new(move || {
        let (took, ()) = each(READERS * ITEMS, || {
            for _ in 0..ITEMS {
                item += 1;
                publisher.publish(item);
                for reader in &mut readers {
                    assert_eq!(next(reader), Some(item));
                    assert_eq!(next(reader), None);
                }
            }
        });
        vec![took]
    })
}

/// The next item, if there is one. As a task would, it polls once more if the stream asks for that.
fn next(reader: &mut (impl Stream<Item = u64> + Unpin)) -> Option<u64> {
    let mut cx = Context::from_waker(Waker::noop());
    match reader.poll_next_unpin(&mut cx) {
        Poll::Ready(item) => item,
        Poll::Pending => None,
    }
}

/// The streams of this crate. The closure looks up the latest item.
pub(crate) struct OurStreams {
    hub: Hub<u64>,
    latest: Arc<AtomicU64>,
}

impl Publisher for OurStreams {
    fn new() -> Self {
        let (hub, latest) = (Hub::new(), Arc::default());
        Self { hub, latest }
    }

    fn subscribe(&self) -> BoxStream<'static, u64> {
        let latest = Arc::clone(&self.latest);
        let news = async move |c: Continuation<u64>, seen: u64| -> Outcome<_> {
            let latest = latest.load(Ordering::Relaxed);
            match latest > seen {
                true => Ok((latest, latest)),
                false => Err(c.suspend(&KEY, HEARTBEAT)),
            }
        };
        let items = self.hub.stream(0, news);
        let item =
            async |event: Result<Event<u64, u64>, dacapo::Error>| Some(event.ok()?.into_item()?.0);
        items.filter_map(item).boxed()
    }

    fn publish(&self, item: u64) {
        self.latest.store(item, Ordering::Relaxed);
        self.hub.notify(&KEY);
    }
}

/// By hand: a receiver for each reader, which waits with a timeout for the next heartbeat.
pub(crate) struct Broadcast(Sender<u64>);

impl Publisher for Broadcast {
    fn new() -> Self {
        Self(broadcast::channel(256).0)
    }

    fn subscribe(&self) -> BoxStream<'static, u64> {
        let items = stream::unfold(self.0.subscribe(), async |mut receiver| {
            let next = tokio::time::timeout(HEARTBEAT, receiver.recv()).await;
            Some((next.ok().and_then(Result::ok), receiver))
        });
        items.filter_map(async |item| item).boxed()
    }

    fn publish(&self, item: u64) {
        self.0.send(item).expect("there are readers");
    }
}

const KEY: u64 = 7;
const HEARTBEAT: Duration = Duration::from_secs(15);
const READERS: usize = 1000;

/// Items in a round.
const ITEMS: usize = 20;
