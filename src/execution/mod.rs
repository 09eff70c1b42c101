//! The loop of passes and waits. The crate has no other.

mod dispatcher;
mod handler;
mod pace;
mod request;
mod series;
mod waiting;

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::FusedFuture;

use crate::end::End;
use crate::engine::Ending;
use crate::panics::catch_panic;
use crate::payload::Conclusion;
use crate::request::{Kind, Shared, scope};
use crate::waiters::{Claim, Wakeup};

use pace::{Once, Pace};
use request::{Request, Stage};

pub use dispatcher::Dispatcher;
pub(crate) use handler::{HandlerFn, LendingHandlerFn};
pub(crate) use series::{Next, Series};

/// A request from its arrival to its answer: pass, wait, pass, …
///
/// ```text
///             ╭─────────────── suspended ────────────────╮
///             │                                          ▼
///   Due ──▶ Passing ──▶ answered                  Asleep or Yielding
///    ▲ ╲                                             ╱   │
///    │  ╰────────▶ refused, or completed ◀──────────╯    │
///    ╰──────────────── resumed or expired ───────────────╯
/// ```
///
/// A stream is one request that goes on when it has been answered, and when its time is up. Each time it is asked for
/// more:
///
/// ```text
///   Passing ──▶ Answered ──▶ Due
///   Asleep or Yielding ── expired ──▶ Expired ──▶ Asleep or Yielding
/// ```
///
/// It is a future if its dispatcher is `Unpin`. A dispatcher must box what has to be pinned.
///
/// # Cancel safety
///
/// You can drop it at any time. The request ends at once.
#[must_use = "futures do nothing unless polled"]
pub struct Execution<K, D> {
    // The fields are dropped in this order: first the handler's future, then what its passes have left behind. After
    // that, a notify that was meant for this request alone goes to the next waiter. The wait itself has been
    // deregistered before.
    dispatcher: D,
    request: Request,
    /// Set if a notify has chosen this request alone. That notify must not be lost if the next pass does not end.
    claim: Option<Claim>,
    keys: PhantomData<fn(&K)>,
}

impl<K, D> Execution<K, D> {
    pub(crate) fn arrive(hub: &Arc<Shared>, dispatcher: D, kind: Kind) -> Self {
        Self {
            dispatcher,
            request: Request::new(hub, kind),
            claim: None,
            keys: PhantomData,
        }
    }

    /// Limits how long the request may be held in all, from its arrival. The default is the limit of the
    /// [hub](crate::HubBuilder::max_hold). Call this before the first poll.
    ///
    /// No wait lasts longer: it expires at the limit. If the request wants to wait again after that, it is refused
    /// with [`Error::HeldTooLong`](crate::Error::HeldTooLong). An adapter needs such a limit if its server may not
    /// notice that a client has left.
    pub fn max_hold(mut self, limit: Duration) -> Self {
        self.request.set_max_hold(limit);
        self
    }

    /// Ends the wait, because no pass follows. Only the claim is kept, and is passed on.
    fn leave(&mut self) {
        if let Some(claim) = self.request.deregister() {
            // At most one of them is there: a pass spends the claim before the next wait.
            self.claim = Some(claim);
        }
    }
}

impl<K, D: Dispatcher<K>> Execution<K, D> {
    /// Also drops the payload of the wake. If its destructor panics, the request ends in that panic.
    fn leave_for_good(&mut self) {
        self.leave();
        self.request.stage = Stage::Between;
    }

    /// Polls for the answer. At a pace that goes on, it is also pending when the time is up, and the stage tells.
    fn poll_stages<P: Pace>(
        &mut self,
        pace: &mut P,
        cx: &mut Context<'_>,
    ) -> Poll<Result<D::Answer, Conclusion>> {
        loop {
            let (start, polled) = match &mut self.request.stage {
                Stage::Due { .. } => {
                    self.request.check_passes(pace.passes_before())?;
                    if let Err(answer) = ready!(self.dispatcher.poll_ready(cx)) {
                        return Poll::Ready(Ok(answer));
                    }
                    let (start, continuation) = self.request.begin_pass();
                    let begin = || {
                        self.dispatcher.begin(continuation);
                        self.dispatcher.poll(cx)
                    };
                    (start, scope::within(&self.request.state, begin))
                }
                Stage::Passing { start } => {
                    let poll = || self.dispatcher.poll(cx);
                    (*start, scope::within(&self.request.state, poll))
                }
                Stage::Asleep => {
                    let wakeup = ready!(self.request.poll_asleep(cx));
                    self.claim = self.request.wake_up(wakeup)?;
                    if P::GOES_ON && self.request.expire() {
                        return Poll::Pending;
                    }
                    continue;
                }
                Stage::Yielding(wakeup) => {
                    let wakeup = std::mem::replace(&mut **wakeup, Wakeup::new(Ending::Resumed));
                    self.claim = self.request.wake_up(wakeup)?;
                    if P::GOES_ON && self.request.expire() {
                        return Poll::Pending;
                    }
                    continue;
                }
                Stage::Expired | Stage::Answered | Stage::Between | Stage::Done => {
                    panic!("an `Execution` was polled after it had been ready")
                }
            };
            let outcome = ready!(polled);
            if let Some(claim) = self.claim.take() {
                claim.spend();
            }
            match outcome {
                Ok(answer) => return Poll::Ready(Ok(answer)),
                Err(token) => {
                    let was_due = pace.suspend(&token, start);
                    self.request.suspend(token, start, was_due, cx)?;
                    if self.request.is_held() {
                        self.dispatcher.release();
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    /// Answers the request, and reports how it ended. An answer from outside came first, so it replaces the handler's
    /// answer. A failure of the service is never replaced.
    fn answer(&mut self, ended: Result<D::Answer, Conclusion>) -> D::Answer {
        let mut cleanup = self.request.close();
        let (answer, end) = match (ended, cleanup.take_completion()) {
            (Ok(answer), _) if D::has_failed(&answer) => (answer, End::Failed),
            (Ok(answer), None) => (answer, End::Answered),
            (Err(Conclusion::Refused(error)), None) => {
                (self.dispatcher.refuse(error.clone()), End::Refused(error))
            }
            (Err(Conclusion::Completed(completion)), _) | (Err(_), Some(completion)) => {
                let response = completion.into_response();
                (self.dispatcher.complete(response, None), End::Completed)
            }
            (Ok(late), Some(completion)) => {
                let response = completion.into_response();
                (
                    self.dispatcher.complete(response, Some(late)),
                    End::Completed,
                )
            }
        };
        cleanup.finish(end);
        answer
    }
}

impl<K, D: Dispatcher<K> + Unpin> Future for Execution<K, D> {
    type Output = D::Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<D::Answer> {
        let this = self.get_mut();
        let ended = ready!(this.poll_or_end(|this| {
            let ended = ready!(this.poll_stages(&mut Once, cx));
            this.leave_for_good();
            Poll::Ready(ended)
        }));
        let _passed_on_at_the_end = this.claim.take();
        Poll::Ready(this.answer(ended))
    }
}

impl<K, D: Dispatcher<K>> Execution<K, D> {
    /// Polls, and ends the request if that panics.
    #[inline]
    fn poll_or_end<R>(&mut self, poll: impl FnOnce(&mut Self) -> Poll<R>) -> Poll<R> {
        catch_unwind(AssertUnwindSafe(|| poll(self))).unwrap_or_else(|panic| {
            // This is done at once, because the framework may keep a future for a long time after it has panicked.
            self.end_in_panic();
            resume_unwind(panic)
        })
    }

    fn end_in_panic(&mut self) {
        if self.request.is_done() {
            return;
        }
        let panicked = catch_panic(|| self.leave_for_good());
        self.request.count_panics(panicked.into());
        self.request.end(End::Panicked);
        drop(self.claim.take());
    }
}

impl<K, D: Dispatcher<K> + Unpin> FusedFuture for Execution<K, D> {
    fn is_terminated(&self) -> bool {
        self.request.is_done()
    }
}

impl<K, D> Drop for Execution<K, D> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<K, D> fmt::Debug for Execution<K, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.request.stage {
            Stage::Due { .. } => "due",
            Stage::Passing { .. } => "passing",
            Stage::Asleep | Stage::Yielding(_) | Stage::Expired => "waiting",
            Stage::Answered => "answered",
            Stage::Between | Stage::Done => "done",
        };
        f.debug_struct("Execution")
            .field("stage", &format_args!("{stage}"))
            .field("passes", &self.request.passes)
            .finish_non_exhaustive()
    }
}
