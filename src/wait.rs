//! The time between two passes.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::engine::Ending;
use crate::error::Error;
use crate::hub::{Keys, Registration, Token};
use crate::record::Record;

/// One wait, from the handler's return to the next pass. Dropping it forgets the wait.
///
/// ```text
///   Entering ─────────────▶ Asleep ──▶ over
///       ╰────▶ Yielding ─────────────▶ over
///        it was over as it began
/// ```
#[derive(Debug)]
pub(crate) struct Wait {
    record: Arc<Record>,
    terms: Terms,
    stage: Stage,
}

/// What a suspension asks for, now that it is known when.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) keys: Keys,
    /// How many notifies had been made when the pass began that has suspended.
    pub(crate) start: u64,
    /// The tick at which the wait expires, or `NEVER`.
    pub(crate) deadline: u64,
    /// The tick at which it has expired already, if its time was up before that pass began.
    ///
    /// Then no notify can prolong it: else a key that is notified in every pass would keep its
    /// request from ever expiring.
    pub(crate) expired: Option<u64>,
}

#[derive(Debug)]
enum Stage {
    Entering(Option<Armed>),
    Asleep(Registration),
    /// The executor gets its turn before a pass that follows the other at once.
    Yielding(Over),
}

/// The end of a wait.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) ending: Ending,
    pub(crate) armed: Option<Armed>,
    pub(crate) token: Option<Token>,
}

/// A registration that stands while a pass runs.
///
/// A key may *seem* to have been notified since a pass began, because another key shares its
/// stripes. The handler then looks once more while the registration stands, and what happens
/// meanwhile is known exactly. So the doubt costs one pass at the most.
#[derive(Debug)]
pub(crate) struct Armed(Registration);

impl Wait {
    pub(crate) fn new(record: Arc<Record>, terms: Terms, armed: Option<Armed>) -> Self {
        let stage = Stage::Entering(armed);
        Self {
            record,
            terms,
            stage,
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Over, Error>> {
        match &mut self.stage {
            Stage::Entering(armed) => {
                let armed = armed.take();
                self.stage = self.enter(armed, cx)?;
                if let Stage::Yielding(_) = self.stage {
                    self.record.wait_is_over();
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
            Stage::Asleep(registration) => {
                let (ending, token) = ready!(registration.poll(cx.waker()));
                Poll::Ready(Over::new(ending).map(|over| Over { token, ..over }))
            }
            Stage::Yielding(over) => Poll::Ready(Ok(Over {
                ending: over.ending,
                armed: over.armed.take(),
                token: None,
            })),
        }
    }

    fn enter(&self, armed: Option<Armed>, cx: &Context<'_>) -> Result<Stage, Error> {
        if self.terms.keys == Keys::TooMany {
            let limit = self.record.hub.limits.keys;
            return Err(Error::TooManyKeys { limit });
        }
        if self.record.hub.is_shut_down() {
            return Err(Error::ShutDown);
        }
        if let (Some(at), false) = (self.terms.expired, self.record.was_resumed()) {
            return Over::new(Ending::Expired { at }).map(Stage::Yielding);
        }
        let mut registration = match armed {
            Some(Armed(registration)) if registration.is_for(&self.terms.keys) => registration,
            // One for other keys is of no use, and is dropped here.
            _ => match self.register() {
                (registration, false) => registration,
                (registration, true) => {
                    let armed = Some(Armed(registration));
                    let over = Over::new(Ending::Resumed)?;
                    return Ok(Stage::Yielding(Over { armed, ..over }));
                }
            },
        };
        let waker = cx.waker().clone();
        let ended = registration.park(waker, self.terms.deadline, Some(&self.record))?;
        match ended {
            None => Ok(Stage::Asleep(registration)),
            Some(ending) => Over::new(ending).map(Stage::Yielding),
        }
    }

    /// True if a key may have been notified since the pass began.
    fn register(&self) -> (Registration, bool) {
        let Record { hub, number, .. } = &*self.record;
        let Terms { keys, start, .. } = &self.terms;
        Registration::new(hub, keys.clone(), *start, *number)
    }
}

impl Over {
    fn new(ending: Ending) -> Result<Self, Error> {
        match ending {
            Ending::Closed => Err(Error::ShutDown),
            Ending::Resumed | Ending::Expired { .. } => Ok(Self {
                ending,
                armed: None,
                token: None,
            }),
        }
    }
}
