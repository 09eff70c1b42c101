//! What the loop executes.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;

use crate::continuation::Continuation;
use crate::error::Error;
use crate::suspended::Outcome;

/// Executes the passes of one request, one after another. An [`Execution`](super::Execution) drives it.
pub trait Dispatcher<K> {
    /// The answer of the request.
    type Answer;

    /// Called before each pass. It returns `Ok` when the pass may begin, or an answer that replaces the pass.
    ///
    /// Use it to read the body before the first pass, and to ask a service whether it is ready. By default, a pass
    /// may begin at any time.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Answer>> {
        let _ = cx;
        Poll::Ready(Ok(()))
    }

    /// Begins a pass, from the beginning. The handler must be able to find this continuation.
    ///
    /// It is called after [`poll_ready`](Self::poll_ready) has returned `Ok`, and after the previous pass has ended.
    fn begin(&mut self, continuation: Continuation<K>);

    /// Polls the current pass.
    ///
    /// When this is ready, nothing of the pass may remain: while a request is suspended, its handler's future is
    /// gone.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>>;

    /// Drops what only a pass needs: the request waits, and no pass follows. By default, this drops nothing.
    fn release(&mut self) {}

    /// Answers a request that cannot be suspended or cannot be executed again.
    fn refuse(&mut self, error: Error) -> Self::Answer;

    /// Answers with a response from outside. `late` is the answer of the handler, if the handler was running and has
    /// answered too.
    fn complete(&mut self, response: Response<Bytes>, late: Option<Self::Answer>) -> Self::Answer;

    /// Whether this answer is the failure of the inner service and not a response. By default, no answer is.
    fn has_failed(answer: &Self::Answer) -> bool {
        let _ = answer;
        false
    }
}
