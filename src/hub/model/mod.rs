//! The hub against a model that does the same in one list, slowly.

mod steps;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use http::Response;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{Completion, Dispatch, Error, Handle, Hub, MockClock};

use steps::{Key, Script, Step, step};

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn the_hub_agrees_with_the_model(steps in vec(step(), 1..80)) {
        let mut world = World::new();
        for step in steps {
            world.apply(step);
            world.check();
        }
        world.requests.clear();
        world.hub.shared.check_empty();
    }
}

/// So many cases, or as many as `PROPTEST_CASES` asks for.
fn cases(at_least: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    config.cases = config.cases.max(at_least);
    config
}

/// The hub, its requests, and what the model knows.
struct World {
    hub: Hub<Key>,
    clock: MockClock,
    now: u64,
    shut: bool,
    /// In the order in which they have registered.
    requests: Vec<Request>,
}

struct Request {
    future: Pin<Box<dyn Future<Output = Result<Dispatch, Error>>>>,
    handle: Rc<RefCell<Option<Handle>>>,
    woken: Arc<Woken>,
    script: Script,
    passes: u32,
    /// What its timeouts count from.
    since: u64,
    /// When its time is up, if that has been moved.
    moved: Option<u64>,
    state: State,
}

impl Request {
    fn handle(&self) -> Handle {
        let handle = self.handle.borrow();
        handle.clone().expect("its first pass has been")
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting {
        deadline: u64,
    },
    /// The next poll begins a pass.
    Due(Due),
    /// The next poll is told that the hub is shut down.
    Closed,
    /// The next poll has the answer.
    Completed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Due {
    why: Dispatch,
    /// It slept, and has not noticed yet that it is awake.
    slept: bool,
    /// It is answerable for a `notify_one` of this key.
    chosen: Option<Key>,
    armed: Option<Armed>,
}

/// Its registration stands.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Armed {
    notified: bool,
}

impl Due {
    fn slept(why: Dispatch) -> State {
        State::Due(Self {
            why,
            slept: true,
            chosen: None,
            armed: None,
        })
    }

    fn at_once(why: Dispatch, armed: Option<Armed>) -> State {
        State::Due(Self {
            why,
            slept: false,
            chosen: None,
            armed,
        })
    }
}

impl World {
    fn new() -> Self {
        let (hub, clock) = Hub::manual();
        Self {
            hub,
            clock,
            now: 0,
            shut: false,
            requests: Vec::new(),
        }
    }

    fn apply(&mut self, step: Step) {
        let which = |which: usize, requests: &[Request]| which.checked_rem(requests.len());
        match step {
            Step::Arrive(script) => self.arrive(script),
            Step::Poll { which: n } => which(n, &self.requests)
                .into_iter()
                .for_each(|at| self.poll(at)),
            Step::Drop { which: n } => which(n, &self.requests)
                .into_iter()
                .for_each(|at| self.drop(at)),
            Step::Notify { key } => assert_eq!(self.hub.notify(&key), self.model_notify(key)),
            Step::NotifyOne { key } => {
                assert_eq!(self.hub.notify_one(&key), self.model_notify_one(key))
            }
            Step::Resume { which: n } => which(n, &self.requests)
                .into_iter()
                .for_each(|at| self.resume(at)),
            Step::Complete { which: n } => which(n, &self.requests)
                .into_iter()
                .for_each(|at| self.complete(at)),
            Step::SetTimeout { which: n, to } => which(n, &self.requests)
                .into_iter()
                .for_each(|at| self.set_timeout(at, to)),
            Step::Advance { by } => self.advance(by),
            Step::Shutdown => self.shut_down(),
        }
    }

    fn arrive(&mut self, script: Script) {
        let handle = Rc::new(RefCell::new(None));
        let future = {
            let (hub, script, handle) = (self.hub.clone(), script.clone(), Rc::clone(&handle));
            self.hub.run(move |c| {
                handle.replace(Some(c.handle()));
                if let Some(key) = script.notifies.filter(|_| c.is_initial()) {
                    hub.notify(&key);
                }
                let timeout = Duration::from_millis(script.timeout);
                let suspends = c.pass() <= script.suspensions;
                let outcome = if suspends {
                    Err(c
                        .suspend_any(&script.keys, timeout)
                        .priority(script.priority))
                } else {
                    Ok(c.dispatch())
                };
                async { outcome }
            })
        };
        self.requests.push(Request {
            future: Box::pin(future),
            handle,
            woken: Arc::default(),
            script,
            passes: 0,
            since: self.now,
            moved: None,
            state: Due::at_once(Dispatch::Initial, None),
        });
        self.poll(self.requests.len() - 1);
    }

    fn poll(&mut self, at: usize) {
        let request = &mut self.requests[at];
        request.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&request.woken));
        let polled = request
            .future
            .as_mut()
            .poll(&mut Context::from_waker(&waker));
        assert_eq!(polled, self.model_poll(at));
        if polled.is_ready() {
            self.requests.remove(at);
        }
    }

    fn drop(&mut self, at: usize) {
        let dropped = self.requests.remove(at);
        let chosen = match dropped.state {
            State::Due(due) => due.chosen,
            _ => None,
        };
        drop(dropped);
        if let Some(key) = chosen {
            self.model_notify_one(key);
        }
    }

    fn resume(&mut self, at: usize) {
        let request = &mut self.requests[at];
        let expected = match &mut request.state {
            State::Waiting { .. } => {
                request.state = Due::slept(Dispatch::Resumed);
                true
            }
            _ => false,
        };
        assert_eq!(request.handle().resume(), expected);
    }

    fn complete(&mut self, at: usize) {
        let request = &mut self.requests[at];
        let waits = matches!(request.state, State::Waiting { .. });
        if waits {
            request.state = State::Completed;
        }
        assert_eq!(request.handle().complete(Response::default()), waits);
    }

    fn set_timeout(&mut self, at: usize, to: u64) {
        let request = &mut self.requests[at];
        let waits = matches!(request.state, State::Waiting { .. });
        if waits {
            let due = self.now + to;
            request.moved = Some(due);
            request.state = State::Waiting {
                deadline: due.max(self.now + 1),
            };
        }
        let to = Duration::from_millis(to);
        assert_eq!(request.handle().set_timeout(to), waits);
    }

    fn advance(&mut self, by: u64) {
        let expired = self.clock.advance(Duration::from_millis(by));
        self.now += by;
        let mut expected = 0;
        for request in &mut self.requests {
            match request.state {
                State::Waiting { deadline } if deadline <= self.now => {
                    request.since = deadline;
                    request.moved = None;
                    request.state = Due::slept(Dispatch::Expired);
                    expected += 1;
                }
                _ => {}
            }
        }
        assert_eq!(expired, expected);
    }

    fn shut_down(&mut self) {
        self.shut = true;
        let waiting = self
            .requests
            .iter_mut()
            .filter(|request| matches!(request.state, State::Waiting { .. }));
        let closed = waiting.map(|request| request.state = State::Closed).count();
        assert_eq!(self.hub.shutdown(), closed);
    }

    fn model_notify(&mut self, key: Key) -> usize {
        let mut count = 0;
        for request in self
            .requests
            .iter_mut()
            .filter(|request| request.script.keys.contains(&key))
        {
            match &mut request.state {
                State::Waiting { .. } => {
                    request.state = Due::slept(Dispatch::Resumed);
                    count += 1;
                }
                State::Due(Due {
                    armed: Some(armed), ..
                }) => armed.notified = true,
                _ => {}
            }
        }
        count
    }

    fn model_notify_one(&mut self, key: Key) -> usize {
        let mut queue: Vec<_> = self
            .requests
            .iter_mut()
            .filter(|request| request.script.keys.contains(&key))
            .collect();
        queue.sort_by_key(|request| Reverse(request.script.priority));
        for request in queue {
            match &mut request.state {
                State::Waiting { .. } => {
                    let slept = Due {
                        why: Dispatch::Resumed,
                        slept: true,
                        chosen: Some(key),
                        armed: None,
                    };
                    request.state = State::Due(slept);
                    return 1;
                }
                State::Due(Due {
                    armed: Some(armed), ..
                }) => armed.notified = true,
                _ => {}
            }
        }
        0
    }

    fn model_poll(&mut self, at: usize) -> Poll<Result<Dispatch, Error>> {
        let due = match self.requests[at].state {
            State::Waiting { .. } => return Poll::Pending,
            State::Closed => return Poll::Ready(Err(Error::ShutDown)),
            State::Completed => {
                let completion = Completion::new(Response::default());
                return Poll::Ready(Err(Error::Completed(completion)));
            }
            State::Due(due) => due,
        };
        self.requests[at].passes += 1;
        let (script, pass) = (self.requests[at].script.clone(), self.requests[at].passes);
        let notified = script.notifies.filter(|_| due.why == Dispatch::Initial);
        if let Some(key) = notified {
            self.model_notify(key);
        }
        if pass > script.suspensions {
            return Poll::Ready(Ok(due.why));
        }
        self.model_suspend(
            at,
            due.armed,
            notified.is_some_and(|key| script.keys.contains(&key)),
        )
    }

    fn model_suspend(
        &mut self,
        at: usize,
        armed: Option<Armed>,
        missed: bool,
    ) -> Poll<Result<Dispatch, Error>> {
        let request = &self.requests[at];
        let counted = request.since.saturating_add(request.script.timeout);
        let deadline = request.moved.unwrap_or(counted);
        let state = match armed {
            _ if self.shut => return Poll::Ready(Err(Error::ShutDown)),
            // Its time was up before the pass began, so no notify can prolong it.
            _ if deadline < self.now => self.expired(at),
            None if missed => Due::at_once(Dispatch::Resumed, Some(Armed { notified: false })),
            Some(armed) if armed.notified => Due::at_once(Dispatch::Resumed, None),
            _ if deadline == self.now => self.expired(at),
            _ => State::Waiting { deadline },
        };
        self.requests[at].state = state;
        if armed.is_none() {
            // It has registered anew, behind all the others.
            let request = self.requests.remove(at);
            self.requests.push(request);
        }
        Poll::Pending
    }

    fn expired(&mut self, at: usize) -> State {
        self.requests[at].since = self.now;
        self.requests[at].moved = None;
        Due::at_once(Dispatch::Expired, None)
    }

    fn check(&self) {
        self.hub.shared.check_invariants();
        let slept = |request: &&Request| match request.state {
            State::Waiting { .. } | State::Closed | State::Completed => true,
            State::Due(due) => due.slept,
        };
        assert_eq!(
            self.hub.suspended(),
            self.requests.iter().filter(slept).count()
        );
        for request in &self.requests {
            let asleep = matches!(request.state, State::Waiting { .. });
            assert_eq!(
                request.woken.0.load(Ordering::Relaxed),
                !asleep,
                "{:?}",
                request.state
            );
        }
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
