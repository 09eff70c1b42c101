//! What the passes of one request share.

use std::any::Any;
use std::sync::Arc;

use http::Extensions;

use crate::engine::Home;
use crate::handle::ContinuationId;
use crate::hub::Shared;
use crate::suspended::Wish;
use crate::sync::Mutex;

/// One request, from its arrival to its end.
///
/// Its continuations hold it; its handles only see it, so they keep nothing alive.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) hub: Arc<Shared>,
    /// No two requests of a hub have the same.
    pub(crate) number: u64,
    life: Mutex<Life>,
}

#[derive(Debug)]
struct Life {
    phase: Phase,
    /// What the running pass is going to wait for, as a response has told the framework.
    deposited: Option<Wish>,
    attributes: Extensions,
    /// Whether the hub can find this request by its id.
    named: bool,
}

/// Where a request stands, as far as it concerns those who want to resume it.
///
/// ```text
///   Running ──▶ Waiting ──▶ Due ──▶ Running … ──▶ Ended
///          its handler   its wait   its next
///          suspends      is over    pass begins
/// ```
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// `resumed`: somebody has resumed it before it waits, so the wait will be over as it begins.
    Running {
        resumed: bool,
    },
    /// `Waiting` does not end with the wait, but when its owner notices.
    Waiting(Home),
    Due,
    Ended,
}

impl Record {
    pub(crate) fn new(hub: Arc<Shared>) -> Arc<Self> {
        let number = hub.next_request();
        let phase = Phase::Running { resumed: false };
        let life = Life {
            phase,
            deposited: None,
            attributes: Extensions::new(),
            named: false,
        };
        Arc::new(Self {
            hub,
            number,
            life: Mutex::new(life),
        })
    }

    pub(crate) fn begin_pass(&self) {
        let mut life = self.life.lock();
        life.phase = Phase::Running { resumed: false };
        life.deposited = None;
    }

    /// Lets the request wait at `home`, unless it has been resumed in advance.
    pub(crate) fn wait_at(&self, home: Home) -> bool {
        let mut life = self.life.lock();
        let may_wait = !matches!(life.phase, Phase::Running { resumed: true });
        if may_wait {
            life.phase = Phase::Waiting(home);
        }
        may_wait
    }

    /// Tells whether it has been resumed before it waits.
    pub(crate) fn was_resumed(&self) -> bool {
        matches!(self.life.lock().phase, Phase::Running { resumed: true })
    }

    /// The wait is over, and the next pass has not begun: there is nothing to be resumed.
    pub(crate) fn wait_is_over(&self) {
        self.life.lock().phase = Phase::Due;
    }

    /// Ends the wait, or the next one if the handler still runs. False if somebody else was first.
    pub(crate) fn resume(&self) -> bool {
        let home = {
            let mut life = self.life.lock();
            match &mut life.phase {
                Phase::Running { resumed } => return !std::mem::replace(resumed, true),
                Phase::Waiting(home) => *home,
                Phase::Due | Phase::Ended => return false,
            }
        };
        self.hub.resume(home)
    }

    /// Nobody can resume the request any more, and what it kept is dropped.
    pub(crate) fn end(&self) {
        let (attributes, named) = {
            let mut life = self.life.lock();
            life.phase = Phase::Ended;
            life.deposited = None;
            let attributes = std::mem::take(&mut life.attributes);
            (attributes, std::mem::take(&mut life.named))
        };
        if named {
            self.hub.names.withdraw(self.id());
        }
        // Last, for they may do anything.
        drop(attributes);
    }
}

/// What the framework has been told.
impl Record {
    pub(crate) fn deposit(&self, terms: Wish) {
        let mut life = self.life.lock();
        if matches!(life.phase, Phase::Running { .. }) {
            life.deposited = Some(terms);
        }
    }

    pub(crate) fn collect(&self) -> Option<Wish> {
        self.life.lock().deposited.take()
    }
}

/// Attributes: values by their type.
impl Record {
    pub(crate) fn attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.life.lock().attributes.get().cloned()
    }

    /// Returns the value that this one replaces. A request that has ended keeps nothing.
    pub(crate) fn set_attribute<T: Any + Send + Sync>(&self, value: Arc<T>) -> Option<Arc<T>> {
        let mut life = self.life.lock();
        match life.phase {
            Phase::Ended => None,
            _ => life.attributes.insert(value),
        }
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
            self.hub.names.publish(id, Arc::downgrade(self));
        }
        id
    }
}
