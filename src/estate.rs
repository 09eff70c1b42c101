//! The end of a request, as far as it has to be told and cleared away.

use http::Extensions;

use crate::completion::Completion;
use crate::end::End;
use crate::engine::Parcel;
use crate::listeners::Listeners;
use crate::record::Record;
use crate::suspended::Wish;

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
}

impl Estate<'_> {
    /// The answer that was given from outside while the last pass ran.
    pub(crate) fn take_completion(&mut self) -> Option<Completion> {
        Completion::from_parcel(self.parcel.take()?).ok()
    }

    pub(crate) fn settle(mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Estate<'_> {
    fn drop(&mut self) {
        if self.named {
            self.record.hub.names.withdraw(self.record.id());
        }
        if !self.listeners.is_empty() {
            std::mem::take(&mut self.listeners).call(&self.end);
            self.attributes = self.record.take_attributes();
        }
        // Last, for they may do anything.
        drop(self.deposited.take());
        self.attributes.clear();
    }
}
