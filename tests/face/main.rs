//! What an application calls: its errors, answers from outside, closures that own, values that come back.

mod answers;
mod before_run;
#[cfg(all(feature = "axum", feature = "actix"))]
mod errors;
mod gives_back;
mod looking;
mod many;
mod max_hold;
mod once;
mod one_value;
mod owned;

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use dacapo::{Answer, Continuation, Error, Handle, Hub};
use futures::FutureExt;

const LONG_POLL: Duration = Duration::from_secs(30);
const MS: Duration = Duration::from_millis(1);

/// A request on its way.
type Pending<'a, T, E = Error> = Pin<Box<dyn Future<Output = Result<Answer<T>, E>> + 'a>>;

/// The answer of its handler, if it is there.
#[track_caller]
fn poll<T, E: std::fmt::Debug>(pending: &mut Pending<'_, T, E>) -> Option<T> {
    let answer = pending.as_mut().now_or_never()?.unwrap();
    Some(answer.into_inner().unwrap())
}

/// Begins a request that waits.
#[track_caller]
fn held<'a, T, E>(request: impl Future<Output = Result<Answer<T>, E>> + 'a) -> Pending<'a, T, E> {
    let mut pending: Pending<'a, T, E> = Box::pin(request);
    assert!(pending.as_mut().now_or_never().is_none(), "it waits");
    pending
}

/// A request that waits for the key 0 until it is resumed, and its handle.
fn held_with_handle(hub: &Hub<u8>) -> (Pending<'static, ()>, Handle) {
    let request = held(hub.run(|c: Continuation<u8>| {
        keep(&c);
        let outcome = match c.is_initial() {
            true => Err(c.suspend(&0, LONG_POLL)),
            false => Ok(()),
        };
        async { outcome }
    }));
    (request, handle())
}

/// Something that cannot be copied, in its own allocation.
#[derive(Debug)]
struct Parcel(Box<u32>);

impl Parcel {
    fn new(content: u32) -> Self {
        Self(Box::new(content))
    }

    fn place(&self) -> *const u32 {
        &raw const *self.0
    }
}

/// Counts what lives.
#[derive(Debug, Default)]
struct Lives(Arc<()>);

/// Lives as long as it is kept.
#[derive(Debug)]
struct Life(#[expect(dead_code, reason = "it is counted")] Arc<()>);

impl Lives {
    fn begin(&self) -> Life {
        Life(Arc::clone(&self.0))
    }

    fn now(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

thread_local! {
    static HANDLE: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

/// The handle of the request that has [kept](keep) it last.
fn handle() -> Handle {
    HANDLE
        .with_borrow(Clone::clone)
        .expect("a pass has kept it")
}

fn keep(c: &Continuation<u8>) {
    HANDLE.set(Some(c.handle()));
}
