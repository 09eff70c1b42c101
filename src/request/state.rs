//! The state of one request that other threads may reach.

use std::panic::RefUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Response};

use crate::completion::{CompleteError, Completion};
use crate::end::End;
use crate::engine::{Fingerprint, WaiterRef};
use crate::error::Error;
use crate::id::ContinuationId;
use crate::payload::{Conclusion, Payload};
use crate::sync::{Mutex, order};
use crate::telemetry::{Event, Subject};
use crate::time::{AtomicTime, Instant};
use crate::waiters::Wait;

use super::Shared;
use super::clients::ClientPermit;
use super::extras::Extras;

/// The state of one request, from its arrival to its end. Its passes and its handles share it.
///
/// Continuations keep it alive. Handles refer to it weakly, so they keep nothing alive.
#[derive(Debug)]
pub(crate) struct RequestState {
    pub(crate) hub: Arc<Shared>,
    pub(crate) subject: Subject,
    /// An adapter executes the request, and takes suspensions that have become responses.
    is_adapted: bool,
    /// The time until which the request may be held in all.
    limit: AtomicTime,
    /// The expiry of the wait if a handle has moved it, and never otherwise. Written while the shard of its waiter is
    /// locked.
    moved: AtomicTime,
    inner: Mutex<Inner, { order::STATE }>,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    extras: Option<Box<Extras>>,
    /// Whether the hub can find this request by its id.
    has_id: bool,
    /// Whether it occupies a slot. It does so from its first suspension on.
    has_slot: bool,
}

/// The phase of a request. It decides what a call does that wants to wake the request.
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
    /// The request was woken before it waits, so its wait will be over when it begins.
    Woken(Option<Payload>),
    /// This phase does not end with the wait. It ends when the request is polled next.
    Waiting(WaiterRef),
    Due,
    Ended,
}

/// No foreign code runs while a change is half done, so a panic of such code leaves a consistent state.
impl RefUnwindSafe for RequestState {}

impl RequestState {
    pub(crate) fn new(hub: Arc<Shared>, is_adapted: bool) -> Arc<Self> {
        let number = hub.next_request();
        let inner = Inner {
            phase: Phase::Running,
            extras: None,
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
            inner.extras.as_mut().map(|extras| extras.take_mark())
        };
        drop(stale);
    }

    /// Begins the wait and counts the request as suspended, unless it has been woken in advance.
    ///
    /// # Errors
    ///
    /// If the request has no slot yet and none is free.
    #[inline]
    pub(crate) fn wait_at(&self, at: WaiterRef) -> Result<bool, Error> {
        let mut inner = self.inner.lock();
        if matches!(inner.phase, Phase::Woken(_)) {
            return Ok(false);
        }
        // Counted while the shard is locked, so that a thread that sees the count also finds the request asleep.
        self.hub.waiters.count_suspended(inner.has_slot)?;
        inner.has_slot = true;
        inner.phase = Phase::Waiting(at);
        Ok(true)
    }

    /// Whether the request has been woken before it waits.
    #[inline]
    pub(crate) fn was_woken(&self) -> bool {
        matches!(self.inner.lock().phase, Phase::Woken(_))
    }

    /// Ends a wait that was over when it began. Until the next pass begins, a call finds nothing to wake. If a wake
    /// came before the wait, returns that wake's payload.
    #[inline]
    pub(crate) fn finish_wait(&self) -> Option<Option<Payload>> {
        let phase = std::mem::replace(&mut self.inner.lock().phase, Phase::Due);
        match phase {
            Phase::Woken(payload) => Some(payload),
            _ => None,
        }
    }

    /// After this, nothing can wake the request.
    #[inline]
    pub(crate) fn close(&self) -> Cleanup<'_> {
        let mut inner = self.inner.lock();
        let payload = match std::mem::replace(&mut inner.phase, Phase::Ended) {
            Phase::Woken(payload) => payload,
            Phase::Running | Phase::Waiting(_) | Phase::Due | Phase::Ended => None,
        };
        let has_callbacks = matches!(&inner.extras, Some(extras) if !extras.on_end.is_empty());
        Cleanup {
            state: self,
            end: End::Panicked,
            payload,
            extras: match has_callbacks {
                true => None,
                false => inner.extras.take(),
            },
            has_callbacks,
            has_id: std::mem::take(&mut inner.has_id),
            has_slot: std::mem::take(&mut inner.has_slot),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.inner.lock().phase, Phase::Ended)
    }
}

/// Wakes from outside.
impl RequestState {
    /// Ends the wait or, if the handler is still running, the next wait. The next pass gets the payload. Returns
    /// `false` if another call was first.
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

    /// Moves the expiry of the wait. Returns `false` if there is no wait.
    pub(crate) fn set_timeout(&self, timeout: Duration) -> bool {
        let Phase::Waiting(at) = self.inner.lock().phase else {
            return false;
        };
        let due = self.hub.waiters.now().after(timeout);
        // A time that will never come still counts as moved, so it is stored as `LAST` and not as `NEVER`.
        let moved = || self.moved.set(due.min(Instant::LAST));
        self.hub
            .waiters
            .reschedule(at, due.min(self.limit()), moved)
    }
}

/// Time limits.
impl RequestState {
    #[inline]
    pub(crate) fn set_limit(&self, limit: Instant) {
        self.limit.set(limit);
    }

    /// The time until which the request may be held in all.
    #[inline]
    pub(crate) fn limit(&self) -> Instant {
        self.limit.get()
    }

    /// The new expiry, if a handle has moved it since the last one.
    #[inline]
    pub(crate) fn moved(&self) -> Option<Instant> {
        Some(self.moved.get()).filter(|moved| *moved != Instant::NEVER)
    }

    /// Forgets the expiry that a handle has set.
    #[inline]
    pub(crate) fn clear_moved(&self) {
        self.moved.set(Instant::NEVER);
    }
}

/// Data that an adapter, its handler and its handles store here.
impl RequestState {
    /// Records what the running pass will wait for, in addition to what was recorded in this pass before. Returns
    /// `false` if no adapter will take it.
    pub(crate) fn mark_suspended(&self, wait: Wait) -> bool {
        let mut inner = self.inner.lock();
        if !matches!(inner.phase, Phase::Running | Phase::Woken(_)) {
            drop(inner);
            // The wait may contain foreign code, and its destructor may do anything.
            drop(wait);
            return false;
        }
        let extras = inner.extras.get_or_insert_default();
        extras.mark(wait, self.hub.limits.keys);
        self.is_adapted
    }

    /// The handler begins, perhaps not for the first time in this pass.
    pub(crate) fn begin_handler(&self) {
        if let Some(extras) = &mut self.inner.lock().extras {
            extras.begin_handler();
        }
    }

    /// Takes what was recorded. Returns `None` if the handler has begun again since then and has answered.
    pub(crate) fn take_suspension(&self) -> Option<Wait> {
        let (marked, is_provisional) = self.inner.lock().extras.as_mut()?.take_mark();
        marked.filter(|_| !is_provisional)
    }

    /// Calls `act` with the attributes, if there are any, and with whether the request has ended. `act` must not run
    /// foreign code.
    pub(super) fn with_attributes<R>(
        &self,
        act: impl FnOnce(&mut Extensions, bool) -> Option<R>,
    ) -> Option<R> {
        let mut inner = self.inner.lock();
        let has_ended = matches!(inner.phase, Phase::Ended);
        act(&mut inner.extras.as_mut()?.attributes, has_ended)
    }

    /// Calls `act` with the attributes, or with `None` if the request has ended. `act` must not run foreign code.
    pub(super) fn before_end<R>(&self, act: impl FnOnce(Option<&mut Extensions>) -> R) -> R {
        let mut inner = self.inner.lock();
        match inner.phase {
            Phase::Ended => act(None),
            _ => act(Some(&mut inner.extras.get_or_insert_default().attributes)),
        }
    }

    pub(crate) fn on_end(&self, callback: impl FnOnce(End) + Send + 'static) -> bool {
        let mut inner = self.inner.lock();
        let lives = !matches!(inner.phase, Phase::Ended);
        if lives {
            let extras = inner.extras.get_or_insert_default();
            extras.on_end.add(callback);
        }
        lives
    }

    /// Calls the callbacks for the end, and returns the number of panics.
    fn call_back(&self, end: &End) -> usize {
        let on_end = match &mut self.inner.lock().extras {
            Some(extras) => std::mem::take(&mut extras.on_end),
            None => return 0,
        };
        on_end.call(end)
    }

    pub(crate) fn id(&self) -> ContinuationId {
        self.hub.id(self.subject.number)
    }

    /// Makes the request known to the hub by its id.
    pub(crate) fn publish_id(self: &Arc<Self>) -> ContinuationId {
        let id = self.id();
        let mut inner = self.inner.lock();
        if !inner.has_id && !matches!(inner.phase, Phase::Ended) {
            inner.has_id = true;
            self.hub.ids.publish(id, Arc::downgrade(self));
        }
        id
    }

    /// Counts the request as one of its client, if the handler has named a client and there is a limit per client. If
    /// this evicts another request, that one is ended.
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
            // If that request has been woken already, it learns of this when it suspends again.
            oldest.wake(Some(Payload::end(Error::Superseded)));
        }
        Ok(Some(permit))
    }
}

/// What remains to be reported and cleaned up at the end of a request. Dropping it does that.
#[must_use = "dropping it ends the request as panicked"]
pub(crate) struct Cleanup<'r> {
    state: &'r RequestState,
    /// A panic, until `finish` sets another end.
    end: End,
    payload: Option<Payload>,
    /// `None` while there are callbacks, which may read the attributes: then the extras stay with the request.
    extras: Option<Box<Extras>>,
    has_callbacks: bool,
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
        if self.has_callbacks {
            telemetry.tell_panics(subject, self.state.call_back(&self.end));
            self.extras = self.state.inner.lock().extras.take();
        }
        // Last, because their destructors may do anything.
        drop((self.payload.take(), self.extras.take()));
    }
}
