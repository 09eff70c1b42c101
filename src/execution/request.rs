//! The loop's view of its request.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::continuation::Continuation;
use crate::dispatch::Dispatch;
use crate::end::End;
use crate::engine::Ending;
use crate::error::Error;
use crate::payload::{Conclusion, Payload};
use crate::request::{Cleanup, Kind, RequestState, Shared};
use crate::suspended::Suspended;
use crate::telemetry::Event;
use crate::time::Instant;
use crate::waiters::{Claim, Wait, Waiters, Wakeup};

use super::waiting::Waiting;

/// A request as its loop sees it. Dropping it ends the request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) state: Arc<RequestState>,
    pub(super) stage: Stage,
    pub(super) passes: u32,
    /// Why the latest pass runs, or why the next one will.
    dispatch: Dispatch,
    waiting: Waiting,
    /// The time from which its timeouts count: its arrival or its last expiry.
    counts_from: Instant,
    /// The beginning of its latest pass.
    pass_began: Instant,
    arrived: Instant,
}

/// The stage of the loop. [`Execution`](super::Execution) has the diagram.
#[derive(Debug)]
pub(super) enum Stage {
    /// The next pass may begin. `payload`: what came with the wake.
    Due { payload: Option<Payload> },
    /// `start`: the number of the latest notify when the pass began.
    Passing { start: u64 },
    /// The request waits.
    Asleep,
    /// The wait was over when it began. The executor gets a turn before the next pass.
    Yielding(Box<Wakeup>),
    /// Its time was up, and it waits on without a pass.
    Expired,
    /// It was answered, and goes on.
    Answered,
    /// The wait has ended or was given up, and the next stage is not decided yet.
    Between,
    /// The request has ended.
    Done,
}

impl Request {
    pub(super) fn new(hub: &Arc<Shared>, kind: Kind) -> Self {
        let now = hub.waiters.now();
        let mut request = Self {
            state: RequestState::new(Arc::clone(hub), kind),
            stage: Stage::Due { payload: None },
            passes: 0,
            dispatch: Dispatch::Initial,
            waiting: Waiting::NONE,
            counts_from: now,
            pass_began: now,
            arrived: now,
        };
        request.set_max_hold(hub.limits.max_hold);
        request
    }

    /// Call it before the first pass.
    pub(super) fn set_max_hold(&mut self, limit: Duration) {
        self.state.set_limit(self.arrived.after(limit));
    }

    /// `before`: how many passes do not count.
    pub(super) fn check_passes(&self, before: u32) -> Result<(), Error> {
        let limit = self.state.hub.limits.passes;
        match self.passes - before {
            passes if passes < limit => Ok(()),
            _ => Err(Error::TooManyPasses { limit }),
        }
    }

    /// Begins a pass. Returns the number of the latest notify. The pass may miss later notifies, but not this one or
    /// those before it.
    pub(super) fn begin_pass<K>(&mut self) -> (u64, Continuation<K>) {
        // No other thread knows the request before its first pass.
        if self.passes > 0 {
            self.pass_began = self.waiters().now();
            self.state.begin_pass();
        }
        self.passes = self.passes.saturating_add(1);
        let (dispatch, pass) = (self.dispatch, self.passes);
        let waiters = &self.state.hub.waiters;
        let begins = Event::Pass { dispatch, pass };
        waiters.telemetry.tell_of(&self.state.subject, begins);
        let start = waiters.start_of_pass();
        let payload = match std::mem::replace(&mut self.stage, Stage::Passing { start }) {
            Stage::Due { payload } => payload,
            _ => None,
        };
        let continuation =
            Continuation::new(Arc::clone(&self.state), dispatch, pass, payload, start);
        (start, continuation)
    }

    /// Begins to wait, after the handler has suspended. A pass that `was_due` in any case was not needless.
    pub(super) fn suspend(
        &mut self,
        token: Suspended,
        start: u64,
        was_due: bool,
        cx: &Context<'_>,
    ) -> Result<(), Error> {
        let mut wait = token.into_wait(&self.state)?;
        wait.start = start;
        let limit = self.state.limit();
        if limit <= self.counts_from {
            return Err(self.held_too_long(limit));
        }
        let needless = self.dispatch == Dispatch::Resumed && !was_due;
        let keys = wait.keys.as_slice().len();
        self.tell(Event::Suspension { keys, needless });
        let due = self.due_at(&wait, limit);
        let is_overdue = due < self.pass_began;
        let over = self.waiting.begin(&self.state, wait, due, is_overdue, cx)?;
        self.stage = over.map_or(Stage::Asleep, Stage::Yielding);
        if let Stage::Yielding(_) = self.stage {
            cx.waker().wake_by_ref();
        }
        Ok(())
    }

    #[cold]
    fn held_too_long(&self, limit: Instant) -> Error {
        let limit = limit.since(self.arrived);
        Error::HeldTooLong { limit }
    }

    /// The time at which a wait expires that begins now.
    fn due_at(&self, wait: &Wait, limit: Instant) -> Instant {
        let (since, due) = match (wait.timeout_from_now, self.state.moved()) {
            (Some(timeout), _) => self.due_from_now(wait, timeout),
            (None, Some(moved)) => return moved.min(limit),
            (None, None) => (self.counts_from, self.counts_from.after(wait.timeout)),
        };
        let due = due.min(limit);
        match self.state.hub.limits.jitter {
            Some(jitter) if due != Instant::NEVER => {
                let timeout = jitter.shorten(due.since(since), self.state.subject.number);
                since.after(timeout)
            }
            _ => due,
        }
    }

    /// The beginning and the end of a wait with a timeout that counts from now.
    #[cold]
    fn due_from_now(&self, wait: &Wait, timeout: Duration) -> (Instant, Instant) {
        self.state.clear_moved();
        let now = self.waiters().now();
        let (due, due_from_now) = (self.counts_from.after(wait.timeout), now.after(timeout));
        match due_from_now < due {
            true => (now, due_from_now),
            false => (self.counts_from, due),
        }
    }

    /// Whether it waits and no pass follows.
    pub(super) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Asleep) && self.waiting.is_hold()
    }

    pub(super) fn poll_asleep(&mut self, cx: &Context<'_>) -> Poll<Wakeup> {
        self.waiting.poll(&self.state.hub.waiters, cx)
    }

    /// Ends the wait. If another pass follows, returns the claim to a notify that was meant for this request alone,
    /// if there is one. Otherwise returns why no pass follows.
    pub(super) fn wake_up(&mut self, wakeup: Wakeup) -> Result<Option<Claim>, Conclusion> {
        let slept = matches!(self.stage, Stage::Asleep);
        self.stage = Stage::Between;
        let wakeup = self.waiting.end(&self.state, wakeup, slept)?;
        self.dispatch = match wakeup.ending {
            Ending::Expired { at } => {
                self.counts_from = Instant::of_tick(at);
                self.state.clear_moved();
                Dispatch::Expired
            }
            Ending::Resumed | Ending::Closed => Dispatch::Resumed,
        };
        self.stage = Stage::Due {
            payload: wakeup.payload,
        };
        Ok(wakeup.claim)
    }

    /// Whether its time is up. Then no pass follows.
    pub(super) fn expire(&mut self) -> bool {
        let expired = self.dispatch == Dispatch::Expired;
        if expired {
            self.stage = Stage::Expired;
        }
        expired
    }

    /// An answer was given that does not end the request: its time counts anew.
    pub(super) fn answered(&mut self) {
        self.stage = Stage::Answered;
        self.counts_from = self.waiters().now();
        self.state.clear_moved();
    }

    /// After an answer the next pass is due, unless the request has been ended in the meantime.
    pub(super) fn begin_again(&mut self) -> Result<(), Conclusion> {
        let payload = match self.state.take_wake() {
            Some(Payload::End(conclusion)) => return Err(Conclusion::clone(&conclusion)),
            payload => payload,
        };
        if self.waiters().is_shut_down() {
            return Err(Error::ShutDown.into());
        }
        let limit = self.state.limit();
        if limit <= self.waiters().now() {
            return Err(self.held_too_long(limit).into());
        }
        self.dispatch = Dispatch::Resumed;
        self.stage = Stage::Due { payload };
        Ok(())
    }

    /// Ends a wait early, or removes an armed registration. Returns the claim to a notify that was meant for this
    /// request alone, if there is one.
    #[inline]
    pub(super) fn deregister(&mut self) -> Option<Claim> {
        match (&self.stage, self.waiting.is_registered()) {
            (Stage::Asleep | Stage::Yielding(_), _) | (_, true) => self.give_up_wait(),
            _ => None,
        }
    }

    fn give_up_wait(&mut self) -> Option<Claim> {
        let claim = self.waiting.deregister(&self.state.hub.waiters);
        let claim = match &mut self.stage {
            Stage::Asleep => claim,
            Stage::Yielding(wakeup) => wakeup.claim.take(),
            _ => return claim,
        };
        self.stage = Stage::Between;
        self.waiting.cancel(&self.state);
        claim
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// After this, nothing can wake the request. The payload of the wake must have been dropped before.
    pub(super) fn close(&mut self) -> Cleanup<'_> {
        self.stage = Stage::Done;
        self.state.close()
    }

    pub(super) fn end(&mut self, end: End) {
        let former = std::mem::replace(&mut self.stage, Stage::Done);
        self.state.close().finish(end);
        // The payload of the wake belongs to the application, and its destructor may panic. So it is dropped last.
        drop(former);
    }

    pub(super) fn count_panics(&self, panics: usize) {
        let telemetry = &self.waiters().telemetry;
        telemetry.tell_panics(&self.state.subject, panics);
    }

    #[inline]
    fn tell(&self, event: Event<'_>) {
        let telemetry = &self.waiters().telemetry;
        telemetry.tell_of(&self.state.subject, event);
    }

    fn waiters(&self) -> &Arc<Waiters> {
        &self.state.hub.waiters
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if !self.is_done() {
            // The loop has already deregistered the wait, unless that panicked.
            drop(self.deregister());
            self.end(End::Cancelled);
        }
        if self.passes == 0 {
            self.tell(Event::Unexecuted);
        }
    }
}
