//! The end of a request.

use std::sync::Arc;

use crate::completion::Completion;
use crate::end::End;
use crate::payload::{Conclusion, Payload};
use crate::request::extras::Extras;
use crate::telemetry::Event;

use super::{Inner, Phase, RequestState};

impl RequestState {
    /// After this, nothing can wake the request.
    #[inline]
    pub(crate) fn close(self: &mut Arc<Self>) -> Cleanup<'_> {
        let remains = self.change(Inner::close);
        Cleanup {
            state: self,
            end: End::Panicked,
            remains,
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

/// Reports the end of a request, and cleans up after it. Dropping it does that.
#[must_use = "dropping it ends the request as panicked"]
pub(crate) struct Cleanup<'r> {
    state: &'r RequestState,
    /// A panic, until `finish` sets another end.
    end: End,
    /// Dropped last, because the destructors in it may do anything.
    remains: Remains,
}

/// What remains of a request that has ended.
struct Remains {
    payload: Option<Payload>,
    /// `None` while there are callbacks, which may read the attributes: then the extras stay with the request.
    extras: Option<Box<Extras>>,
    has_callbacks: bool,
    has_id: bool,
    has_slot: bool,
}

impl Inner {
    #[inline]
    fn close(&mut self) -> Remains {
        let payload = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Woken(payload) => payload,
            Phase::Running | Phase::Waiting(_) | Phase::Due | Phase::Ended => None,
        };
        let has_callbacks = matches!(&self.extras, Some(extras) if !extras.on_end.is_empty());
        Remains {
            payload,
            extras: match has_callbacks {
                true => None,
                false => self.extras.take(),
            },
            has_callbacks,
            has_id: std::mem::take(&mut self.has_id),
            has_slot: std::mem::take(&mut self.has_slot),
        }
    }
}

impl Cleanup<'_> {
    /// The answer that was given from outside while the last pass ran.
    #[inline]
    pub(crate) fn take_completion(&mut self) -> Option<Completion> {
        match self.remains.payload.take()? {
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
        if self.remains.has_id {
            hub.ids.withdraw(self.state.id());
        }
        if self.remains.has_slot {
            hub.waiters.free_slot();
        }
        let telemetry = &hub.waiters.telemetry;
        telemetry.tell_of(subject, Event::End(&self.end));
        if self.remains.has_callbacks {
            telemetry.tell_panics(subject, self.state.call_back(&self.end));
            self.remains.extras = self.state.inner.lock().extras.take();
        }
    }
}
