//! The time between two passes.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::engine::Ending;
use crate::error::Error;
use crate::hub::{Keys, Registration};
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
    keys: Keys,
    /// How many notifies had been made when the pass began that asked for this wait.
    start: u64,
    deadline: u64,
    stage: Stage,
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
}

/// A registration that stands while a pass runs.
///
/// A key may *seem* to have been notified since a pass began, because another key shares its
/// stripes. The handler then looks once more while the registration stands, and what happens
/// meanwhile is known exactly. So the doubt costs one pass at the most.
#[derive(Debug)]
pub(crate) struct Armed(Registration);

impl Wait {
    pub(crate) fn new(
        record: Arc<Record>,
        keys: Keys,
        start: u64,
        deadline: u64,
        armed: Option<Armed>,
    ) -> Self {
        Self {
            record,
            keys,
            start,
            deadline,
            stage: Stage::Entering(armed),
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Over, Error>> {
        match &mut self.stage {
            Stage::Entering(armed) => {
                let armed = armed.take();
                self.stage = self.enter(armed, cx)?;
                if matches!(self.stage, Stage::Yielding(_)) {
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
            Stage::Asleep(registration) => {
                let ending = ready!(registration.poll(cx.waker()));
                Poll::Ready(Over::unarmed(ending))
            }
            Stage::Yielding(over) => Poll::Ready(Ok(Over {
                ending: over.ending,
                armed: over.armed.take(),
            })),
        }
    }

    fn enter(&self, armed: Option<Armed>, cx: &mut Context<'_>) -> Result<Stage, Error> {
        if self.keys == Keys::TooMany {
            let limit = self.record.hub.limits.keys;
            return Err(Error::TooManyKeys { limit });
        }
        let mut registration = match armed {
            Some(Armed(registration)) if registration.is_for(&self.keys) => registration,
            // One for other keys is of no use, and is dropped here.
            _ => {
                let (registration, missed) =
                    Registration::new(&self.record.hub, self.keys.clone(), self.start);
                if missed {
                    let armed = Some(Armed(registration));
                    return Ok(Stage::Yielding(Over {
                        ending: Ending::Resumed,
                        armed,
                    }));
                }
                registration
            }
        };
        let waker = cx.waker().clone();
        let ended = registration.park(waker, self.deadline, Some(&self.record))?;
        match ended {
            None => Ok(Stage::Asleep(registration)),
            Some(ending) => Over::unarmed(ending).map(Stage::Yielding),
        }
    }
}

impl Over {
    /// No registration is left, and after a shutdown there is not to be another one.
    fn unarmed(ending: Ending) -> Result<Self, Error> {
        match ending {
            Ending::Closed => Err(Error::ShutDown),
            Ending::Resumed | Ending::Expired { .. } => Ok(Self {
                ending,
                armed: None,
            }),
        }
    }
}
