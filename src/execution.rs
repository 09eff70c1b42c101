//! The loop of passes and waits. There is no other.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::clock::time_of;
use crate::continuation::{Continuation, Dispatch};
use crate::engine::Ending;
use crate::error::Error;
use crate::hub::{Hub, Shared};
use crate::record::Record;
use crate::suspended::{Outcome, Suspended};
use crate::wait::{Armed, Over, Wait};

use super::Pass;

/// One request, from its arrival to its answer: pass, wait, pass, …
///
/// ```text
///             ╭──────────────── suspended ───────────────╮
///             │                                          ▼
///   Due ──▶ Passing ──▶ answered                      Waiting
///    ▲                                                   │
///    ╰──────────────── resumed or expired ───────────────╯
/// ```
///
/// # Cancel safety
///
/// Dropping it ends the request at once, wherever it stands.
#[must_use = "futures do nothing unless polled"]
pub struct Execution<K, P: Pass<K>> {
    // In the order in which they are to be dropped: the wait, the handler's future, what its passes
    // have left behind.
    stage: Stage,
    pass: P,
    request: Request,
    keys: PhantomData<fn(&K)>,
}

#[derive(Debug)]
enum Stage {
    Due {
        dispatch: Dispatch,
        armed: Option<Armed>,
    },
    /// `start`: how many notifies had been made when the pass began.
    Passing {
        start: u64,
        armed: Option<Armed>,
    },
    Waiting(Wait),
    Done,
}

impl<K, P: Pass<K>> Execution<K, P> {
    /// Begins to execute a request that has just arrived at a hub: its timeouts count from now.
    pub fn new(hub: &Hub<K>, pass: P) -> Self {
        let stage = Stage::Due {
            dispatch: Dispatch::Initial,
            armed: None,
        };
        Self {
            stage,
            pass,
            request: Request::new(hub.shared()),
            keys: PhantomData,
        }
    }

    /// Sets what no timeout of the request may exceed: a longer one expires then. By default there
    /// is no such limit.
    ///
    /// An adapter needs one if its server may fail to notice that a client has gone.
    pub fn longest_hold(mut self, longest: Duration) -> Self {
        self.request.longest_hold = longest;
        self
    }

    /// The pass that it was made with: the place for a body that had to be read after the request's
    /// arrival.
    pub fn pass_mut(&mut self) -> &mut P {
        &mut self.pass
    }

    fn poll_stages(&mut self, cx: &mut Context<'_>) -> Poll<Result<P::Answer, Error>> {
        loop {
            self.stage = match &mut self.stage {
                Stage::Due { dispatch, armed } => {
                    let (dispatch, armed) = (*dispatch, armed.take());
                    let (start, continuation) = self.request.begin_pass(dispatch)?;
                    self.pass.begin(continuation);
                    Stage::Passing { start, armed }
                }
                Stage::Passing { start, armed } => match ready!(self.pass.poll(cx)) {
                    Ok(answer) => return Poll::Ready(Ok(answer)),
                    Err(token) => Stage::Waiting(self.request.wait(token, *start, armed.take())?),
                },
                Stage::Waiting(wait) => self.request.due(ready!(wait.poll(cx))?),
                Stage::Done => panic!("an `Execution` was polled after it had been ready"),
            }
        }
    }
}

impl<K, P: Pass<K> + Unpin> Future for Execution<K, P> {
    type Output = Result<P::Answer, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let ended = ready!(this.poll_stages(cx));
        this.stage = Stage::Done;
        this.request.record.end();
        Poll::Ready(ended)
    }
}

impl<K, P: Pass<K>> fmt::Debug for Execution<K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Due { .. } => "due",
            Stage::Passing { .. } => "passing",
            Stage::Waiting(_) => "waiting",
            Stage::Done => "done",
        };
        f.debug_struct("Execution")
            .field("stage", &format_args!("{stage}"))
            .field("passes", &self.request.passes)
            .finish_non_exhaustive()
    }
}

/// What the loop knows of its request. Dropping it ends the request.
#[derive(Debug)]
struct Request {
    record: Arc<Record>,
    /// When the request arrived or last expired.
    since: Duration,
    longest_hold: Duration,
    passes: u32,
}

impl Request {
    fn new(hub: &Arc<Shared>) -> Self {
        let record = Record::new(Arc::clone(hub));
        Self {
            since: hub.now(),
            record,
            longest_hold: Duration::MAX,
            passes: 0,
        }
    }

    /// Everything that the pass can miss must come after the number that is returned here.
    fn begin_pass<K>(&mut self, dispatch: Dispatch) -> Result<(u64, Continuation<K>), Error> {
        let limit = self.record.hub.limits.passes;
        if self.passes == limit {
            return Err(Error::TooManyPasses { limit });
        }
        self.passes += 1;
        self.record.begin_pass();
        let start = self.record.hub.start_of_pass();
        Ok((
            start,
            Continuation::new(Arc::clone(&self.record), dispatch, self.passes),
        ))
    }

    fn wait(&self, token: Suspended, start: u64, armed: Option<Armed>) -> Result<Wait, Error> {
        let terms = token.terms_for(&self.record)?;
        let deadline = terms.deadline(self.since, self.record.hub.now(), self.longest_hold);
        Ok(Wait::new(
            Arc::clone(&self.record),
            terms.keys,
            start,
            deadline,
            armed,
        ))
    }

    fn due(&mut self, over: Over) -> Stage {
        let dispatch = match over.ending {
            Ending::Expired { at } => {
                self.since = time_of(at);
                Dispatch::Expired
            }
            Ending::Resumed | Ending::Closed => Dispatch::Resumed,
        };
        Stage::Due {
            dispatch,
            armed: over.armed,
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.record.end();
    }
}

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

impl<K, T, F, Fut> Pass<K> for HandlerFn<F, Fut>
where
    F: FnMut(Continuation<K>) -> Fut,
    Fut: Future<Output = Outcome<T>>,
{
    type Answer = T;

    fn begin(&mut self, continuation: Continuation<K>) {
        self.running = Some(Box::pin((self.handler)(continuation)));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        let Some(running) = &mut self.running else {
            return Poll::Pending;
        };
        let outcome = ready!(running.as_mut().poll(cx));
        self.running = None;
        Poll::Ready(outcome)
    }
}
