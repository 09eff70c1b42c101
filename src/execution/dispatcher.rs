//! What a loop executes.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;

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

    /// Drops what only a pass needs: the request waits, and no pass follows. By default nothing is dropped.
    fn release(&mut self) {}

    /// Answers a request that cannot be suspended, or is not executed again.
    fn refuse(&mut self, error: Error) -> Self::Answer;

    /// Answers with a response that came from outside. If the handler was running and has answered as well, its answer
    /// comes too late.
    fn complete(&mut self, response: Response<Bytes>, late: Option<Self::Answer>) -> Self::Answer;

    /// Whether this is no response, but the failure of the service inside. By default nothing is.
    fn has_failed(answer: &Self::Answer) -> bool {
        let _ = answer;
        false
    }
}
