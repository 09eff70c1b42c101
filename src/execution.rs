//! The loop of passes and waits. There is no other.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::clock::time_of;
use crate::completion::Completion;
use crate::continuation::{Continuation, Dispatch};
use crate::current;
use crate::end::End;
use crate::engine::{Ending, Entry, Parcel};
use crate::error::Error;
use crate::estate::Estate;
use crate::hub::{Hub, Over, Shared, Token};
use crate::panics::undisturbed;
use crate::record::Record;
use crate::sleeper::{Sleeper, Terms};
use crate::suspended::{Outcome, Suspended, Wish};
use crate::telemetry::Happening;

/// One pass after another over the same request: what an [`Execution`] executes.
pub trait Dispatcher<K> {
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

    /// Answers a request that cannot be suspended, or is not executed again.
    fn refuse(&mut self, error: Error) -> Self::Answer;

    /// Answers in place of the handler, whose answer comes too late: somebody has completed the
    /// request while it ran. By default the late answer is dropped, and the request
    /// [`refuse`](Self::refuse)d with [`Error::Completed`].
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

/// One request, from its arrival to its answer: pass, wait, pass, …
///
/// ```text
///             ╭──────────────── suspended ────────────────╮
///             │                                           ▼
///   Due ──▶ Passing ──▶ answered                       Waiting
///    ▲ ╲                                              ╱   │
///    │  ╰────────▶ refused, or completed ◀───────────╯    │
///    ╰──────────────── resumed or expired ────────────────╯
/// ```
///
/// It is a future if its pass is `Unpin`: what has to be pinned is pinned in a box by the pass.
///
/// # Cancel safety
///
/// Dropping it ends the request at once, wherever it stands.
#[must_use = "futures do nothing unless polled"]
pub struct Execution<K, P> {
    // In the order in which they are to be dropped: the handler's future, what its passes have left
    // behind; and only then, when all has been put back, is passed on what was meant for this request
    // alone. The wait has been dissolved before.
    pass: P,
    request: Request,
    stage: Stage,
    /// A notify has chosen this request and no other, and must not be lost if the pass that follows
    /// comes to no end.
    token: Option<Token>,
    keys: PhantomData<fn(&K)>,
}

#[derive(Debug)]
enum Stage {
    /// `value`: what came with the wake.
    Due {
        dispatch: Dispatch,
        value: Option<Parcel>,
    },
    /// `start`: how many notifies had been made when the pass began.
    Passing {
        start: u64,
    },
    Waiting,
    Done,
}

impl<K, P> Execution<K, P> {
    /// Begins to execute a request that has just arrived at a hub: its timeouts count from now.
    pub fn new(hub: &Hub<K>, pass: P) -> Self {
        Self {
            pass,
            request: Request::new(hub.shared()),
            stage: Stage::Due {
                dispatch: Dispatch::Initial,
                value: None,
            },
            token: None,
            keys: PhantomData,
        }
    }

    /// Sets how long the request may be held in all, from its arrival. By default there is no limit.
    ///
    /// No wait lasts longer: it expires then. A request that wants to wait once more after it has expired
    /// is refused with [`Error::HeldTooLong`]. An adapter needs such a limit if its server may fail to
    /// notice that a client has gone.
    pub fn max_hold(mut self, longest: Duration) -> Self {
        self.request.max_hold = longest;
        let limit = self.request.arrival.checked_add(longest);
        self.request.sleeper.record.set_limit(limit);
        self
    }
}

impl<K, P: Dispatcher<K>> Execution<K, P> {
    fn poll_stages(&mut self, cx: &mut Context<'_>) -> Poll<Result<P::Answer, Error>> {
        loop {
            let (start, polled) = match &mut self.stage {
                Stage::Due { dispatch, value } => {
                    self.request.check_passes()?;
                    if let Err(answer) = ready!(self.pass.poll_ready(cx)) {
                        return Poll::Ready(Ok(answer));
                    }
                    let (start, continuation) = self.request.begin_pass(*dispatch, value.take());
                    self.stage = Stage::Passing { start };
                    let begin = || {
                        self.pass.begin(continuation);
                        self.pass.poll(cx)
                    };
                    (start, current::within(&self.request.sleeper.record, begin))
                }
                Stage::Passing { start } => {
                    let poll = || self.pass.poll(cx);
                    (*start, current::within(&self.request.sleeper.record, poll))
                }
                Stage::Waiting => {
                    let over = ready!(self.request.sleeper.poll(cx))?;
                    (self.stage, self.token) = self.request.due(over);
                    continue;
                }
                Stage::Done => panic!("an `Execution` was polled after it had been ready"),
            };
            let outcome = ready!(polled);
            if let Some(token) = self.token.take() {
                token.spend();
            }
            match outcome {
                Ok(answer) => return Poll::Ready(Ok(answer)),
                Err(token) => {
                    self.request.wait(token, start, cx)?;
                    self.stage = Stage::Waiting;
                    return Poll::Pending;
                }
            }
        }
    }

    /// Nothing comes of the request any more, except what is passed on.
    fn leave(&mut self) {
        self.stage = Stage::Done;
        let token = self.request.sleeper.dissolve();
        self.token = self.token.take().or(token);
    }

    /// Answers the request, and tells how it ended. Who has completed it from outside was first,
    /// unless the service has failed: that is never hidden.
    fn answer(&mut self, ended: Result<P::Answer, Error>) -> P::Answer {
        let mut estate = self.request.close();
        let completion = estate.as_mut().and_then(Estate::take_completion);
        let (answer, end) = match (ended, completion) {
            (Ok(answer), _) if P::has_failed(&answer) => (answer, End::Failed),
            (Ok(answer), None) => (answer, End::Answered),
            (Ok(late), Some(completion)) => (self.pass.complete(late, completion), End::Completed),
            (Err(Error::Completed(completion)), _) | (Err(_), Some(completion)) => {
                let answer = self.pass.refuse(Error::Completed(completion));
                (answer, End::Completed)
            }
            (Err(error), None) => (self.pass.refuse(error.clone()), End::Refused(error)),
        };
        if let Some(estate) = estate {
            estate.settle(end);
        }
        answer
    }
}

impl<K, P: Dispatcher<K> + Unpin> Future for Execution<K, P> {
    type Output = P::Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Answer> {
        let this = self.get_mut();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let ended = ready!(this.poll_stages(cx));
            this.leave();
            Poll::Ready(ended)
        }));
        let ended = match polled {
            Ok(polled) => ready!(polled),
            Err(panic) => {
                // At once: nobody knows how long the framework keeps what has panicked.
                let undisturbed = undisturbed(|| this.leave());
                this.request.count_panics((!undisturbed).into());
                this.request.end(End::Panicked);
                drop(this.token.take());
                resume_unwind(panic)
            }
        };
        let _passed_on_at_the_end = this.token.take();
        Poll::Ready(this.answer(ended))
    }
}

impl<K, P> Drop for Execution<K, P> {
    fn drop(&mut self) {
        let token = self.request.sleeper.dissolve();
        self.token = self.token.take().or(token);
    }
}

impl<K, P> fmt::Debug for Execution<K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Due { .. } => "due",
            Stage::Passing { .. } => "passing",
            Stage::Waiting => "waiting",
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
    sleeper: Sleeper,
    arrival: Duration,
    /// When it last expired, or its arrival: what its timeouts count from.
    since: Duration,
    /// When its latest pass began.
    began: Duration,
    max_hold: Duration,
    passes: u32,
    /// Why the latest pass runs.
    dispatch: Dispatch,
    has_ended: bool,
}

impl Request {
    fn new(hub: &Arc<Shared>) -> Self {
        let now = hub.now();
        Self {
            sleeper: Sleeper::new(Record::new(Arc::clone(hub))),
            arrival: now,
            since: now,
            began: now,
            max_hold: Duration::MAX,
            passes: 0,
            dispatch: Dispatch::Initial,
            has_ended: false,
        }
    }

    fn record(&self) -> &Arc<Record> {
        &self.sleeper.record
    }

    fn hub(&self) -> &Arc<Shared> {
        &self.sleeper.record.hub
    }

    /// Nobody can wake the request any more. Returns nothing if it has ended before.
    fn close(&mut self) -> Option<Estate<'_>> {
        match std::mem::replace(&mut self.has_ended, true) {
            true => None,
            false => Some(self.sleeper.record.close()),
        }
    }

    fn end(&mut self, end: End) {
        if let Some(estate) = self.close() {
            estate.settle(end);
        }
    }

    fn count_panics(&self, panics: usize) {
        self.hub().telemetry.tell_panics(self.record(), panics);
    }

    fn check_passes(&self) -> Result<(), Error> {
        let limit = self.hub().limits.passes;
        match self.passes {
            passes if passes < limit => Ok(()),
            _ => Err(Error::TooManyPasses { limit }),
        }
    }

    /// Everything that the pass can miss must come after the number that is returned here.
    fn begin_pass<K>(
        &mut self,
        dispatch: Dispatch,
        value: Option<Parcel>,
    ) -> (u64, Continuation<K>) {
        if self.passes > 0 {
            self.began = self.hub().now();
        }
        self.passes += 1;
        self.dispatch = dispatch;
        let pass = self.passes;
        // Nobody has known of it before the first.
        if pass > 1 {
            self.record().begin_pass();
        }
        let begins = Happening::Pass { dispatch, pass };
        self.hub().telemetry.tell_of(self.record(), begins);
        let start = self.hub().start_of_pass();
        let record = Arc::clone(self.record());
        let continuation = Continuation::new(record, dispatch, pass, value);
        (start, continuation)
    }

    /// Begins to wait.
    fn wait(&mut self, token: Suspended, start: u64, cx: &Context<'_>) -> Result<(), Error> {
        let wish = token.into_wish(self.record())?;
        let hub = self.hub();
        let start = match cfg!(mutant = "start-after-the-check") {
            true => hub.start_of_pass(),
            false => start,
        };
        let limit = self.record().limit();
        if limit.is_some_and(|limit| limit <= self.since) {
            let limit = self.max_hold;
            return Err(Error::HeldTooLong { limit });
        }
        let needless = self.dispatch == Dispatch::Resumed;
        let keys = wish.keys.as_slice().len();
        let suspension = Happening::Suspension { keys, needless };
        hub.telemetry.tell_of(self.record(), suspension);
        let due = self.due_at(&wish, limit);
        let terms = Terms {
            keys: wish.keys,
            client: wish.client,
            entry: Entry {
                start,
                priority: wish.priority,
            },
            due,
            is_overdue: due.is_some_and(|due| due < self.began),
            expiry: wish.expiry,
        };
        self.sleeper.begin(terms, cx)
    }

    /// When the time of a wait is up that begins now.
    fn due_at(&self, wish: &Wish, limit: Option<Duration>) -> Option<Duration> {
        let (since, moved) = match wish.from_now {
            true => {
                self.record().forget_moved();
                (self.hub().now(), None)
            }
            false => (self.since, self.record().moved()),
        };
        let due = moved.or_else(|| since.checked_add(wish.timeout));
        let due = due.into_iter().chain(limit).min()?;
        let jitter = self.hub().limits.jitter.filter(|_| moved.is_none());
        let Some(jitter) = jitter else {
            return Some(due);
        };
        let timeout = due.saturating_sub(since);
        Some(since + jitter.shorten(timeout, self.record().number))
    }

    /// What follows the end of a wait, and what of it was meant for this request and for nobody else.
    fn due(&mut self, over: Over) -> (Stage, Option<Token>) {
        let dispatch = match over.ending {
            Ending::Expired { at } => {
                self.since = time_of(at);
                self.record().forget_moved();
                Dispatch::Expired
            }
            Ending::Resumed | Ending::Closed => Dispatch::Resumed,
        };
        let value = over.parcel;
        (Stage::Due { dispatch, value }, over.token)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.end(End::Cancelled);
        if self.passes == 0 {
            let unexecuted = Happening::Unexecuted;
            self.hub().telemetry.tell_of(self.record(), unexecuted);
        }
    }
}
