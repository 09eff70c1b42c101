//! The end of a request, as far as it has to be told and cleared away.

use http::Extensions;

use crate::completion::Completion;
use crate::end::End;
use crate::engine::Parcel;
use crate::error::Error;
use crate::listeners::Listeners;
use crate::record::Record;
use crate::suspended::Wish;
use crate::telemetry::Happening;
use crate::verdict;

/// What a request leaves behind. Dropping it settles it: those who want to know are told how the
/// request ended, and what it kept is dropped.
#[must_use = "it is to be settled"]
pub(crate) struct Estate<'r> {
    pub(crate) record: &'r Record,
    /// A panic, until it is known better.
    pub(crate) end: End,
    pub(crate) parcel: Option<Parcel>,
    pub(crate) listeners: Listeners<End>,
    /// Empty if there are listeners, who may want to look at them.
    pub(crate) attributes: Extensions,
    pub(crate) deposited: Option<Wish>,
    pub(crate) named: bool,
    pub(crate) placed: bool,
}

impl Estate<'_> {
    /// The answer that was given from outside while the last pass ran.
    #[inline]
    pub(crate) fn take_completion(&mut self) -> Option<Completion> {
        match verdict::from_parcel(self.parcel.take()?) {
            Ok(Error::Completed(completion)) => Some(completion),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn settle(mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Estate<'_> {
    fn drop(&mut self) {
        let Record { hub, .. } = self.record;
        if self.named {
            hub.names.withdraw(self.record.id());
        }
        if self.placed {
            hub.occupancy.leave_place();
        }
        hub.telemetry
            .tell_of(self.record, Happening::End(&self.end));
        if !self.listeners.is_empty() {
            let panics = std::mem::take(&mut self.listeners).call(&self.end);
            hub.telemetry.tell_panics(self.record, panics);
            self.attributes = self.record.take_attributes();
        }
        // Last, for they may do anything.
        drop(self.deposited.take());
        self.attributes.clear();
    }
}
