//! The time between two passes.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::clock::tick_at;
use crate::engine::{Ending, Entry, Fingerprint};
use crate::error::Error;
use crate::expiry::Expiry;
use crate::hub::{Begun, Keys, Over, Presence, Registration, Sleep, Token};
use crate::record::{Early, Record};
use crate::telemetry::{Happening, WaitEnd};
use crate::verdict;

/// A request, as one who waits now and then. Dropping it forgets the wait.
///
/// ```text
///              ╭─────────────── over ───────────────╮
///              ▼                                    │
///            Awake ──▶ begins ──▶ Asleep ───────────┤
///                         ╰─────▶ Yielding ─────────╯
///                    it was over as it began
/// ```
///
/// While it is awake, its last registration may stand, *armed*: a key may *seem* to have been notified
/// since a pass began, because another key shares its stripes. The handler then looks once more while
/// the registration stands, and what happens meanwhile is known exactly. So the doubt costs one pass at
/// the most.
#[derive(Debug)]
pub(crate) struct Sleeper {
    pub(crate) record: Arc<Record>,
    registration: Registration,
    /// It counts as one of its client. What few have is in boxes: a request that is held is to be small.
    presence: Option<Box<Presence>>,
    /// When it began to wait.
    since: Duration,
    /// What is to happen if the wait expires.
    expiry: Expiry,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Awake,
    Asleep,
    /// The executor gets its turn before a pass that follows the other at once.
    Yielding(Box<Over>),
}

impl Stage {
    fn yielding(over: Over) -> Self {
        Self::Yielding(Box::new(over))
    }
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
    pub(crate) expiry: Expiry,
}

impl Sleeper {
    pub(crate) fn new(record: Arc<Record>) -> Self {
        Self {
            record,
            registration: Registration::NONE,
            presence: None,
            since: Duration::ZERO,
            expiry: Expiry::default(),
            stage: Stage::Awake,
        }
    }

    /// Begins to wait.
    pub(crate) fn begin(&mut self, terms: Terms, cx: &Context<'_>) -> Result<(), Error> {
        let Terms {
            keys,
            client,
            entry,
            due,
            is_overdue,
            expiry,
        } = terms;
        let Record { hub, number, .. } = &*self.record;
        if keys == Keys::TooMany {
            let limit = hub.limits.keys;
            return Err(Error::TooManyKeys { limit });
        }
        if hub.is_shut_down() {
            return Err(Error::ShutDown);
        }
        self.since = moment(&self.record);
        let begun = match is_overdue && !self.record.was_woken() {
            true => {
                let at = tick_at(hub.now());
                Begun::Over(Ending::Expired { at })
            }
            false => {
                let sleep = Sleep {
                    waker: cx.waker().clone(),
                    due,
                    request: Some(&self.record),
                };
                self.registration.begin(hub, keys, entry, *number, sleep)?
            }
        };
        self.stage = self.settle(begun, client)?;
        self.expiry = expiry;
        if let Stage::Yielding(over) = &mut self.stage {
            if let Some(early) = self.record.wait_is_over() {
                over.admit(early);
            }
            cx.waker().wake_by_ref();
        }
        Ok(())
    }

    /// Ready with the end of the wait, or with the reason why no pass follows it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Over, Error>> {
        let has_slept = matches!(self.stage, Stage::Asleep);
        let over = match &mut self.stage {
            Stage::Asleep => ready!(self.registration.poll(&self.record.hub, cx.waker())),
            Stage::Yielding(over) => std::mem::replace(&mut **over, Over::new(Ending::Resumed)),
            Stage::Awake => Over::new(Ending::Resumed),
        };
        self.stage = Stage::Awake;
        // It counts until everybody has been told, and no longer if that panics.
        let presence = self.presence.take();
        let end = self.end(over);
        if has_slept {
            drop(self.registration.dissolve(&self.record.hub));
        }
        drop(presence);
        self.expiry = Expiry::default();
        Poll::Ready(end)
    }

    /// Ends the wait before its time, or the registration that stands, and returns what was meant for
    /// this request and for nobody else.
    #[inline]
    pub(crate) fn dissolve(&mut self) -> Option<Token> {
        match (&self.stage, self.registration.stands()) {
            (Stage::Awake, false) => None,
            _ => self.forget(),
        }
    }

    fn forget(&mut self) -> Option<Token> {
        let token = self.registration.dissolve(&self.record.hub);
        let token = match self.stage {
            Stage::Awake => return token,
            Stage::Asleep => token,
            Stage::Yielding(ref mut over) => over.token.take(),
        };
        self.stage = Stage::Awake;
        self.tell(WaitEnd::Cancelled);
        self.presence = None;
        self.expiry = Expiry::default();
        token
    }

    /// Says what the wait comes to that begins so.
    fn settle(&mut self, begun: Begun, client: Option<Fingerprint>) -> Result<Stage, Error> {
        let hub = &self.record.hub;
        let ending = match begun {
            Begun::InDoubt => return Ok(Stage::yielding(Over::new(Ending::Resumed))),
            Begun::Over(ending) => ending,
            Begun::Asleep(_) => match Presence::of(client, &self.record) {
                Ok(presence) => {
                    self.presence = presence.map(Box::new);
                    return Ok(Stage::Asleep);
                }
                Err(error) => self.registration.give_up(hub, error)?,
            },
        };
        let collected = match ending {
            // What came with the notify is still to be fetched.
            Ending::Resumed => self.registration.collect(hub),
            Ending::Expired { .. } | Ending::Closed => None,
        };
        drop(self.registration.dissolve(hub));
        let over = collected.unwrap_or_else(|| Over::new(ending));
        Ok(Stage::yielding(over))
    }

    /// Tells how the wait has ended, and what follows.
    fn end(&mut self, mut over: Over) -> Result<Over, Error> {
        let verdict = match (over.take_verdict(), over.ending) {
            (None, Ending::Closed) => Some(Error::ShutDown),
            (verdict, _) => verdict,
        };
        self.tell(match (&verdict, over.ending) {
            (Some(Error::Completed(_)), _) => WaitEnd::Completed,
            (Some(_), _) => WaitEnd::Closed,
            (None, Ending::Expired { .. }) => WaitEnd::Expired,
            (None, _) => WaitEnd::Resumed,
        });
        match (verdict, over.ending) {
            (Some(verdict), _) => Err(verdict),
            (None, Ending::Expired { .. }) => self.expire().map_or(Ok(over), Err),
            (None, _) => Ok(over),
        }
    }

    /// Does what is to be done as the time is up. That may be the end of the request.
    fn expire(&mut self) -> Option<Error> {
        let (answer, panics) = std::mem::take(&mut self.expiry).come();
        let Record { hub, .. } = &*self.record;
        hub.telemetry.tell_panics(&self.record, panics);
        Some(match answer? {
            Ok(completion) => Error::Completed(completion),
            Err(refused) => Error::Interim {
                status: refused.into_response().status(),
            },
        })
    }

    fn tell(&self, end: WaitEnd) {
        let Record { hub, .. } = &*self.record;
        let lasted = moment(&self.record).saturating_sub(self.since);
        let over = Happening::WaitEnd { end, lasted };
        hub.telemetry.tell_of(&self.record, over);
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        drop(self.dissolve());
    }
}

impl Over {
    /// Who has woken the request before it waits was first; but what came with a notify is not lost.
    fn admit(&mut self, early: Early) {
        self.ending = Ending::Resumed;
        let missed = self.parcel.take();
        self.parcel = early.parcel.or(missed);
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

/// The time, if anybody wants to know how long waits last.
fn moment(record: &Record) -> Duration {
    match cfg!(any(feature = "tracing", feature = "metrics")) {
        true => record.hub.now(),
        false => Duration::ZERO,
    }
}
