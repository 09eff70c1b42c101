//! The time between two passes.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::clock::tick_at;
use crate::engine::{Ending, Entry, Fingerprint, Parcel};
use crate::error::Error;
use crate::expiry::Expiry;
use crate::hub::{Begun, Collected, Keys, Presence, Registration, Sleep, Token};
use crate::record::{Early, Record};
use crate::telemetry::{Happening, WaitEnd};
use crate::verdict;

/// One wait, from the handler's return to the next pass. Dropping it forgets the wait.
///
/// ```text
///   begins ──▶ Asleep ────▶ over
///       ╰────▶ Yielding ──▶ over
///        it was over as it began
/// ```
#[derive(Debug)]
pub(crate) struct Wait {
    record: Arc<Record>,
    since: Duration,
    /// What is to happen if it expires.
    expiry: Expiry,
    stage: Stage,
    /// It has been told how the wait has ended.
    told: bool,
}

/// What a suspension asks for, now that it is known when.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) keys: Keys,
    pub(crate) client: Option<Fingerprint>,
    pub(crate) entry: Entry,
    /// When the wait expires, if ever.
    pub(crate) due: Option<Duration>,
    /// Its time was up before that pass began.
    ///
    /// Then no notify can prolong it: else a key that is notified in every pass would keep its
    /// request from ever expiring.
    pub(crate) is_overdue: bool,
}

#[derive(Debug)]
enum Stage {
    Asleep {
        registration: Registration,
        /// It counts as one of its client.
        _presence: Option<Presence>,
    },
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
    /// Begins to wait on behalf of a request.
    pub(crate) fn new(
        record: Arc<Record>,
        terms: Terms,
        expiry: Expiry,
        armed: Option<Armed>,
        cx: &Context<'_>,
    ) -> Result<Self, Error> {
        let since = moment(&record);
        let mut stage = begin(&record, terms, armed, cx)?;
        if let Stage::Yielding(over) = &mut stage {
            over.admit(record.wait_is_over());
            cx.waker().wake_by_ref();
        }
        Ok(Self {
            record,
            since,
            expiry,
            stage,
            told: false,
        })
    }

    /// Ready with what the next pass needs, or with the reason why there is none.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Over, Error>> {
        let mut over = ready!(self.poll_stage(cx));
        if let Some(verdict) = over.carried.take_verdict() {
            self.tell(match verdict {
                Error::Completed(_) => WaitEnd::Completed,
                _ => WaitEnd::Closed,
            });
            return Poll::Ready(Err(verdict));
        }
        Poll::Ready(match over.ending {
            Ending::Closed => {
                self.tell(WaitEnd::Closed);
                Err(Error::ShutDown)
            }
            Ending::Resumed => {
                self.tell(WaitEnd::Resumed);
                Ok(over)
            }
            Ending::Expired { .. } => {
                self.tell(WaitEnd::Expired);
                self.expire(over)
            }
        })
    }

    /// Ends the wait before its time, and returns what was meant for this request and for nobody else.
    pub(crate) fn dissolve(&mut self) -> Option<Token> {
        match &mut self.stage {
            Stage::Asleep { registration, .. } => registration.dissolve(),
            Stage::Yielding(over) => over.carried.take_token(),
        }
    }

    fn expire(&mut self, over: Over) -> Result<Over, Error> {
        let (completion, panics) = std::mem::take(&mut self.expiry).come();
        let Record { hub, .. } = &*self.record;
        hub.telemetry.tell_panics(&self.record, panics);
        completion.map_or(Ok(over), |completion| Err(Error::Completed(completion)))
    }

    fn tell(&mut self, end: WaitEnd) {
        let Record { hub, .. } = &*self.record;
        let lasted = moment(&self.record).saturating_sub(self.since);
        let over = Happening::WaitEnd { end, lasted };
        hub.telemetry.tell_of(&self.record, over);
        self.told = true;
    }

    fn poll_stage(&mut self, cx: &mut Context<'_>) -> Poll<Over> {
        Poll::Ready(match &mut self.stage {
            Stage::Asleep { registration, .. } => ready!(registration.poll(cx.waker())).into(),
            Stage::Yielding(over) => Over {
                ending: over.ending,
                carried: std::mem::take(&mut over.carried),
            },
        })
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if !self.told {
            self.tell(WaitEnd::Cancelled);
        }
    }
}

/// The time, if anybody wants to know how long waits last.
fn moment(record: &Record) -> Duration {
    match cfg!(any(feature = "tracing", feature = "metrics")) {
        true => record.hub.now(),
        false => Duration::ZERO,
    }
}

/// Falls asleep on behalf of a request, or says what the wait has come to as it began.
fn begin(
    record: &Arc<Record>,
    terms: Terms,
    armed: Option<Armed>,
    cx: &Context<'_>,
) -> Result<Stage, Error> {
    let Record { hub, number, .. } = &**record;
    let Terms {
        keys,
        client,
        entry,
        due,
        is_overdue,
    } = terms;
    if keys == Keys::TooMany {
        let limit = hub.limits.keys;
        return Err(Error::TooManyKeys { limit });
    }
    if hub.is_shut_down() {
        return Err(Error::ShutDown);
    }
    if is_overdue && !record.was_woken() {
        let at = tick_at(hub.now());
        return Ok(Stage::Yielding(Over::new(Ending::Expired { at })));
    }
    let sleep = Sleep {
        waker: cx.waker().clone(),
        due,
        request: Some(record),
    };
    let armed = armed.filter(|_| !cfg!(mutant = "forget-the-armed"));
    let (registration, begun) = match armed {
        Some(Armed(mut registration)) if registration.is_for(&keys, entry.priority) => {
            let begun = registration.sleep(sleep)?;
            (*registration, begun)
        }
        // One for other keys is of no use, and is dropped here.
        _ => Registration::new(hub, keys, entry, *number, sleep)?,
    };
    settle(registration, begun, client, record)
}

fn settle(
    mut registration: Registration,
    begun: Begun,
    client: Option<Fingerprint>,
    record: &Arc<Record>,
) -> Result<Stage, Error> {
    let ending = match begun {
        Begun::InDoubt => return Ok(Stage::Yielding(Over::armed(registration))),
        Begun::Over(ending) => ending,
        Begun::Asleep(_) => match Presence::of(client, record) {
            Ok(presence) => {
                return Ok(Stage::Asleep {
                    registration,
                    _presence: presence,
                });
            }
            Err(error) => registration.give_up(error)?,
        },
    };
    Ok(Stage::Yielding(match ending {
        // What came with the notify is still to be fetched.
        Ending::Resumed => registration
            .collect()
            .map_or_else(Over::resumed, Over::from),
        ending => Over::new(ending),
    }))
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

    /// Who has woken the request before it waits was first; but what came with a notify is not lost.
    fn admit(&mut self, early: Option<Early>) {
        if let Some(early) = early {
            self.ending = Ending::Resumed;
            let missed = self.carried.parcel.take();
            self.carried.parcel = early.parcel.or(missed);
        }
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

    /// What is to be passed on, if the pass comes to no end.
    pub(crate) fn take_token(&mut self) -> Option<Token> {
        self.token.take()
    }

    /// What came with the wake, for the handler.
    pub(crate) fn take_value(&mut self) -> Option<Parcel> {
        self.parcel.take()
    }

    /// What the request is to end with, if that is what came.
    fn take_verdict(&mut self) -> Option<Error> {
        match verdict::from_parcel(self.parcel.take()?) {
            Ok(verdict) => Some(verdict),
            Err(parcel) => {
                self.parcel = Some(parcel);
                None
            }
        }
    }
}
