//! What only some requests have.

use http::Extensions;

use crate::callbacks::Callbacks;
use crate::end::End;
use crate::waiters::Wait;

/// What an application or an adapter stores with a request. Boxed on first use, so that a request without it is
/// small.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) attributes: Extensions,
    pub(super) on_end: Callbacks<End>,
    /// What the running pass will wait for. It is set when a token becomes a response for the framework.
    pub(super) marked: Option<Wait>,
    /// Whether the handler has begun again since then. If so, its response is the answer, unless it suspends too.
    pub(super) is_provisional: bool,
}

impl Extras {
    /// Records what the running pass will wait for, in addition to what was recorded before.
    pub(super) fn mark(&mut self, wait: Wait, max_keys: usize) {
        self.marked = Some(match self.marked.take() {
            Some(earlier) => earlier.unite(wait, max_keys),
            None => wait,
        });
        self.is_provisional = false;
    }

    pub(super) fn begin_handler(&mut self) {
        self.is_provisional = self.marked.is_some();
    }

    /// Takes what was recorded. Also returns whether the handler has begun again since then.
    pub(super) fn take_mark(&mut self) -> (Option<Wait>, bool) {
        let is_provisional = std::mem::take(&mut self.is_provisional);
        (self.marked.take(), is_provisional)
    }
}
