//! Wakers for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

/// Counts how many times it is woken.
#[derive(Default)]
pub struct Counter(AtomicUsize);

impl Counter {
    pub fn woken(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Runs a function when it is woken, and another one when it is dropped.
pub struct Acting<W: Fn(), D: Fn()> {
    pub on_wake: W,
    pub on_drop: D,
}

impl<W: Fn() + Send + Sync + 'static, D: Fn() + Send + Sync + 'static> Wake for Acting<W, D> {
    fn wake(self: Arc<Self>) {
        (self.on_wake)();
    }
}

impl<W: Fn(), D: Fn()> Drop for Acting<W, D> {
    fn drop(&mut self) {
        (self.on_drop)();
    }
}

pub fn on_wake(act: impl Fn() + Send + Sync + 'static) -> Waker {
    Arc::new(Acting {
        on_wake: act,
        on_drop: || {},
    })
    .into()
}

pub fn on_drop(act: impl Fn() + Send + Sync + 'static) -> Waker {
    Arc::new(Acting {
        on_wake: || {},
        on_drop: act,
    })
    .into()
}

/// Runs a function when it is cloned. std's safe wakers cannot do that.
#[expect(
    unsafe_code,
    reason = "a waker with another `clone` is made from pointers"
)]
pub fn on_clone(act: fn()) -> Waker {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(clone, ignore, ignore, ignore);
    fn clone(act: *const ()) -> RawWaker {
        // SAFETY: a waker with this table is made only below, from such a function.
        let function = unsafe { std::mem::transmute::<*const (), fn()>(act) };
        function();
        RawWaker::new(act, &VTABLE)
    }
    fn ignore(_: *const ()) {}
    // SAFETY: the table's functions may be called from any thread, and there is nothing to release.
    unsafe { Waker::from_raw(RawWaker::new(act as *const (), &VTABLE)) }
}

pub fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(waker))
}
