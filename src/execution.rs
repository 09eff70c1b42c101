//! The loop of passes and waits. There is no other.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::clock::{tick_after, tick_at, time_of};
use crate::continuation::{Continuation, Dispatch};
use crate::current;
use crate::engine::{Ending, HORIZON, NEVER};
use crate::error::Error;
use crate::hub::{Hub, Shared, Token};
use crate::record::Record;
use crate::suspended::{Outcome, Suspended};
use crate::wait::{Armed, Over, Terms, Wait};

/// One pass after another over the same request: what an [`Execution`] executes.
pub trait Pass<K> {
    /// What the request ends with.
    type Answer;

    /// Polled before each pass: ready when it may begin, or with an answer that spares it.
    ///
    /// This is the time to read the body, before the first pass, and to ask a service whether it is
    /// ready. By default a pass may begin at any time.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Answer>> {
        let _ = cx;
        Poll::Ready(Ok(()))
    }

    /// Begins a pass, from the beginning, in which the handler can find this continuation.
    ///
    /// It is called when [`poll_ready`](Self::poll_ready) has been ready, and not before the pass
    /// that went before has ended.
    fn begin(&mut self, continuation: Continuation<K>);

    /// Polls the pass that has begun.
    ///
    /// When it is ready, nothing of the pass may be left: while a request is suspended, its
    /// handler's future is gone.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>>;

    /// Answers a request that cannot be suspended, or not be executed again.
    fn refuse(&mut self, error: Error) -> Self::Answer;
}

/// One request, from its arrival to its answer: pass, wait, pass, …
///
/// ```text
///             ╭──────────────── suspended ────────────────╮
///             │                                           ▼
///   Due ──▶ Passing ──▶ answered                       Waiting
///    ▲ ╲                                              ╱   │
///    │  ╰──────────────▶ refused ◀───────────────────╯    │
///    ╰──────────────── resumed or expired ────────────────╯
/// ```
///
/// # Cancel safety
///
/// Dropping it ends the request at once, wherever it stands.
#[must_use = "futures do nothing unless polled"]
pub struct Execution<K, P> {
    // In the order in which they are to be dropped: the wait, the handler's future, what its passes
    // have left behind.
    stage: Stage,
    pass: P,
    request: Request,
    keys: PhantomData<fn(&K)>,
}

#[derive(Debug)]
enum Stage {
    /// `token`: a notify has chosen this request, and no other, for this pass.
    Due {
        dispatch: Dispatch,
        armed: Option<Armed>,
        token: Option<Token>,
    },
    /// `start`: how many notifies had been made when the pass began.
    Passing {
        start: u64,
        armed: Option<Armed>,
    },
    Waiting(Wait),
    Done,
}

impl<K, P> Execution<K, P> {
    /// Begins to execute a request that has just arrived at a hub: its timeouts count from now.
    pub fn new(hub: &Hub<K>, pass: P) -> Self {
        let stage = Stage::Due {
            dispatch: Dispatch::Initial,
            armed: None,
            token: None,
        };
        Self {
            stage,
            pass,
            request: Request::new(hub.shared()),
            keys: PhantomData,
        }
    }

    /// Sets how long the request may be held in all, from its arrival. By default there is no limit.
    ///
    /// No wait lasts longer: it expires then. A request that wants to wait once more after that is
    /// refused with [`Error::HeldTooLong`]. An adapter needs such a limit if its server may fail to
    /// notice that a client has gone.
    pub fn longest_hold(mut self, longest: Duration) -> Self {
        self.request.longest_hold = longest;
        self
    }
}

impl<K, P: Pass<K>> Execution<K, P> {
    fn poll_stages(&mut self, cx: &mut Context<'_>) -> Poll<Result<P::Answer, Error>> {
        loop {
            self.stage = match &mut self.stage {
                Stage::Due {
                    dispatch,
                    armed,
                    token,
                } => {
                    self.request.check_passes()?;
                    if let Err(answer) = ready!(self.pass.poll_ready(cx)) {
                        return Poll::Ready(Ok(answer));
                    }
                    let (start, continuation) = self.request.begin_pass(*dispatch);
                    if let Some(token) = token.take() {
                        token.spend();
                    }
                    let armed = armed.take();
                    current::within(&self.request.record, || self.pass.begin(continuation));
                    Stage::Passing { start, armed }
                }
                Stage::Passing { start, armed } => {
                    let record = &self.request.record;
                    match ready!(current::within(record, || self.pass.poll(cx))) {
                        Ok(answer) => return Poll::Ready(Ok(answer)),
                        Err(token) => {
                            Stage::Waiting(self.request.wait(token, *start, armed.take())?)
                        }
                    }
                }
                Stage::Waiting(wait) => self.request.due(ready!(wait.poll(cx))?),
                Stage::Done => panic!("an `Execution` was polled after it had been ready"),
            }
        }
    }
}

impl<K, P: Pass<K> + Unpin> Future for Execution<K, P> {
    type Output = P::Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Answer> {
        let this = self.get_mut();
        let ended = ready!(this.poll_stages(cx));
        this.stage = Stage::Done;
        this.request.record.end();
        Poll::Ready(ended.unwrap_or_else(|error| this.pass.refuse(error)))
    }
}

impl<K, P> fmt::Debug for Execution<K, P> {
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
    arrival: Duration,
    /// When it last expired, or its arrival: what its timeouts count from.
    since: Duration,
    /// When its latest pass began.
    began: Duration,
    longest_hold: Duration,
    passes: u32,
}

impl Request {
    fn new(hub: &Arc<Shared>) -> Self {
        let now = hub.now();
        Self {
            record: Record::new(Arc::clone(hub)),
            arrival: now,
            since: now,
            began: now,
            longest_hold: Duration::MAX,
            passes: 0,
        }
    }

    fn check_passes(&self) -> Result<(), Error> {
        let limit = self.record.hub.limits.passes;
        match self.passes {
            passes if passes < limit => Ok(()),
            _ => Err(Error::TooManyPasses { limit }),
        }
    }

    /// Everything that the pass can miss must come after the number that is returned here.
    fn begin_pass<K>(&mut self, dispatch: Dispatch) -> (u64, Continuation<K>) {
        if self.passes > 0 {
            self.began = self.record.hub.now();
        }
        self.passes += 1;
        self.record.begin_pass();
        let start = self.record.hub.start_of_pass();
        let record = Arc::clone(&self.record);
        (start, Continuation::new(record, dispatch, self.passes))
    }

    fn wait(&self, token: Suspended, start: u64, armed: Option<Armed>) -> Result<Wait, Error> {
        let wish = token.wish_for(&self.record)?;
        let now = self.record.hub.now();
        let last = self.arrival.checked_add(self.longest_hold);
        if last.is_some_and(|last| last <= now) {
            let limit = self.longest_hold;
            return Err(Error::HeldTooLong { limit });
        }
        let begin = if wish.from_now { now } else { self.since };
        let due = begin
            .checked_add(wish.timeout)
            .into_iter()
            .chain(last)
            .min();
        let terms = Terms {
            keys: wish.keys,
            start,
            deadline: due.map_or(NEVER, |due| deadline(due, now)),
            expired: due.filter(|due| *due < self.began).map(|_| tick_at(now)),
        };
        Ok(Wait::new(Arc::clone(&self.record), terms, armed))
    }

    fn due(&mut self, over: Over) -> Stage {
        let dispatch = match over.ending {
            Ending::Expired { at } => {
                self.since = time_of(at);
                Dispatch::Expired
            }
            Ending::Resumed | Ending::Closed => Dispatch::Resumed,
        };
        let Over { armed, token, .. } = over;
        Stage::Due {
            dispatch,
            armed,
            token,
        }
    }
}

/// The tick at which a wait expires that is due then. What is due already does not wait for a tick.
fn deadline(due: Duration, now: Duration) -> u64 {
    match tick_after(due) {
        _ if due <= now => tick_at(now),
        tick if tick < HORIZON => tick,
        _ => NEVER,
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.record.end();
    }
}
