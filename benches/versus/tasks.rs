//! Requests that are tokio tasks, as in a server.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;

use support::contenders::{Contender, Poll};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A runtime with this number of threads.
pub(crate) fn runtime(threads: usize) -> Runtime {
    let runtime = match threads {
        1 => Builder::new_current_thread().enable_all().build(),
        _ => Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build(),
    };
    runtime.expect("a runtime")
}

/// Spawns a task for each poll. The task enters when it is held, and leaves at its end.
pub(crate) fn spawn(
    runtime: &Runtime,
    contender: &impl Contender,
    polls: Vec<Poll>,
    doors: &Arc<Doors>,
) -> Vec<JoinHandle<()>> {
    let visit = |poll| runtime.spawn(visit(contender.hold(poll), Arc::clone(doors)));
    polls.into_iter().map(visit).collect()
}

/// A waker of a task that lives as long as its runtime.
pub(crate) fn waker(runtime: &Runtime) -> Waker {
    let (give, taken) = std::sync::mpsc::channel();
    runtime.spawn(poll_fn(move |cx| {
        let _ = give.send(cx.waker().clone());
        std::task::Poll::<()>::Pending
    }));
    runtime.block_on(tokio::task::yield_now());
    taken.recv().expect("the task has been polled")
}

async fn visit<A>(request: impl Future<Output = A>, doors: Arc<Doors>) {
    let _on_its_way = OnItsWay(&doors);
    let (mut request, mut is_held) = (pin!(request), false);
    let answered = poll_fn(|cx| {
        let polled = request.as_mut().poll(cx);
        if polled.is_pending() && !std::mem::replace(&mut is_held, true) {
            doors.enter(cx.waker());
        }
        polled
    });
    answered.await;
}

/// All tasks enter here, and leave here.
pub(crate) struct Doors {
    pub(crate) entry: Door,
    pub(crate) exit: Door,
    wakers: Mutex<Vec<Waker>>,
}

impl Doors {
    pub(crate) fn new(tasks: usize) -> Arc<Self> {
        let [entry, exit] = [(); 2].map(|()| Door::new(tasks));
        let wakers = Mutex::new(Vec::with_capacity(tasks));
        Arc::new(Self {
            entry,
            exit,
            wakers,
        })
    }

    fn enter(&self, waker: &Waker) {
        self.wakers().push(waker.clone());
        self.entry.pass();
    }

    /// The wakers of all tasks that have entered, in that order.
    pub(crate) fn take_wakers(&self) -> Vec<Waker> {
        std::mem::take(&mut *self.wakers())
    }

    fn wakers(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.wakers
            .lock()
            .expect("no thread panics under this lock")
    }
}

/// Leaves when the task has its answer or is dropped.
struct OnItsWay<'a>(&'a Doors);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.exit.pass();
    }
}

/// Closes when the last task has left.
pub(crate) struct Door {
    missing: AtomicUsize,
    closed: Notify,
}

impl Door {
    fn new(tasks: usize) -> Self {
        Self {
            missing: AtomicUsize::new(tasks),
            closed: Notify::new(),
        }
    }

    fn pass(&self) {
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.closed.notify_one();
        }
    }

    pub(crate) async fn closed(&self) {
        self.closed.notified().await;
    }
}
