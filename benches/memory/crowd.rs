//! Requests that are held.

use std::task::{Context, Waker};
use std::time::Duration;

use fastrand::Rng;
use support::contenders::{Board, Contender, Held, Poll};

/// Requests of one contender. Everything that is needed to make them exists before the first one is made.
pub(crate) struct Crowd<C> {
    contender: C,
    board: &'static Board,
    keys: Vec<String>,
    requests: Vec<Option<Held>>,
    timeout: Duration,
    dice: Rng,
}

impl<C: Contender> Crowd<C> {
    /// No request yet, but room for this number of requests, this number of keys, and waits of about this time.
    pub(crate) fn new(contender: C, size: usize, keys: usize, timeout: Duration) -> Self {
        let mut dice = Rng::with_seed(0);
        let key = |_| format!("{:016x}", dice.u64(..));
        Self {
            contender,
            board: Board::new(),
            keys: (0..keys).map(key).collect(),
            requests: (0..size).map(|_| None).collect(),
            timeout,
            dice,
        }
    }

    /// Makes all requests.
    pub(crate) fn arrive(&mut self) {
        (0..self.requests.len()).for_each(|at| self.come(at));
    }

    /// Polls all requests, so that they are held.
    pub(crate) fn wait(&mut self) {
        (0..self.requests.len()).for_each(|at| self.hold(at));
    }

    /// Replaces this number of requests, chosen at random.
    pub(crate) fn churn(&mut self, turns: usize) {
        for _ in 0..turns {
            let at = self.any();
            self.requests[at] = None;
            self.come(at);
            self.hold(at);
        }
    }

    /// A random place.
    pub(crate) fn any(&mut self) -> usize {
        self.dice.usize(..self.requests.len())
    }

    pub(crate) fn come(&mut self, at: usize) {
        let jitter = self.dice.u64(..self.timeout.as_millis() as u64 / 3);
        let timeout = self.timeout + Duration::from_millis(jitter);
        let key = self.keys[at % self.keys.len()].clone();
        let poll = Poll::new(key, timeout, self.board);
        self.requests[at] = Some(self.contender.held(poll));
    }

    pub(crate) fn hold(&mut self, at: usize) {
        let request = self.requests[at].as_mut().expect("it has come");
        let polled = request
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }

    pub(crate) fn go(&mut self, at: usize) {
        self.requests[at] = None;
    }

    /// Drops all requests, in any order.
    pub(crate) fn leave(&mut self) {
        for last in (0..self.requests.len()).rev() {
            let at = self.dice.usize(..=last);
            self.requests.swap(at, last);
            self.go(last);
        }
    }
}
