//! What happens when a wait expires, in addition to the next pass or instead of it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use crate::callbacks::Callbacks;
use crate::completion::{CompleteError, Completion};
use crate::sync::{Mutex, order};

/// What a token asks for at its expiry.
///
/// An addition to one copy does not affect the others. Each copy is a chain from the latest action to the first, and
/// copies share their common part.
#[derive(Clone, Default)]
pub(crate) struct OnExpiry(Option<Arc<Link>>);

struct Link {
    /// Taken at the expiry.
    act: Mutex<Option<Act>, { order::EXPIRY }>,
    earlier: OnExpiry,
}

enum Act {
    Tell(Box<dyn FnOnce() + Send>),
    Answer(Box<dyn FnOnce() -> Response<Bytes> + Send>),
}

impl OnExpiry {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn tell(self, listener: impl FnOnce() + Send + 'static) -> Self {
        self.and(Act::Tell(Box::new(listener)))
    }

    pub(crate) fn answer(self, answer: impl FnOnce() -> Response<Bytes> + Send + 'static) -> Self {
        self.and(Act::Answer(Box::new(answer)))
    }

    fn and(self, act: Act) -> Self {
        Self(Some(Arc::new(Link {
            act: Mutex::new(Some(act)),
            earlier: self,
        })))
    }

    /// Does this, and then what `other` asks for.
    pub(crate) fn and_then(self, other: Self) -> Self {
        let acts = other.acts().into_iter().rev();
        acts.fold(self, Self::and)
    }

    /// Runs at the expiry. Returns the answer that replaces the next pass, if there is one, and the number of
    /// functions that have panicked.
    pub(crate) fn run(self) -> (Option<Result<Completion, CompleteError>>, usize) {
        let (mut callbacks, mut answer) = (Callbacks::default(), None);
        for act in self.acts().into_iter().rev() {
            match act {
                Act::Tell(listener) => callbacks.add(move |()| listener()),
                Act::Answer(latest) => answer = Some(latest),
            }
        }
        let panics = callbacks.call(&());
        let completion = answer.map(|answer| Completion::new(answer()));
        (completion, panics)
    }

    /// The wait is over before its time: returns the answer all the same, if there is one.
    pub(crate) fn answer_early(self) -> Option<Result<Completion, CompleteError>> {
        let acts = self.acts().into_iter();
        let latest = acts.filter_map(|act| match act {
            Act::Answer(answer) => Some(answer),
            Act::Tell(_) => None,
        });
        latest
            .take(1)
            .map(|answer| Completion::new(answer()))
            .next()
    }

    /// The latest first.
    fn acts(&self) -> Vec<Act> {
        let (mut acts, mut link_of) = (Vec::new(), self);
        while let Some(link) = &link_of.0 {
            let act = link.act.lock().take();
            acts.extend(act);
            link_of = &link.earlier;
        }
        acts
    }
}

/// Drops the earlier links one by one: if each link dropped the next, a long chain would overflow the stack.
impl Drop for Link {
    fn drop(&mut self) {
        let mut earlier = self.earlier.0.take();
        while let Some(mut link) = earlier.and_then(Arc::into_inner) {
            earlier = link.earlier.0.take();
        }
    }
}

impl fmt::Debug for OnExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnExpiry")
            .field("anything", &self.0.is_some())
            .finish()
    }
}
