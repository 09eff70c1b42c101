//! What only some requests have.

use http::Extensions;

use crate::callbacks::Callbacks;
use crate::end::End;
use crate::waiters::Wait;

/// What an application or an adapter keeps with a request. It is boxed when the first of it comes, so that a request
/// without it is small.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) attributes: Extensions,
    pub(super) on_end: Callbacks<End>,
    /// What the running pass is going to wait for. It was noted when a token became a response for the framework.
    pub(super) marked: Option<Wait>,
    /// The handler has begun anew since then. Unless that suspends too, its response is the answer.
    pub(super) is_provisional: bool,
}

impl Extras {
    /// Notes what the running pass is going to wait for, besides what it has noted before.
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

    /// Takes what has been noted, and tells whether the handler has begun anew since then.
    pub(super) fn take_mark(&mut self) -> (Option<Wait>, bool) {
        let is_provisional = std::mem::take(&mut self.is_provisional);
        (self.marked.take(), is_provisional)
    }
}
