//! The time between two passes.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::completion::Completion;
use crate::engine::{Ending, Entry, Parcel};
use crate::error::Error;
use crate::expiry::Expiry;
use crate::hub::{Collected, Keys, Registration, Token};
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
    /// What is to happen if it expires.
    expiry: Expiry,
    stage: Stage,
}

/// What a suspension asks for, now that it is known when.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) keys: Keys,
    pub(crate) entry: Entry,
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
    Entering(Terms, Option<Armed>),
    Asleep(Registration),
    /// The executor gets its turn before a pass that follows the other at once.
    Yielding(Over),
}

/// The end of a wait.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) ending: Ending,
    pub(crate) carried: Carried,
}

/// What a wait leaves to the pass that follows it.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    armed: Option<Armed>,
    /// A notify has chosen this request and no other, and must not be lost if the pass comes to no
    /// end.
    token: Option<Token>,
    /// What came with the wake.
    parcel: Option<Parcel>,
}

/// A registration that stands while a pass runs.
///
/// A key may *seem* to have been notified since a pass began, because another key shares its
/// stripes. The handler then looks once more while the registration stands, and what happens
/// meanwhile is known exactly. So the doubt costs one pass at the most.
#[derive(Debug)]
pub(crate) struct Armed(Box<Registration>);

impl Wait {
    pub(crate) fn new(
        record: Arc<Record>,
        terms: Terms,
        expiry: Expiry,
        armed: Option<Armed>,
    ) -> Self {
        Self {
            record,
            expiry,
            stage: Stage::Entering(terms, armed),
        }
    }

    /// Ready with what the next pass needs, or with the reason why there is none.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Over, Error>> {
        let mut over = ready!(self.poll_stage(cx))?;
        if let Some(completion) = over.carried.take_completion() {
            return Poll::Ready(Err(Error::Completed(completion)));
        }
        Poll::Ready(match over.ending {
            Ending::Closed => Err(Error::ShutDown),
            Ending::Resumed => Ok(over),
            Ending::Expired { .. } => match std::mem::take(&mut self.expiry).come() {
                Some(completion) => Err(Error::Completed(completion)),
                None => Ok(over),
            },
        })
    }

    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Result<Over, Error>> {
        match &mut self.stage {
            Stage::Entering(terms, armed) => {
                let armed = armed.take();
                self.stage = enter(&self.record, terms, armed, cx)?;
                if let Stage::Yielding(over) = &mut self.stage {
                    // Who has woken it before was first.
                    if let Some(early) = self.record.wait_is_over() {
                        over.ending = Ending::Resumed;
                        let missed = over.carried.parcel.take();
                        over.carried.parcel = early.parcel.or(missed);
                    }
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
            Stage::Asleep(registration) => {
                let collected = ready!(registration.poll(cx.waker()));
                Poll::Ready(Ok(collected.into()))
            }
            Stage::Yielding(over) => Poll::Ready(Ok(Over {
                ending: over.ending,
                carried: std::mem::take(&mut over.carried),
            })),
        }
    }
}

/// Falls asleep on behalf of a request, or says what the wait has come to as it began.
fn enter(
    record: &Arc<Record>,
    terms: &Terms,
    armed: Option<Armed>,
    cx: &Context<'_>,
) -> Result<Stage, Error> {
    let Record { hub, number, .. } = &**record;
    let Terms { keys, entry, .. } = terms;
    if *keys == Keys::TooMany {
        let limit = hub.limits.keys;
        return Err(Error::TooManyKeys { limit });
    }
    if hub.is_shut_down() {
        return Err(Error::ShutDown);
    }
    if let (Some(at), false) = (terms.expired, record.was_woken()) {
        return Ok(Stage::Yielding(Over::new(Ending::Expired { at })));
    }
    let armed = armed.filter(|_| !cfg!(mutant = "forget-the-armed"));
    let registration = match armed {
        Some(Armed(registration)) if registration.is_for(keys, entry.priority) => *registration,
        // One for other keys is of no use, and is dropped here.
        _ => match Registration::new(hub, keys.clone(), *entry, *number) {
            (registration, false) => registration,
            (registration, true) => return Ok(Stage::Yielding(Over::armed(registration))),
        },
    };
    park(registration, record, terms, cx)
}

fn park(
    mut registration: Registration,
    record: &Record,
    terms: &Terms,
    cx: &Context<'_>,
) -> Result<Stage, Error> {
    let ended = registration.park(cx.waker().clone(), terms.deadline, Some(record))?;
    Ok(match ended {
        None => Stage::Asleep(registration),
        // What came with the notify is still to be fetched.
        Some(Ending::Resumed) => Stage::Yielding(
            registration
                .collect()
                .map_or_else(Over::resumed, Over::from),
        ),
        Some(ending) => Stage::Yielding(Over::new(ending)),
    })
}

impl Over {
    fn new(ending: Ending) -> Self {
        Self {
            ending,
            carried: Carried::default(),
        }
    }

    fn resumed() -> Self {
        Self::new(Ending::Resumed)
    }

    fn armed(registration: Registration) -> Self {
        let mut over = Self::resumed();
        over.carried.armed = Some(Armed(Box::new(registration)));
        over
    }
}

impl From<Collected> for Over {
    fn from(collected: Collected) -> Self {
        let Collected {
            ending,
            token,
            parcel,
        } = collected;
        let carried = Carried {
            armed: None,
            token,
            parcel,
        };
        Self { ending, carried }
    }
}

impl Carried {
    /// The pass has ended, and has answered for what was meant for it.
    pub(crate) fn spend(&mut self) -> Option<Armed> {
        if let Some(token) = self.token.take() {
            token.spend();
        }
        self.armed.take()
    }

    /// What came with the wake, for the handler.
    pub(crate) fn take_value(&mut self) -> Option<Parcel> {
        self.parcel.take()
    }

    /// The answer, if that is what came.
    fn take_completion(&mut self) -> Option<Completion> {
        match Completion::from_parcel(self.parcel.take()?) {
            Ok(completion) => Some(completion),
            Err(parcel) => {
                self.parcel = Some(parcel);
                None
            }
        }
    }
}
