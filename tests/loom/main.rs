//! Every interleaving of small models: `RUSTFLAGS="--cfg loom" cargo test --release --test loom`.
//!
//! If a wake-up is lost, a thread sleeps without end, and loom reports that. `.ci/mutants` breaks the conditions that
//! the models must notice, from the table in `tests/mutants`.
#![cfg(loom)]

mod cursors;
mod endings;
mod leaving;
mod mailbox;
mod notifies;
mod queues;
mod relay;
mod shutdown;
mod streams;
mod timers;
mod values;

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dacapo::{Answer, Continuation, Dispatch, Error, Handle, Hub, MockClock};
use futures::FutureExt;
use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use loom::thread::{self, JoinHandle};

const EVER: Duration = Duration::MAX;
const MS: Duration = Duration::from_millis(1);

/// Under the fixed secret of a model, the first two are in one shard and share their stripes. The third is in another
/// shard.
const KEY: u8 = 1;
const SAME_SHARD: u8 = 2;
const OTHER_SHARD: u8 = 0;

/// A request in progress, and the reason of its last pass.
type Request = Pin<Box<dyn Future<Output = Result<Answer<Dispatch>, Error>>>>;

fn model(test: impl Fn(Hub<u8>, MockClock) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let (hub, clock) = Hub::with_mock_clock();
        test(hub, clock);
    });
}

fn flag() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

/// Publishes, then notifies, as a user does.
fn publish(hub: &Hub<u8>, key: u8, data: &Arc<AtomicBool>) -> JoinHandle<usize> {
    let data = Arc::clone(data);
    meanwhile(hub, move |hub| {
        data.store(true, Relaxed);
        hub.notify(&key)
    })
}

/// Calls the hub in another thread.
fn meanwhile<R: 'static>(hub: &Hub<u8>, act: impl FnOnce(Hub<u8>) -> R + 'static) -> JoinHandle<R> {
    let hub = hub.clone();
    thread::spawn(move || act(hub))
}

/// The handle of a request, and what a model needs to know about it.
#[derive(Clone)]
struct Held {
    handle: Handle,
    /// Why the second pass ran, if there was one.
    second: Rc<Cell<Option<Dispatch>>>,
    /// Keeps the request's state alive. loom does not see std's `Weak`. Without this, a handle of a request that has
    /// ended would do nothing that loom sees, so loom would not try other orders for it.
    _kept: Continuation<u8>,
}

impl Deref for Held {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

/// A request that waits for these keys, for this time at most, and is answered in its second pass.
fn waiting_for(hub: &Hub<u8>, keys: &'static [u8], timeout: Duration) -> (Request, Held) {
    let told = Rc::new(RefCell::new(None));
    let (tell, second) = (Rc::clone(&told), Rc::new(Cell::new(None)));
    let tell_why = Rc::clone(&second);
    let mut request = Box::pin(hub.run(move |c| {
        let outcome = match c.dispatch() {
            Dispatch::Initial => Err(c.suspend_any(keys, timeout)),
            later => Ok(later),
        };
        tell_why.set(outcome.as_ref().ok().copied());
        tell.replace(Some(c));
        async { outcome }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    let kept: Continuation<u8> = told.take().unwrap();
    let held = Held {
        handle: kept.handle(),
        second,
        _kept: kept,
    };
    (request, held)
}

/// A request that waits for one key, for a tick at most.
fn waiting(hub: &Hub<u8>) -> (Request, Held) {
    waiting_for(hub, &[KEY], MS)
}

fn done() -> http::Response<bytes::Bytes> {
    http::Response::new("done".into())
}

fn is_completed(answer: &Result<Answer<Dispatch>, Error>) -> bool {
    matches!(answer, Ok(Answer::Completed(_)))
}
