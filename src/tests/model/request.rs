//! A request of the hub. Its handler follows a script.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake as Woke, Waker};
use std::time::Duration;

use http::Response;

use crate::execution::Execution;
use crate::execution::HandlerFn;
use crate::{Continuation, End, Handle, Hub, Suspended};

use super::state::{Answered, Passes};
use super::steps::{Ask, Key, Script, Telling, Wake};

/// A request, and everything that a test can see of it.
pub(super) struct Request {
    pub(super) id: u32,
    future: Pin<Box<dyn Future<Output = Answered>>>,
    pub(super) seen: Rc<RefCell<Seen>>,
    /// The ends that its callbacks were told.
    pub(super) ends: Arc<Mutex<Vec<End>>>,
    waker: Arc<Flag>,
    /// An earlier waker of the request.
    former: Arc<Flag>,
    /// The requests whose wakers were woken, in order.
    wakes: Wakes,
}

/// What its passes have seen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) passes: Passes,
    /// The continuation of its first pass. It keeps the request's state alive as long as the test wants.
    pub(super) continuation: Option<Continuation<Key>>,
}

pub(super) type Wakes = Arc<Mutex<Vec<u32>>>;

/// An attribute: the number of passes so far.
struct Count(usize);

impl Request {
    pub(super) fn new(id: u32, hub: &Hub<Key>, script: Script, wakes: &Wakes) -> Self {
        let (seen, ends) = (Rc::<RefCell<Seen>>::default(), Arc::default());
        let hold = script.hold;
        let handler = handler(hub.clone(), script, Rc::clone(&seen), Arc::clone(&ends));
        let mut execution = Execution::new(hub, HandlerFn::new(handler));
        if let Some(hold) = hold {
            execution = execution.max_hold(Duration::from_millis(hold));
        }
        Self {
            id,
            future: Box::pin(execution),
            seen,
            ends,
            waker: Flag::new(id, wakes),
            former: Flag::new(id, wakes),
            wakes: Arc::clone(wakes),
        }
    }

    pub(super) fn poll(&mut self, anew: bool) -> Poll<Answered> {
        if anew {
            let waker = Flag::new(self.id, &self.wakes);
            self.former = std::mem::replace(&mut self.waker, waker);
        }
        for waker in [&self.waker, &self.former] {
            waker.woken.store(false, Ordering::Relaxed);
        }
        let waker = Waker::from(Arc::clone(&self.waker));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    pub(super) fn continuation(&self) -> Continuation<Key> {
        let seen = self.seen.borrow();
        seen.continuation.clone().expect("its first pass has been")
    }

    /// Checks that the request was woken through its latest waker, and through no other.
    pub(super) fn was_woken(&self) -> bool {
        assert!(!self.former.woken.load(Ordering::Relaxed));
        assert_eq!(Arc::strong_count(&self.former), 1, "it was replaced");
        self.waker.woken.load(Ordering::Relaxed)
    }

    /// Drops the request, and checks that nothing is left of it.
    pub(super) fn end(self) -> (Continuation<Key>, Vec<End>) {
        let continuation = self.continuation();
        drop(self.future);
        assert_eq!(Arc::strong_count(&self.waker), 1, "its waker is kept");
        assert_eq!(Rc::strong_count(&self.seen), 1, "its handler is kept");
        let ends = std::mem::take(&mut *self.ends.lock().unwrap());
        (continuation, ends)
    }
}

fn handler(
    hub: Hub<Key>,
    script: Script,
    seen: Rc<RefCell<Seen>>,
    ends: Arc<Mutex<Vec<End>>>,
) -> impl FnMut(Continuation<Key>) -> std::future::Ready<Result<(), Suspended>> {
    move |c| {
        let pass = seen.borrow().passes.len();
        let value = c.value::<u8>().map(|value| *value);
        seen.borrow_mut().passes.push((c.dispatch(), value));
        if pass == 0 {
            seen.borrow_mut().continuation = Some(c.clone());
            let ends = Arc::clone(&ends);
            assert!(c.on_end(move |end| ends.lock().unwrap().push(end)));
        }
        let before = c.set_attribute(Count(pass + 1));
        assert_eq!(before.map_or(0, |count| count.0), pass);
        let turn = script.turns.get(pass);
        if let Some(telling) = turn.and_then(|turn| turn.tells) {
            tell(&hub, telling);
        }
        if let Some(wake) = turn.and_then(|turn| turn.wake) {
            assert!(self::wake(&c.handle(), wake), "while its handler runs");
        }
        let asks = turn.and_then(|turn| turn.asks.as_ref());
        std::future::ready(asks.map_or(Ok(()), |ask| Err(suspend(&c, ask))))
    }
}

fn suspend(c: &Continuation<Key>, ask: &Ask) -> Suspended {
    let timeout = Duration::from_millis(ask.timeout);
    let mut token = match &ask.keys[..] {
        [] => c.suspend_for(timeout),
        [key] => c.suspend(key, timeout),
        keys => c.suspend_any(keys, timeout),
    };
    if ask.from_now {
        token = token.timeout_from_now();
    }
    if ask.or_responds {
        token = token.or_respond(Response::default());
    }
    token.priority(ask.priority)
}

pub(super) fn tell(hub: &Hub<Key>, telling: Telling) -> usize {
    match telling {
        Telling::All(key, None) => hub.notify(&key),
        Telling::All(key, Some(value)) => hub.notify_value(&key, value),
        Telling::One(key) => hub.notify_one(&key),
        Telling::Everyone => hub.notify_every_key(Duration::ZERO),
    }
}

pub(super) fn wake(handle: &Handle, wake: Wake) -> bool {
    match wake {
        Wake::Resume(None) => handle.resume(),
        Wake::Resume(Some(value)) => handle.resume_value(value).is_ok(),
        Wake::Complete => handle.complete(Response::default()).is_ok(),
    }
}

/// A waker.
struct Flag {
    woken: AtomicBool,
    id: u32,
    wakes: Wakes,
}

impl Flag {
    fn new(id: u32, wakes: &Wakes) -> Arc<Self> {
        Arc::new(Self {
            woken: AtomicBool::new(false),
            id,
            wakes: Arc::clone(wakes),
        })
    }
}

impl Woke for Flag {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
        self.wakes.lock().unwrap().push(self.id);
    }
}
