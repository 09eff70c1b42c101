//! What a loop executes.

use std::task::{Context, Poll};

use crate::completion::Completion;
use crate::continuation::Continuation;
use crate::error::Error;
use crate::suspended::Outcome;

/// Executes one pass after another over the same request: what an [`Execution`](super::Execution) drives.
pub trait Dispatcher<K> {
    /// What the request ends with.
    type Answer;

    /// Called before each pass: ready with `Ok` when the pass may begin, or with an answer that takes the place of the
    /// pass.
    ///
    /// This is the time to read the body, before the first pass, and to ask a service whether it is
    /// ready. By default a pass may begin at any time.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Answer>> {
        let _ = cx;
        Poll::Ready(Ok(()))
    }

    /// Begins a pass, from the beginning, in which the handler can find this continuation.
    ///
    /// It is called when [`poll_ready`](Self::poll_ready) has been ready, and not before the former pass has ended.
    fn begin(&mut self, continuation: Continuation<K>);

    /// Polls the pass that has begun.
    ///
    /// When it is ready, nothing of the pass may be left: while a request is suspended, its
    /// handler's future is gone.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>>;

    /// Answers a request that cannot be suspended, or is not executed again.
    fn refuse(&mut self, error: Error) -> Self::Answer;

    /// Answers in place of the handler, whose answer comes too late: the request was completed from outside while it
    /// ran. By default the late answer is dropped, and the request [`refuse`](Self::refuse)d with
    /// [`Error::Completed`].
    fn complete(&mut self, late: Self::Answer, completion: Completion) -> Self::Answer {
        drop(late);
        self.refuse(Error::Completed(completion))
    }

    /// Whether this is no response, but the failure of the service inside. By default nothing is.
    fn has_failed(answer: &Self::Answer) -> bool {
        let _ = answer;
        false
    }
}
