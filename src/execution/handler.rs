//! Handlers that are functions.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::continuation::Continuation;
use crate::error::Error;
use crate::suspended::Outcome;

use super::dispatcher::Dispatcher;

/// The passes of a handler that is a function.
pub(crate) struct HandlerFn<F, Fut> {
    handler: F,
    running: Option<Pin<Box<Fut>>>,
}

impl<F, Fut> HandlerFn<F, Fut> {
    pub(crate) fn new(handler: F) -> Self {
        Self {
            handler,
            running: None,
        }
    }
}

impl<F, Fut> Unpin for HandlerFn<F, Fut> {}

impl<K, T, F, Fut> Dispatcher<K> for HandlerFn<F, Fut>
where
    F: FnMut(Continuation<K>) -> Fut,
    Fut: Future<Output = Outcome<T>>,
{
    type Answer = Result<T, Error>;

    fn begin(&mut self, continuation: Continuation<K>) {
        self.running = Some(Box::pin((self.handler)(continuation)));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let running = self
            .running
            .as_mut()
            .expect("a pass is begun before it is polled");
        let outcome = ready!(running.as_mut().poll(cx));
        self.running = None;
        Poll::Ready(outcome.map(Ok))
    }

    fn refuse(&mut self, error: Error) -> Self::Answer {
        Err(error)
    }
}
