//! The end of a request.

use crate::completion::Completion;
use crate::end::End;
use crate::payload::{Conclusion, Payload};
use crate::request::extras::Extras;
use crate::telemetry::Event;

use super::{Phase, RequestState};

impl RequestState {
    /// After this, nothing can wake the request.
    #[inline]
    pub(crate) fn close(&self) -> Cleanup<'_> {
        let mut inner = self.inner.lock();
        let payload = match std::mem::replace(&mut inner.phase, Phase::Ended) {
            Phase::Woken(payload) => payload,
            Phase::Running | Phase::Waiting(_) | Phase::Due | Phase::Ended => None,
        };
        let has_callbacks = matches!(&inner.extras, Some(extras) if !extras.on_end.is_empty());
        Cleanup {
            state: self,
            end: End::Panicked,
            payload,
            extras: match has_callbacks {
                true => None,
                false => inner.extras.take(),
            },
            has_callbacks,
            has_id: std::mem::take(&mut inner.has_id),
            has_slot: std::mem::take(&mut inner.has_slot),
        }
    }

    /// Calls the callbacks for the end, and returns the number of panics.
    fn call_back(&self, end: &End) -> usize {
        let on_end = match &mut self.inner.lock().extras {
            Some(extras) => std::mem::take(&mut extras.on_end),
            None => return 0,
        };
        on_end.call(end)
    }
}

/// What remains to be reported and cleaned up at the end of a request. Dropping it does that.
#[must_use = "dropping it ends the request as panicked"]
pub(crate) struct Cleanup<'r> {
    state: &'r RequestState,
    /// A panic, until `finish` sets another end.
    end: End,
    // Dropped last, because their destructors may do anything.
    payload: Option<Payload>,
    /// `None` while there are callbacks, which may read the attributes: then the extras stay with the request.
    extras: Option<Box<Extras>>,
    has_callbacks: bool,
    has_id: bool,
    has_slot: bool,
}

impl Cleanup<'_> {
    /// The answer that was given from outside while the last pass ran.
    #[inline]
    pub(crate) fn take_completion(&mut self) -> Option<Completion> {
        match self.payload.take()? {
            Payload::End(conclusion) => match &*conclusion {
                Conclusion::Completed(completion) => Some(completion.clone()),
                Conclusion::Refused(_) => None,
            },
            Payload::Value(_) => None,
        }
    }

    #[inline]
    pub(crate) fn finish(mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        let RequestState { hub, subject, .. } = self.state;
        if self.has_id {
            hub.ids.withdraw(self.state.id());
        }
        if self.has_slot {
            hub.waiters.free_slot();
        }
        let telemetry = &hub.waiters.telemetry;
        telemetry.tell_of(subject, Event::End(&self.end));
        if self.has_callbacks {
            telemetry.tell_panics(subject, self.state.call_back(&self.end));
            self.extras = self.state.inner.lock().extras.take();
        }
    }
}
