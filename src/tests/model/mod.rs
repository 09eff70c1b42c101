//! The hub against a model that does the same with one slow list.

mod mirror;
mod request;
mod state;
mod steps;

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::Response;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{Answer, Continuation, End, Hub, MockClock};

use mirror::{MAX_KEYS, MAX_PASSES, Mirror};
use request::{Request, Wakes, tell, wake};
use steps::{Key, Script, Step, Wake, step};

proptest! {
    #![proptest_config(cases(1))]

    #[test]
    fn the_hub_agrees_with_the_model(steps in vec(step(), 1..80), room in room()) {
        agree(steps, room);
    }
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn the_hub_agrees_with_the_model_for_long(steps in vec(step(), 500..1000), room in room()) {
        agree(steps, room);
    }
}

fn agree(steps: Vec<Step>, max_suspended: usize) {
    let mut world = World::new(max_suspended);
    for step in steps {
        world.apply(step);
        world.check();
    }
    world.requests.clear();
    world.hub.shared().check_empty();
}

/// The limit on suspended requests of a hub.
fn room() -> impl Strategy<Value = usize> {
    proptest::sample::select(vec![2, 20, 1000])
}

/// A part of 512 cases, or of `PROPTEST_CASES` if that is set and larger.
fn cases(one_in: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    config.cases = config.cases.max(512) / one_in;
    config
}

/// The hub, its requests and the model.
struct World {
    hub: Hub<Key>,
    clock: MockClock,
    mirror: Mirror,
    requests: Vec<Request>,
    arrived: u32,
    /// The continuations of requests that have ended, as far as the test keeps them.
    ended: Vec<Continuation<Key>>,
    wakes: Wakes,
}

impl World {
    fn new(max_suspended: usize) -> Self {
        let builder = Hub::builder().max_suspended(max_suspended);
        let (hub, clock) = builder
            .max_keys(MAX_KEYS)
            .max_passes(MAX_PASSES as u32)
            .max_hold(Duration::MAX)
            .build_with_mock_clock();
        Self {
            hub,
            clock,
            mirror: Mirror::new(max_suspended),
            requests: Vec::new(),
            arrived: 0,
            ended: Vec::new(),
            wakes: Arc::default(),
        }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Arrive(script) => self.arrive(script),
            Step::Poll { which, anew } => self.with(which, |world, at| world.poll(at, anew)),
            Step::Drop { which } => self.with(which, |world, at| world.end(at, End::Cancelled)),
            Step::Tell(telling) => {
                assert_eq!(tell(&self.hub, telling), self.mirror.tell(telling));
            }
            Step::Wake { which, wake, named } => {
                self.with(which, |world, at| world.wake(at, wake, named));
            }
            Step::SetTimeout { which, to } => {
                self.with(which, |world, at| world.set_timeout(at, to));
            }
            Step::Advance { by } => self.advance(by),
            Step::Disturb { which } => self.disturb(which),
            Step::Shutdown => assert_eq!(self.hub.shutdown(), self.mirror.shut_down()),
        }
    }

    /// Does something to a request, if there is one.
    fn with(&mut self, which: usize, act: impl FnOnce(&mut Self, usize)) {
        if let Some(at) = which.checked_rem(self.requests.len()) {
            act(self, at);
        }
    }

    fn arrive(&mut self, script: Script) {
        let id = self.arrived;
        self.arrived += 1;
        self.mirror.arrive(id, script.clone());
        self.requests
            .push(Request::new(id, &self.hub, script, &self.wakes));
        self.poll(self.requests.len() - 1, false);
    }

    fn poll(&mut self, at: usize, anew: bool) {
        let request = &mut self.requests[at];
        let polled = request.poll(anew);
        assert_eq!(polled, self.mirror.poll(request.id));
        assert_eq!(
            request.seen.borrow().passes,
            *self.mirror.passes(request.id)
        );
        if let Poll::Ready(answer) = polled {
            let end = match answer {
                Ok(Answer::Answered(())) => End::Answered,
                Ok(Answer::Completed(_)) => End::Completed,
                Err(error) => End::Refused(error),
            };
            self.end(at, end);
        }
    }

    fn end(&mut self, at: usize, end: End) {
        let request = self.requests.remove(at);
        let id = request.id;
        let (continuation, ends) = request.end();
        assert_eq!(ends, [end]);
        self.mirror.forget(id);
        self.ended.push(continuation);
    }

    fn wake(&mut self, at: usize, wake: Wake, named: bool) {
        let request = &self.requests[at];
        let handle = request.continuation().handle();
        let woken = match wake {
            Wake::Resume(None) if named => self.hub.resume(handle.id()),
            Wake::Complete if named => self.hub.complete(handle.id(), Response::default()).is_ok(),
            _ => self::wake(&handle, wake),
        };
        assert_eq!(woken, self.mirror.wake(request.id, wake));
    }

    fn set_timeout(&mut self, at: usize, to: u64) {
        let request = &self.requests[at];
        let handle = request.continuation().handle();
        let moved = handle.set_timeout(Duration::from_millis(to));
        assert_eq!(moved, self.mirror.set_timeout(request.id, to));
    }

    fn advance(&mut self, by: u64) {
        self.wakes.lock().unwrap().clear();
        let deadlines = self.mirror.deadlines();
        let expired = self.clock.advance(Duration::from_millis(by));
        let woken = self.wakes.lock().unwrap();
        let woken: Vec<_> = woken.iter().map(|id| deadlines[id]).collect();
        assert_eq!(woken, self.mirror.advance(by), "in the order of deadlines");
        assert_eq!(expired, woken.len());
    }

    fn disturb(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.ended.len()) else {
            return;
        };
        let continuation = self.ended.swap_remove(at);
        let handle = continuation.handle();
        assert!(
            handle.resume_value(0_u8).is_err() && handle.complete(Response::default()).is_err()
        );
        assert!(!handle.set_timeout(Duration::ZERO) && handle.set_attribute(0_u8).is_err());
        assert!(continuation.attribute::<u8>().is_none() && !continuation.on_end(drop));
        assert!(!self.hub.resume(handle.id()));
    }

    fn check(&self) {
        self.hub.shared().check_invariants();
        assert_eq!(self.hub.suspended_count(), self.mirror.suspended_count());
        for request in &self.requests {
            assert_ne!(request.was_woken(), self.mirror.is_asleep(request.id));
        }
    }
}
