//! The state of one request that other threads may reach.

mod cleanup;

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
use crate::payload::Payload;
use crate::sync::{Mutex, order};
use crate::telemetry::Subject;
use crate::time::{AtomicTime, Instant};
use crate::waiters::Wait;

use super::Shared;
use super::clients::ClientPermit;
use super::extras::Extras;

pub(crate) use cleanup::Cleanup;

/// The state of one request, from its arrival to its end. Its passes and its handles share it.
///
/// Continuations keep it alive. Handles refer to it weakly, so they keep nothing alive.
#[derive(Debug)]
pub(crate) struct RequestState {
    pub(crate) hub: Arc<Shared>,
    pub(crate) subject: Subject,
    kind: Kind,
    /// The time until which the request may be held in all.
    limit: AtomicTime,
    /// The expiry of the wait if a handle has moved it, and never otherwise. Written while the shard of its waiter is
    /// locked.
    moved: AtomicTime,
    inner: Mutex<Inner, { order::STATE }>,
}

/// What executes a request, as far as its state must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A call of the hub, which is given the token itself.
    Call,
    /// An adapter, which takes suspensions that have become responses.
    Adapted,
    /// A stream. When its time is up it waits on, and no pass follows that would see what a late wake was for.
    Stream,
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
    pub(crate) fn new(hub: Arc<Shared>, kind: Kind) -> Arc<Self> {
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
            kind,
            limit: AtomicTime::default(),
            moved: AtomicTime::default(),
            inner: Mutex::new(inner),
        })
    }

    #[inline]
    pub(crate) fn begin_pass(self: &mut Arc<Self>) {
        let stale = self.change(|inner| {
            // A wake that was late for the former wait of a stream counts for the next.
            if !matches!(inner.phase, Phase::Woken(_)) {
                inner.phase = Phase::Running;
            }
            inner.extras.as_mut().map(|extras| extras.take_mark())
        });
        drop(stale);
    }

    /// Calls `act` with what other threads may change, and locks it only if the request is shared: while it waits, it
    /// usually is not. `act` must not run foreign code.
    #[inline]
    fn change<R>(self: &mut Arc<Self>, act: impl FnOnce(&mut Inner) -> R) -> R {
        match Arc::get_mut(self) {
            Some(alone) => act(alone.inner.get_mut()),
            None => act(&mut self.inner.lock()),
        }
    }

    /// An answer was given, and a pass follows that sees what the request was woken for: takes what came with the wake.
    pub(crate) fn take_wake(&self) -> Option<Payload> {
        let phase = std::mem::replace(&mut self.inner.lock().phase, Phase::Running);
        match phase {
            Phase::Woken(payload) => payload,
            _ => None,
        }
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
                Phase::Woken(_) | Phase::Due | Phase::Ended => None,
                Phase::Running => {
                    inner.phase = Phase::Woken(payload);
                    return true;
                }
                Phase::Waiting(at) => Some(at),
            }
        };
        let resume = |at| self.hub.waiters.resume(at, payload.as_ref());
        at.is_some_and(resume) || self.wake_late(at, payload)
    }

    /// The wait was over before this wake came. For a stream that may be because its time was up, and no pass follows:
    /// so the wake counts for the next wait.
    #[cold]
    fn wake_late(&self, over: Option<WaiterRef>, payload: Option<Payload>) -> bool {
        if self.kind != Kind::Stream {
            return false;
        }
        let mut inner = self.inner.lock();
        match inner.phase {
            Phase::Woken(_) | Phase::Ended => false,
            Phase::Waiting(at) if Some(at) != over => {
                drop(inner);
                self.wake(payload)
            }
            Phase::Running | Phase::Waiting(_) | Phase::Due => {
                inner.phase = Phase::Woken(payload);
                true
            }
        }
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
        self.kind == Kind::Adapted
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
