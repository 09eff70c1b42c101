//! The wait between two passes.

use std::sync::Arc;
use std::task::{Context, Poll};

use crate::completion::{CompleteError, Completion};
use crate::engine::{Ending, Fingerprint, WaiterRef};
use crate::error::Error;
use crate::on_expiry::OnExpiry;
use crate::payload::{Conclusion, Payload};
use crate::request::{ClientPermit, RequestState};
use crate::telemetry::{Event, WaitEnd};
use crate::time::Instant;
use crate::waiters::{Claim, Keys, Registration, Wait, Waiters, Wakeup};

/// The waits of a request, one after another.
///
/// The last registration may stand between two waits; then it is *armed*. A key may only *seem* to have been notified
/// since a pass began, because another key shares its stripes. Then the handler runs once more while the registration
/// stands, and the waiter sees exactly what is notified in that time. So a collision costs one pass at most.
#[derive(Debug)]
pub(super) struct Waiting {
    registration: Registration,
    /// Counts the request as one of its client. Boxed, because few requests have it and a held request should be
    /// small.
    permit: Option<Box<ClientPermit<RequestState>>>,
    /// The beginning of the wait.
    began: Instant,
    on_expiry: OnExpiry,
    is_hold: bool,
}

impl Waiting {
    pub(super) const NONE: Self = Self {
        registration: Registration::NONE,
        permit: None,
        began: Instant::BEGINNING,
        on_expiry: OnExpiry::NONE,
        is_hold: false,
    };

    /// Begins a wait. If the wait is over at once, returns how it ended.
    ///
    /// If `is_overdue`, the wait was due before its pass began. Then it expires, even if a key was notified.
    /// Otherwise a key that is notified in every pass would keep its request from ever expiring.
    pub(super) fn begin(
        &mut self,
        state: &Arc<RequestState>,
        mut wait: Wait,
        due: Instant,
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
        self.began = now_if_measured(waiters);
        let over = match is_overdue && !state.was_woken() {
            true => {
                let at = waiters.now().tick();
                Some(self.registration.finish(waiters, Ending::Expired { at }))
            }
            false => {
                let (number, waker) = (state.subject.number, cx.waker().clone());
                let admit = |at: WaiterRef| state.wait_at(at);
                self.registration
                    .begin(waiters, &mut wait, due, number, waker, Some(admit))?
            }
        };
        let over = match over {
            None => self.settle(state, wait.client)?,
            over => over,
        };
        self.on_expiry = wait.on_expiry;
        self.is_hold = wait.is_hold;
        Ok(over.map(|mut wakeup| {
            if let Some(payload) = state.finish_wait() {
                prefer_earlier_wake(&mut wakeup, payload);
            }
            Box::new(wakeup)
        }))
    }

    pub(super) fn poll(&mut self, waiters: &Arc<Waiters>, cx: &Context<'_>) -> Poll<Wakeup> {
        self.registration.poll(waiters, cx.waker())
    }

    /// Reports how the wait has ended. Returns what follows: another pass, or why there is none.
    #[inline]
    pub(super) fn end(
        &mut self,
        state: &RequestState,
        wakeup: Wakeup,
        slept: bool,
    ) -> Result<Wakeup, Conclusion> {
        // The request counts as one of its client until all of this has been reported. If reporting panics, it stops
        // counting too.
        let permit = self.permit.take();
        let end = self.tell_end(state, wakeup, slept);
        if slept {
            drop(self.registration.deregister(&state.hub.waiters));
        }
        drop(permit);
        self.on_expiry = OnExpiry::NONE;
        end
    }

    /// Whether no pass follows the wait.
    pub(super) fn is_hold(&self) -> bool {
        self.is_hold
    }

    pub(super) fn is_registered(&self) -> bool {
        self.registration.is_registered()
    }

    /// Removes the request from the shards. Returns the claim to a notify that was meant for it alone, if there is
    /// one.
    pub(super) fn deregister(&mut self, waiters: &Arc<Waiters>) -> Option<Claim> {
        self.registration.deregister(waiters)
    }

    /// Ends the wait together with its request.
    pub(super) fn cancel(&mut self, state: &RequestState) {
        self.tell(state, WaitEnd::Cancelled);
        self.permit = None;
        self.on_expiry = OnExpiry::NONE;
    }

    /// Counts the wait, which has begun, as one of its client. If the limit forbids it and a call has already ended
    /// the wait, returns how it ended.
    #[inline]
    fn settle(
        &mut self,
        state: &Arc<RequestState>,
        client: Option<Fingerprint>,
    ) -> Result<Option<Wakeup>, Error> {
        match state.client_permit(client) {
            Ok(permit) => {
                self.permit = permit.map(Box::new);
                Ok(None)
            }
            Err(error) => self
                .registration
                .give_up(&state.hub.waiters, error)
                .map(Some),
        }
    }

    #[inline]
    fn tell_end(
        &mut self,
        state: &RequestState,
        mut wakeup: Wakeup,
        slept: bool,
    ) -> Result<Wakeup, Conclusion> {
        let conclusion = match (&wakeup.payload, wakeup.ending) {
            (Some(Payload::End(conclusion)), _) => Some(Conclusion::clone(conclusion)),
            (_, Ending::Closed) => Some(Error::ShutDown.into()),
            _ => None,
        };
        let expired = matches!(wakeup.ending, Ending::Expired { .. });
        self.tell(
            state,
            match &conclusion {
                Some(Conclusion::Completed(_)) => WaitEnd::Completed,
                Some(Conclusion::Refused(_)) => WaitEnd::Closed,
                None if expired => WaitEnd::Expired,
                None => WaitEnd::Resumed,
            },
        );
        let conclusion = match conclusion {
            None if expired => self.expire(state),
            None if self.is_hold && slept => {
                // The notify has reached the request, although no pass will spend the claim.
                if let Some(claim) = wakeup.claim.take() {
                    claim.spend();
                }
                Some(self.fall_back())
            }
            conclusion => conclusion,
        };
        conclusion.map_or(Ok(wakeup), Err)
    }

    /// Runs what was asked for at the expiry. That may end the request.
    fn expire(&mut self, state: &RequestState) -> Option<Conclusion> {
        let (answer, panics) = std::mem::take(&mut self.on_expiry).run();
        let telemetry = &state.hub.waiters.telemetry;
        telemetry.tell_panics(&state.subject, panics);
        match answer {
            None if self.is_hold => Some(Completion::no_content().into()),
            answer => answer.map(conclude),
        }
    }

    /// The answer of a hold that was woken without an answer.
    fn fall_back(&mut self) -> Conclusion {
        let answer = std::mem::take(&mut self.on_expiry).answer_early();
        answer.map_or_else(|| Completion::no_content().into(), conclude)
    }

    #[inline]
    fn tell(&self, state: &RequestState, end: WaitEnd) {
        let waiters = &state.hub.waiters;
        let lasted = now_if_measured(waiters).since(self.began);
        let ended = Event::WaitEnd { end, lasted };
        waiters.telemetry.tell_of(&state.subject, ended);
    }
}

fn conclude(answer: Result<Completion, CompleteError>) -> Conclusion {
    match answer {
        Ok(completion) => Conclusion::Completed(completion),
        Err(refused) => Conclusion::Refused(Error::Interim {
            status: refused.into_response().status(),
        }),
    }
}

/// The request was woken before the wait began, and that wake counts. If it has no payload, the request gets the
/// payload of the later notify.
fn prefer_earlier_wake(wakeup: &mut Wakeup, payload: Option<Payload>) {
    wakeup.ending = Ending::Resumed;
    let missed = wakeup.payload.take();
    wakeup.payload = payload.or(missed);
}

/// The time, or the beginning of the clock if no feature measures waits.
fn now_if_measured(waiters: &Waiters) -> Instant {
    match cfg!(any(feature = "tracing", feature = "metrics")) {
        true => waiters.now(),
        false => Instant::BEGINNING,
    }
}
