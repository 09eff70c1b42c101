//! One request, as far as other threads may reach it.

use std::panic::RefUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Response};

use crate::callbacks::Callbacks;
use crate::completion::{CompleteError, Completion};
use crate::end::End;
use crate::engine::{Fingerprint, WaiterRef};
use crate::error::Error;
use crate::id::ContinuationId;
use crate::payload::{Conclusion, Payload};
use crate::sync::{Mutex, order};
use crate::telemetry::{Event, Subject};
use crate::time::AtomicTime;
use crate::waiters::Wait;

use super::Shared;
use super::clients::ClientPermit;

/// The state of one request, from its arrival to its end, that its passes and its handles share.
///
/// Its continuations hold it; its handles only see it, so they keep nothing alive.
#[derive(Debug)]
pub(crate) struct RequestState {
    pub(crate) hub: Arc<Shared>,
    pub(crate) subject: Subject,
    /// An adapter executes it, and takes suspensions that have become responses.
    is_adapted: bool,
    /// Until when it may be held in all.
    limit: AtomicTime,
    /// When its time is up, if a handle has moved that. Written while the shard of its waiter is locked.
    moved: AtomicTime,
    inner: Mutex<Inner, { order::STATE }>,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    /// What the running pass is going to wait for. It was noted when a token became a response for the framework.
    marked: Option<Wait>,
    /// The handler has begun anew since then. Unless that suspends too, its response is the answer.
    is_provisional: bool,
    attributes: Extensions,
    on_end: Callbacks<End>,
    /// Whether the hub can find this request by its id.
    has_id: bool,
    /// Whether it has a slot among those that are suspended, or have been.
    has_slot: bool,
}

/// The phase of a request, as far as it concerns calls that want to wake it.
///
/// ```text
///   Running ──▶ Waiting ──▶ Due ──▶ Running … ──▶ Ended
///    │   its handler  its wait  its next
///    │   suspends     is over   pass begins
///    │                           ▲
///    ╰──▶ Woken ─────────────────╯
///   before it waits
/// ```
#[derive(Debug)]
enum Phase {
    Running,
    /// It was woken before it waits, so the wait will be over as it begins.
    Woken(Option<Payload>),
    /// This does not end with the wait, but when the request is polled next.
    Waiting(WaiterRef),
    Due,
    Ended,
}

/// No foreign code runs while something is half done, so its panics leave nothing that is.
impl RefUnwindSafe for RequestState {}

impl RequestState {
    pub(crate) fn new(hub: Arc<Shared>, is_adapted: bool) -> Arc<Self> {
        let number = hub.next_request();
        let inner = Inner {
            phase: Phase::Running,
            marked: None,
            is_provisional: false,
            attributes: Extensions::new(),
            on_end: Callbacks::default(),
            has_id: false,
            has_slot: false,
        };
        Arc::new(Self {
            hub,
            subject: Subject::new(number),
            is_adapted,
            limit: AtomicTime::default(),
            moved: AtomicTime::default(),
            inner: Mutex::new(inner),
        })
    }

    #[inline]
    pub(crate) fn begin_pass(&self) {
        let stale = {
            let mut inner = self.inner.lock();
            inner.phase = Phase::Running;
            inner.is_provisional = false;
            inner.marked.take()
        };
        drop(stale);
    }

    /// Lets the request wait, and counts it as suspended, unless it has been woken in advance.
    ///
    /// # Errors
    ///
    /// If it has no slot yet and none is free.
    #[inline]
    pub(crate) fn wait_at(&self, at: WaiterRef) -> Result<bool, Error> {
        let mut inner = self.inner.lock();
        if matches!(inner.phase, Phase::Woken(_)) {
            return Ok(false);
        }
        // This is counted while the shard is locked, so a thread that sees the request counted also finds it asleep.
        self.hub.waiters.count_suspended(inner.has_slot)?;
        inner.has_slot = true;
        inner.phase = Phase::Waiting(at);
        Ok(true)
    }

    /// Whether it has been woken before it waits.
    #[inline]
    pub(crate) fn was_woken(&self) -> bool {
        matches!(self.inner.lock().phase, Phase::Woken(_))
    }

    /// The wait was over as it began. Until the next pass begins, there is nothing to wake. If a wake came before the
    /// wait, returns it with its payload.
    #[inline]
    pub(crate) fn finish_wait(&self) -> Option<Option<Payload>> {
        let phase = std::mem::replace(&mut self.inner.lock().phase, Phase::Due);
        match phase {
            Phase::Woken(payload) => Some(payload),
            _ => None,
        }
    }

    /// From now on nothing can wake the request.
    #[inline]
    pub(crate) fn close(&self) -> Cleanup<'_> {
        let mut inner = self.inner.lock();
        let payload = match std::mem::replace(&mut inner.phase, Phase::Ended) {
            Phase::Woken(payload) => payload,
            Phase::Running | Phase::Waiting(_) | Phase::Due | Phase::Ended => None,
        };
        let on_end = std::mem::take(&mut inner.on_end);
        let attributes = match on_end.is_empty() {
            true => std::mem::take(&mut inner.attributes),
            false => Extensions::new(),
        };
        Cleanup {
            state: self,
            end: End::Panicked,
            payload,
            on_end,
            attributes,
            marked: inner.marked.take(),
            has_id: std::mem::take(&mut inner.has_id),
            has_slot: std::mem::take(&mut inner.has_slot),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.inner.lock().phase, Phase::Ended)
    }
}

/// Waking it from outside.
impl RequestState {
    /// Ends the wait, or the next one if the handler still runs, with a payload for what follows. False if another call
    /// was first.
    pub(crate) fn wake(&self, payload: Option<Payload>) -> bool {
        let at = {
            let mut inner = self.inner.lock();
            match inner.phase {
                Phase::Woken(_) | Phase::Due | Phase::Ended => return false,
                Phase::Running => {
                    inner.phase = Phase::Woken(payload);
                    return true;
                }
                Phase::Waiting(at) => at,
            }
        };
        self.hub.waiters.resume(at, payload.as_ref())
    }

    /// Ends the wait, or the next one, with an answer, unless another call was first.
    pub(crate) fn complete(&self, response: Response<Bytes>) -> Result<(), CompleteError> {
        let completion = Completion::new(response)?;
        match self.wake(Some(Payload::end(completion.clone()))) {
            true => Ok(()),
            false => Err(CompleteError::TooLate(Box::new(completion.into_response()))),
        }
    }

    /// Moves the time at which the wait expires. False if there is no wait.
    pub(crate) fn set_timeout(&self, timeout: Duration) -> bool {
        let Phase::Waiting(at) = self.inner.lock().phase else {
            return false;
        };
        let due = self.hub.waiters.now().saturating_add(timeout);
        let limit = self.limit.get().unwrap_or(Duration::MAX);
        let moved = || self.moved.set(Some(due));
        self.hub.waiters.reschedule(at, due.min(limit), moved)
    }
}

/// How long it may wait.
impl RequestState {
    #[inline]
    pub(crate) fn set_limit(&self, limit: Option<Duration>) {
        self.limit.set(limit);
    }

    /// Until when it may be held in all.
    #[inline]
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.limit.get()
    }

    /// When its time is up, if a handle has moved that since it last expired.
    #[inline]
    pub(crate) fn moved(&self) -> Option<Duration> {
        self.moved.get()
    }

    /// Its time counts anew.
    #[inline]
    pub(crate) fn clear_moved(&self) {
        self.moved.set(None);
    }
}

/// What an adapter, its handler and its handles keep here.
impl RequestState {
    /// Notes what the running pass is going to wait for, besides what has been noted in this pass before. Returns false
    /// if nothing will take it.
    pub(crate) fn mark_suspended(&self, wait: Wait) -> bool {
        let mut inner = self.inner.lock();
        if !matches!(inner.phase, Phase::Running | Phase::Woken(_)) {
            drop(inner);
            // What it asks for on expiry may do anything when it is dropped.
            drop(wait);
            return false;
        }
        let max_keys = self.hub.limits.keys;
        let wait = match inner.marked.take() {
            Some(earlier) => earlier.unite(wait, max_keys),
            None => wait,
        };
        inner.marked = Some(wait);
        inner.is_provisional = false;
        self.is_adapted
    }

    /// The handler begins, perhaps not for the first time in this pass.
    pub(crate) fn begin_handler(&self) {
        let mut inner = self.inner.lock();
        inner.is_provisional = inner.marked.is_some();
    }

    /// Takes what has been noted. Returns `None` if the handler has begun anew since then, and has answered.
    pub(crate) fn take_suspension(&self) -> Option<Wait> {
        let (marked, is_provisional) = {
            let mut inner = self.inner.lock();
            (inner.marked.take(), inner.is_provisional)
        };
        marked.filter(|_| !is_provisional)
    }

    /// Does something to the attributes, and tells whether the request has ended. `act` must not run foreign code.
    pub(super) fn with_attributes<R>(&self, act: impl FnOnce(&mut Extensions, bool) -> R) -> R {
        let mut inner = self.inner.lock();
        let has_ended = matches!(inner.phase, Phase::Ended);
        act(&mut inner.attributes, has_ended)
    }

    pub(crate) fn on_end(&self, callback: impl FnOnce(End) + Send + 'static) -> bool {
        let mut inner = self.inner.lock();
        let lives = !matches!(inner.phase, Phase::Ended);
        if lives {
            inner.on_end.add(callback);
        }
        lives
    }

    pub(crate) fn id(&self) -> ContinuationId {
        self.hub.id(self.subject.number)
    }

    /// From now on the hub finds the request by its id.
    pub(crate) fn publish_id(self: &Arc<Self>) -> ContinuationId {
        let id = self.id();
        let mut inner = self.inner.lock();
        if !inner.has_id && !matches!(inner.phase, Phase::Ended) {
            inner.has_id = true;
            self.hub.ids.publish(id, Arc::downgrade(self));
        }
        id
    }

    /// Counts the request as one of its client, if the handler has named one and clients have a limit. The request
    /// whose place it takes is ended.
    #[inline]
    pub(crate) fn client_permit(
        self: &Arc<Self>,
        client: Option<Fingerprint>,
    ) -> Result<Option<ClientPermit<Self>>, Error> {
        let (Some(client), Some(limit)) = (client, self.hub.limits.per_client) else {
            return Ok(None);
        };
        let admitted = self
            .hub
            .clients
            .admit(client, self.subject.number, self, limit)?;
        let (permit, evicted) = admitted;
        if let Some(oldest) = evicted {
            // If it was woken meanwhile, it learns of it when it suspends again.
            oldest.wake(Some(Payload::end(Error::Superseded)));
        }
        Ok(Some(permit))
    }
}

/// What remains to be reported and cleared up at the end of a request. Dropping it does that.
#[must_use = "dropping it ends the request as panicked"]
pub(crate) struct Cleanup<'r> {
    state: &'r RequestState,
    /// A panic, until it is known better.
    end: End,
    payload: Option<Payload>,
    on_end: Callbacks<End>,
    /// Empty if there are callbacks, which may want to look at them.
    attributes: Extensions,
    marked: Option<Wait>,
    has_id: bool,
    has_slot: bool,
}

impl Cleanup<'_> {
    /// The answer that was given from outside while the last pass ran.
    #[inline]
    pub(crate) fn take_completion(&mut self) -> Option<Completion> {
        match self.payload.take()? {
            Payload::End(conclusion) => match &*conclusion {
                Conclusion::Completed(completion) => Some(completion.clone()),
                Conclusion::Refused(_) => None,
            },
            Payload::Value(_) => None,
        }
    }

    #[inline]
    pub(crate) fn finish(mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        let RequestState { hub, subject, .. } = self.state;
        if self.has_id {
            hub.ids.withdraw(self.state.id());
        }
        if self.has_slot {
            hub.waiters.free_slot();
        }
        let telemetry = &hub.waiters.telemetry;
        telemetry.tell_of(subject, Event::End(&self.end));
        if !self.on_end.is_empty() {
            let panics = std::mem::take(&mut self.on_end).call(&self.end);
            telemetry.tell_panics(subject, panics);
            let attributes = |attributes: &mut Extensions, _| std::mem::take(attributes);
            self.attributes = self.state.with_attributes(attributes);
        }
        // Last, for they may do anything.
        drop((self.payload.take(), self.marked.take()));
        self.attributes.clear();
    }
}
