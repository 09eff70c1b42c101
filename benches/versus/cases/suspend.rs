//! Suspending and cancelling.

use std::task::{Context, Poll, Waker};

use support::contenders::{Answer, Contender, Held};

use crate::case::{Case, each, on_average, short};
use crate::crowd::{Crowd, finish, hold};

/// A number of requests is held, each with a different key. Some of them, at random, are replaced by new ones.
///
/// `suspend`: the request is made and polled once. `cancel`: it is dropped.
pub(crate) struct SuspendAndCancel {
    pub(crate) held: usize,
}

impl Case for SuspendAndCancel {
    fn rows(&self) -> Vec<String> {
        let held = short(self.held);
        vec![format!("suspend-{held}"), format!("cancel-{held}")]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowd = Crowd::new(C::new(), self.held, self.held);
        let some = self.held.div_ceil(10).min(SOME);
        on_average(SOME / some, move || {
            let places = crowd.sample(some);
            let requests = crowd.take(&places);
            let (cancel, ()) = each(some, || drop(requests));
            let polls = crowd.polls(&places);
            let (suspend, requests) = each(some, || hold(&crowd.contender, polls));
            crowd.put(&places, requests);
            vec![suspend, cancel]
        })
    }
}

/// The same, but the request was made before it is polled, and its waker is a waker of tokio.
///
/// `first-poll`: for us, that is one pass of the handler and the suspension.
pub(crate) struct FirstPoll {
    pub(crate) held: usize,
    pub(crate) waker: Waker,
}

impl Case for FirstPoll {
    fn rows(&self) -> Vec<String> {
        vec![format!("first-poll-{}", short(self.held))]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowd = Crowd::new(C::new(), self.held, self.held);
        let waker = self.waker.clone();
        on_average(SOME / AT_ONCE, move || {
            let places = crowd.sample(AT_ONCE);
            drop(crowd.take(&places));
            let polls = crowd.polls(&places);
            let make = |poll| crowd.contender.held(poll);
            let mut requests: Vec<_> = polls.into_iter().map(make).collect();
            let (poll, ()) = each(AT_ONCE, || {
                requests
                    .iter_mut()
                    .for_each(|request| suspend(request, &waker))
            });
            crowd.put(&places, requests);
            vec![poll]
        })
    }
}

fn suspend(request: &mut Held, waker: &Waker) {
    let polled = request.as_mut().poll(&mut Context::from_waker(waker));
    assert_eq!(polled, Poll::Pending);
}

/// There is news already, so a request is answered when it arrives.
pub(crate) struct AnswerAtOnce;

impl Case for AnswerAtOnce {
    fn rows(&self) -> Vec<String> {
        vec!["answer-at-once".to_owned()]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowd = Crowd::new(C::new(), 0, 0);
        Box::new(move || {
            let keys = crowd.strangers(SOME);
            let polls: Vec<_> = keys.iter().map(|key| crowd.poll(key)).collect();
            crowd.board.publish();
            let answer = |poll| finish(crowd.contender.held(poll), Answer::News);
            vec![each(SOME, || polls.into_iter().for_each(answer)).0]
        })
    }
}

/// Requests that are made before they are polled: few enough to stay in the cache.
const AT_ONCE: usize = 100;

/// Requests in a round.
const SOME: usize = 20_000;
