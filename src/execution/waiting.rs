//! The time between two passes.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::engine::{Ending, Fingerprint, WaiterRef};
use crate::error::Error;
use crate::on_expiry::OnExpiry;
use crate::payload::Payload;
use crate::request::{ClientPermit, RequestState};
use crate::telemetry::{Event, WaitEnd};
use crate::time::tick_at;
use crate::waiters::{Begun, Claim, Keys, Registration, Wait, Waiters, Wakeup};

/// The waits of a request, one after another.
///
/// Between two of them the last registration may stand, *armed*: a key may *seem* to have been notified
/// since a pass began, because another key shares its stripes. The handler then looks once more while
/// the registration stands, and what happens meanwhile is known exactly. So the doubt costs one pass at
/// the most.
#[derive(Debug)]
pub(super) struct Waiting {
    registration: Registration,
    /// It counts as one of its client. What few requests have is in boxes, for a request that is held should be small.
    permit: Option<Box<ClientPermit<RequestState>>>,
    /// When it began to wait.
    began: Duration,
    on_expiry: OnExpiry,
}

impl Waiting {
    pub(super) const NONE: Self = Self {
        registration: Registration::NONE,
        permit: None,
        began: Duration::ZERO,
        on_expiry: OnExpiry::NONE,
    };

    /// Begins a wait. Returns its end if it was over as it began.
    ///
    /// One that `is_overdue` was over before its pass began. No notify can prolong it, or a key that is notified in every
    /// pass would keep its request from ever expiring.
    pub(super) fn begin(
        &mut self,
        state: &Arc<RequestState>,
        mut wait: Wait,
        is_overdue: bool,
        cx: &Context<'_>,
    ) -> Result<Option<Box<Wakeup>>, Error> {
        let waiters = &state.hub.waiters;
        if matches!(wait.keys, Keys::TooMany) {
            let limit = state.hub.limits.keys;
            return Err(Error::TooManyKeys { limit });
        }
        if waiters.is_shut_down() {
            return Err(Error::ShutDown);
        }
        self.began = moment(waiters);
        let begun = match is_overdue && !state.was_woken() {
            true => {
                let at = tick_at(waiters.now());
                Begun::Over(Ending::Expired { at })
            }
            false => {
                let (number, waker) = (state.subject.number, cx.waker().clone());
                let admit = |at: WaiterRef| state.wait_at(at);
                self.registration
                    .begin(waiters, &mut wait, number, waker, Some(admit))?
            }
        };
        let over = self.settle(state, begun, wait.client)?;
        self.on_expiry = wait.on_expiry;
        Ok(over.map(|mut wakeup| {
            if let Some(payload) = state.wait_is_over() {
                woken_before(&mut wakeup, payload);
            }
            cx.waker().wake_by_ref();
            Box::new(wakeup)
        }))
    }

    pub(super) fn poll(&mut self, waiters: &Arc<Waiters>, cx: &Context<'_>) -> Poll<Wakeup> {
        self.registration.poll(waiters, cx.waker())
    }

    /// Tells how the wait has ended, and returns what follows: another pass, or why there is none.
    #[inline]
    pub(super) fn end(
        &mut self,
        state: &RequestState,
        wakeup: Wakeup,
        slept: bool,
    ) -> Result<Wakeup, Error> {
        // It counts until everything has been told, and no longer if that panics.
        let permit = self.permit.take();
        let end = self.tell_end(state, wakeup);
        if slept {
            drop(self.registration.dissolve(&state.hub.waiters));
        }
        drop(permit);
        self.on_expiry = OnExpiry::NONE;
        end
    }

    pub(super) fn is_registered(&self) -> bool {
        self.registration.stands()
    }

    /// Takes it out of the shards, and returns a notify that was meant for it alone.
    pub(super) fn dissolve(&mut self, waiters: &Arc<Waiters>) -> Option<Claim> {
        self.registration.dissolve(waiters)
    }

    /// The wait ends with its request.
    pub(super) fn cancel(&mut self, state: &RequestState) {
        self.tell(state, WaitEnd::Cancelled);
        self.permit = None;
        self.on_expiry = OnExpiry::NONE;
    }

    /// What becomes of a wait that begins so: nothing if it lasts, or its end.
    #[inline]
    fn settle(
        &mut self,
        state: &Arc<RequestState>,
        begun: Begun,
        client: Option<Fingerprint>,
    ) -> Result<Option<Wakeup>, Error> {
        let waiters = &state.hub.waiters;
        let ending = match begun {
            Begun::InDoubt => return Ok(Some(Wakeup::new(Ending::Resumed))),
            Begun::Over(ending) => ending,
            Begun::Asleep => match state.client_permit(client) {
                Ok(permit) => {
                    self.permit = permit.map(Box::new);
                    return Ok(None);
                }
                Err(error) => self.registration.give_up(waiters, error)?,
            },
        };
        let collected = match ending {
            // What came with the notify is still to be fetched.
            Ending::Resumed => self.registration.collect(waiters),
            Ending::Expired { .. } | Ending::Closed => None,
        };
        drop(self.registration.dissolve(waiters));
        Ok(Some(collected.unwrap_or_else(|| Wakeup::new(ending))))
    }

    #[inline]
    fn tell_end(&mut self, state: &RequestState, wakeup: Wakeup) -> Result<Wakeup, Error> {
        let refused = match (&wakeup.payload, wakeup.ending) {
            (Some(Payload::End(error)), _) => Some(Error::clone(error)),
            (_, Ending::Closed) => Some(Error::ShutDown),
            _ => None,
        };
        let expired = matches!(wakeup.ending, Ending::Expired { .. });
        self.tell(
            state,
            match &refused {
                Some(Error::Completed(_)) => WaitEnd::Completed,
                Some(_) => WaitEnd::Closed,
                None if expired => WaitEnd::Expired,
                None => WaitEnd::Resumed,
            },
        );
        let refused = match refused {
            None if expired => self.expire(state),
            refused => refused,
        };
        refused.map_or(Ok(wakeup), Err)
    }

    /// Does what was asked for the expiry. That may be the end of the request.
    fn expire(&mut self, state: &RequestState) -> Option<Error> {
        let (answer, panics) = std::mem::take(&mut self.on_expiry).run();
        let telemetry = &state.hub.waiters.telemetry;
        telemetry.tell_panics(&state.subject, panics);
        Some(match answer? {
            Ok(completion) => Error::Completed(completion),
            Err(refused) => Error::Interim {
                status: refused.into_response().status(),
            },
        })
    }

    #[inline]
    fn tell(&self, state: &RequestState, end: WaitEnd) {
        let waiters = &state.hub.waiters;
        let lasted = moment(waiters).saturating_sub(self.began);
        let ended = Event::WaitEnd { end, lasted };
        waiters.telemetry.tell_of(&state.subject, ended);
    }
}

/// A wake before the wait was first; but what came with a notify is not lost.
fn woken_before(wakeup: &mut Wakeup, payload: Option<Payload>) {
    wakeup.ending = Ending::Resumed;
    let missed = wakeup.payload.take();
    wakeup.payload = payload.or(missed);
}

/// The time, if it is measured how long waits last.
fn moment(waiters: &Waiters) -> Duration {
    match cfg!(any(feature = "tracing", feature = "metrics")) {
        true => waiters.now(),
        false => Duration::ZERO,
    }
}
