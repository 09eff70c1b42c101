//! Handlers that are functions.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;

use crate::answer::Answer;
use crate::continuation::Continuation;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::suspended::Outcome;

use super::dispatcher::Dispatcher;

/// The passes of a handler that is a function.
pub(crate) struct HandlerFn<F, Fut> {
    /// `None` once no pass follows.
    handler: Option<F>,
    running: Option<Pin<Box<Fut>>>,
}

impl<F, Fut> HandlerFn<F, Fut> {
    pub(crate) fn new(handler: F) -> Self {
        Self {
            handler: Some(handler),
            running: None,
        }
    }
}

impl<F, Fut> Unpin for HandlerFn<F, Fut> {}

impl<K, T, E, F, Fut> Dispatcher<K> for HandlerFn<F, Fut>
where
    F: FnMut(Continuation<K>) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: Interrupt,
{
    type Answer = Result<Answer<T>, E::Failure>;

    fn begin(&mut self, continuation: Continuation<K>) {
        let Some(handler) = &mut self.handler else {
            unreachable!("no pass follows a release");
        };
        self.running = Some(Box::pin(handler(continuation)));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let Some(running) = &mut self.running else {
            unreachable!("a pass is begun before it is polled");
        };
        let outcome = ready!(running.as_mut().poll(cx));
        self.running = None;
        Poll::Ready(split(outcome))
    }

    fn release(&mut self) {
        self.handler = None;
    }

    fn refuse(&mut self, error: Error) -> Self::Answer {
        Err(error.into())
    }

    fn complete(&mut self, response: Response<Bytes>, _: Option<Self::Answer>) -> Self::Answer {
        Ok(Answer::Completed(Box::new(response)))
    }
}

/// The passes of a handler whose futures borrow from it. The future of a pass owns the handler while it runs, and
/// returns it at the end.
pub(crate) struct LendingHandlerFn<F, M, Fut> {
    handler: Option<F>,
    /// Makes the future of a pass.
    lend: M,
    running: Option<Pin<Box<Fut>>>,
}

impl<F, M, Fut> LendingHandlerFn<F, M, Fut> {
    pub(crate) fn new(handler: F, lend: M) -> Self {
        Self {
            handler: Some(handler),
            lend,
            running: None,
        }
    }
}

impl<F, M, Fut> Unpin for LendingHandlerFn<F, M, Fut> {}

impl<K, T, E, F, M, Fut> Dispatcher<K> for LendingHandlerFn<F, M, Fut>
where
    M: FnMut(F, Continuation<K>) -> Fut,
    Fut: Future<Output = (F, Result<T, E>)>,
    E: Interrupt,
{
    type Answer = Result<Answer<T>, E::Failure>;

    fn begin(&mut self, continuation: Continuation<K>) {
        let Some(handler) = self.handler.take() else {
            unreachable!("a pass has given the handler back before the next begins");
        };
        self.running = Some(Box::pin((self.lend)(handler, continuation)));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let Some(running) = &mut self.running else {
            unreachable!("a pass is begun before it is polled");
        };
        let (handler, outcome) = ready!(running.as_mut().poll(cx));
        self.running = None;
        self.handler = Some(handler);
        Poll::Ready(split(outcome))
    }

    fn release(&mut self) {
        self.handler = None;
    }

    fn refuse(&mut self, error: Error) -> Self::Answer {
        Err(error.into())
    }

    fn complete(&mut self, response: Response<Bytes>, _: Option<Self::Answer>) -> Self::Answer {
        Ok(Answer::Completed(Box::new(response)))
    }
}

/// A failure is an answer like any other.
fn split<T, E: Interrupt>(outcome: Result<T, E>) -> Outcome<Result<Answer<T>, E::Failure>> {
    match outcome.map_err(E::split) {
        Ok(answer) => Ok(Ok(Answer::Answered(answer))),
        Err(Ok(token)) => Err(token),
        Err(Err(failure)) => Ok(Err(failure)),
    }
}
