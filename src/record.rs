//! What the passes of one request share.

use std::any::Any;
use std::panic::RefUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Response};

use crate::completion::{CompleteError, Completion};
use crate::end::End;
use crate::engine::{Home, Parcel};
use crate::error::Error;
use crate::estate::Estate;
use crate::handle::ContinuationId;
use crate::hub::{Shared, deadline};
use crate::listeners::Listeners;
use crate::suspended::Wish;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::telemetry::Span;
use crate::verdict;

/// One request, from its arrival to its end.
///
/// Its continuations hold it; its handles only see it, so they keep nothing alive.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) hub: Arc<Shared>,
    /// No two requests of a hub have the same.
    pub(crate) number: u64,
    /// In which it is executed.
    pub(crate) span: Span,
    /// Until when it may be held in all.
    limit: Moment,
    /// When its time is up, if somebody has moved that. Written while the shard of its waiter is locked.
    moved: Moment,
    life: Mutex<Life>,
}

#[derive(Debug)]
struct Life {
    phase: Phase,
    /// What the running pass is going to wait for, as a response has told the framework.
    deposited: Option<Wish>,
    attributes: Extensions,
    /// Who wants to be told of the end.
    listeners: Listeners<End>,
    /// Whether the hub can find this request by its id.
    named: bool,
    /// Whether it has a place among those who are suspended, or have been.
    placed: bool,
}

/// Where a request stands, as far as it concerns those who want to wake it.
///
/// ```text
///   Running ──▶ Waiting ──▶ Due ──▶ Running … ──▶ Ended
///          its handler   its wait   its next
///          suspends      is over    pass begins
/// ```
#[derive(Debug)]
enum Phase {
    /// `early`: somebody has woken it before it waits, so the wait will be over as it begins.
    Running {
        early: Option<Early>,
    },
    /// `Waiting` does not end with the wait, but when its owner notices.
    Waiting(Home),
    Due,
    Ended,
}

/// A time that many may read, or none. What is later than five centuries is so for ever.
#[derive(Debug)]
struct Moment(AtomicU64);

impl Moment {
    /// In nanoseconds.
    const NONE: u64 = u64::MAX;

    #[inline]
    fn get(&self) -> Option<Duration> {
        match self.0.load(Ordering::Relaxed) {
            Self::NONE => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }

    #[inline]
    fn set(&self, time: Option<Duration>) {
        let nanos = |time: Duration| {
            u64::try_from(time.as_nanos()).map_or(Self::NONE - 1, |nanos| nanos.min(Self::NONE - 1))
        };
        self.0
            .store(time.map_or(Self::NONE, nanos), Ordering::Relaxed);
    }
}

impl Default for Moment {
    fn default() -> Self {
        Self(AtomicU64::new(Self::NONE))
    }
}

/// A wake before the wait, and what came with it.
#[derive(Debug)]
pub(crate) struct Early {
    pub(crate) parcel: Option<Parcel>,
}

/// No foreign code runs while something is half done, so its panics leave nothing that is.
impl RefUnwindSafe for Record {}

impl Record {
    pub(crate) fn new(hub: Arc<Shared>) -> Arc<Self> {
        let number = hub.next_request();
        let life = Life {
            phase: Phase::Running { early: None },
            deposited: None,
            attributes: Extensions::new(),
            listeners: Listeners::default(),
            named: false,
            placed: false,
        };
        Arc::new(Self {
            hub,
            number,
            span: Span::new(number),
            limit: Moment::default(),
            moved: Moment::default(),
            life: Mutex::new(life),
        })
    }

    #[inline]
    pub(crate) fn begin_pass(&self) {
        let stale = {
            let mut life = self.life.lock();
            life.phase = Phase::Running { early: None };
            life.deposited.take()
        };
        drop(stale);
    }

    /// Lets the request wait at `home`, and counts it as suspended, unless it has been woken in advance.
    ///
    /// # Errors
    ///
    /// If it has no place yet among those who are suspended, and there is none.
    #[inline]
    pub(crate) fn wait_at(&self, home: Home) -> Result<bool, Error> {
        let mut life = self.life.lock();
        if matches!(life.phase, Phase::Running { early: Some(_) })
            && !cfg!(mutant = "wait-although-woken")
        {
            return Ok(false);
        }
        // While the shard is locked, so that whoever sees it counted finds it asleep.
        match life.placed {
            true => self.hub.occupancy.sleep(),
            false => self.hub.occupancy.take_place(self.hub.limits.suspended)?,
        }
        life.placed = true;
        life.phase = Phase::Waiting(home);
        Ok(true)
    }

    /// Tells whether it has been woken before it waits.
    #[inline]
    pub(crate) fn was_woken(&self) -> bool {
        matches!(self.life.lock().phase, Phase::Running { early: Some(_) })
    }

    /// The wait was over as it began, and the next pass has not begun: there is nothing to be woken.
    /// Returns the wake that came before.
    #[inline]
    pub(crate) fn wait_is_over(&self) -> Option<Early> {
        let phase = std::mem::replace(&mut self.life.lock().phase, Phase::Due);
        match phase {
            Phase::Running { early } => early,
            _ => None,
        }
    }

    /// Nobody can wake the request any more.
    #[inline]
    pub(crate) fn close(&self) -> Estate<'_> {
        let mut life = self.life.lock();
        let early = match std::mem::replace(&mut life.phase, Phase::Ended) {
            Phase::Running { early } => early,
            Phase::Waiting(_) | Phase::Due | Phase::Ended => None,
        };
        let listeners = std::mem::take(&mut life.listeners);
        let attributes = match listeners.is_empty() {
            true => std::mem::take(&mut life.attributes),
            false => Extensions::new(),
        };
        Estate {
            record: self,
            end: End::Panicked,
            parcel: early.and_then(|early| early.parcel),
            listeners,
            attributes,
            deposited: life.deposited.take(),
            named: std::mem::take(&mut life.named),
            placed: std::mem::take(&mut life.placed),
        }
    }
}

/// Waking it from outside.
impl Record {
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.life.lock().phase, Phase::Ended)
    }

    /// Ends the wait, or the next one if the handler still runs, with a parcel for the pass that
    /// follows. False if somebody else was first.
    pub(crate) fn wake(&self, parcel: Option<Parcel>) -> bool {
        let home = {
            let mut life = self.life.lock();
            match &mut life.phase {
                Phase::Running { early: Some(_) } | Phase::Due | Phase::Ended => return false,
                Phase::Running { early } => {
                    *early = Some(Early { parcel });
                    return true;
                }
                Phase::Waiting(home) => *home,
            }
        };
        self.hub.resume(home, parcel.as_ref())
    }

    /// Ends the wait, or the next one, with an answer, unless somebody else was first.
    pub(crate) fn complete(&self, response: Response<Bytes>) -> Result<(), CompleteError> {
        let completion = Completion::new(response)?;
        match self.wake(Some(verdict::parcel(Error::Completed(completion.clone())))) {
            true => Ok(()),
            false => Err(CompleteError::TooLate(Box::new(completion.into_response()))),
        }
    }

    /// Moves the time at which the wait expires. False if there is no wait.
    pub(crate) fn set_timeout(&self, timeout: Duration) -> bool {
        let Phase::Waiting(home) = self.life.lock().phase else {
            return false;
        };
        let now = self.hub.now();
        let due = now.saturating_add(timeout);
        let moved = || self.moved.set(Some(due));
        let limit = self.limit.get().unwrap_or(Duration::MAX);
        let deadline = deadline(due.min(limit), now);
        self.hub.reschedule(home, deadline, moved)
    }
}

/// How long it may wait.
impl Record {
    #[inline]
    pub(crate) fn set_limit(&self, limit: Option<Duration>) {
        self.limit.set(limit);
    }

    /// Until when it may be held in all.
    #[inline]
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.limit.get()
    }

    /// When its time is up, if somebody has moved that since it last expired.
    #[inline]
    pub(crate) fn moved(&self) -> Option<Duration> {
        self.moved.get()
    }

    /// Its time counts anew.
    #[inline]
    pub(crate) fn forget_moved(&self) {
        self.moved.set(None);
    }
}

/// What the framework has been told.
impl Record {
    pub(crate) fn deposit(&self, wish: Wish) {
        let former = {
            let mut life = self.life.lock();
            match life.phase {
                Phase::Running { .. } => life.deposited.replace(wish),
                _ => Some(wish),
            }
        };
        // What it asked for on expiry may do anything when it is dropped.
        drop(former);
    }

    pub(crate) fn collect(&self) -> Option<Wish> {
        self.life.lock().deposited.take()
    }
}

/// Attributes, by their type, and listeners. A request that has ended takes neither.
impl Record {
    pub(crate) fn attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.life.lock().attributes.get().cloned()
    }

    /// Returns the value that this one replaces, or this one if the request has ended.
    pub(crate) fn set_attribute<T: Any + Send + Sync>(
        &self,
        value: Arc<T>,
    ) -> Result<Option<Arc<T>>, Arc<T>> {
        let mut life = self.life.lock();
        match life.phase {
            Phase::Ended => Err(value),
            _ => Ok(life.attributes.insert(value)),
        }
    }

    /// Returns the one that there is now: the other, if somebody else was first.
    pub(crate) fn attribute_or_set<T: Any + Send + Sync>(&self, value: Arc<T>) -> Arc<T> {
        let mut life = self.life.lock();
        match (life.attributes.get::<Arc<T>>().cloned(), &life.phase) {
            (Some(present), _) => present,
            (None, Phase::Ended) => value,
            (None, _) => {
                life.attributes.insert(Arc::clone(&value));
                value
            }
        }
    }

    pub(crate) fn take_attributes(&self) -> Extensions {
        std::mem::take(&mut self.life.lock().attributes)
    }

    pub(crate) fn remove_attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.life.lock().attributes.remove()
    }

    /// What is there at the end is for those who are told of it.
    pub(crate) fn remove_attribute_before_end<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let mut life = self.life.lock();
        match life.phase {
            Phase::Ended => None,
            _ => life.attributes.remove(),
        }
    }

    pub(crate) fn listen(&self, listener: impl FnOnce(End) + Send + 'static) -> bool {
        let mut life = self.life.lock();
        let lives = !matches!(life.phase, Phase::Ended);
        if lives {
            life.listeners.add(listener);
        }
        lives
    }
}

/// The request's name outside the process.
impl Record {
    pub(crate) fn id(&self) -> ContinuationId {
        ContinuationId::new(self.hub.secret.name(self.number))
    }

    /// From now on the hub finds the request by its id.
    pub(crate) fn publish_id(self: &Arc<Self>) -> ContinuationId {
        let id = self.id();
        let mut life = self.life.lock();
        if !life.named && !matches!(life.phase, Phase::Ended) {
            life.named = true;
            if cfg!(mutant = "name-after-unlocking") {
                drop(life);
            }
            self.hub.names.publish(id, Arc::downgrade(self));
        }
        id
    }
}
