//! Requests that go on when they have been answered.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::answer::Answer;
use crate::error::Error;
use crate::on_expiry::OnExpiry;
use crate::payload::Conclusion;
use crate::suspended::Suspended;
use crate::waiters::Wait;

use super::Execution;
use super::dispatcher::Dispatcher;
use super::pace::Pace;
use super::request::Stage;

/// What a request needs besides that goes on after an answer: a stream's.
#[derive(Debug, Default)]
pub(crate) struct Series {
    /// What it waits for.
    wait: Option<Wait>,
    /// How many passes there had been when it was last answered, or its time was last up.
    passes_before: u32,
    /// It has not waited since it was answered.
    is_fresh: bool,
}

/// What a series has next.
pub(crate) enum Next<T> {
    Answer(T),
    /// Its time was up. It waits on.
    Expired,
}

impl Pace for Series {
    const GOES_ON: bool = true;

    fn passes_before(&self) -> u32 {
        self.passes_before
    }

    fn suspend(&mut self, token: &Suspended, start: u64) -> bool {
        // What was asked for the expiry is done at the first.
        self.wait = Some(Wait {
            on_expiry: OnExpiry::NONE,
            start,
            ..token.wait().clone()
        });
        std::mem::take(&mut self.is_fresh)
    }
}

impl Series {
    /// What it goes on waiting for. A timeout of zero has passed already, and would pass again and again.
    fn next_wait(&mut self) -> Wait {
        let Some(wait) = &mut self.wait else {
            unreachable!("what has waited was kept");
        };
        if wait.timeout.is_zero() {
            wait.timeout = Duration::MAX;
        }
        wait.timeout_from_now = wait.timeout_from_now.filter(|time| !time.is_zero());
        wait.clone()
    }

    fn count_anew(&mut self, passes: u32, is_fresh: bool) {
        (self.passes_before, self.is_fresh) = (passes, is_fresh);
    }
}

impl<K, D, T, F> Execution<K, D>
where
    D: Dispatcher<K, Answer = Result<Answer<T>, F>>,
{
    /// Polls for the next answer, and for the ends of its time. It ends with an error, or with nothing if the hub was
    /// shut down, if it was answered from outside, or if it has been held for as long as it may be.
    pub(crate) fn poll_next(
        &mut self,
        series: &mut Series,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Next<T>, F>>> {
        if self.request.is_done() {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_or_end(|this| {
            let next = ready!(this.poll_series(series, cx));
            match next {
                Ok(Next::Answer(Ok(_))) => {
                    this.leave();
                    this.request.answered();
                }
                Ok(Next::Expired) => {}
                Ok(Next::Answer(Err(_))) | Err(_) => this.leave_for_good(),
            }
            Poll::Ready(next)
        }));
        // A notify for one that this request has not used goes to the next.
        let _passed_on_at_the_end = self.claim.take();
        Poll::Ready(match next {
            Ok(Next::Answer(Ok(answer))) => {
                series.count_anew(self.request.passes, true);
                answer.into_inner().ok().map(|item| Ok(Next::Answer(item)))
            }
            Ok(Next::Expired) => {
                series.count_anew(self.request.passes, series.is_fresh);
                Some(Ok(Next::Expired))
            }
            Ok(Next::Answer(failed)) => self.end_series(Ok(failed)),
            Err(conclusion) => self.end_series(Err(conclusion)),
        })
    }

    fn poll_series(
        &mut self,
        series: &mut Series,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Next<D::Answer>, Conclusion>> {
        match self.request.stage {
            Stage::Answered => self.request.begin_again()?,
            Stage::Expired => {
                self.wait_on(series.next_wait(), cx)?;
                return Poll::Pending;
            }
            _ => {}
        }
        match self.poll_stages(series, cx)? {
            Poll::Ready(answer) => Poll::Ready(Ok(Next::Answer(answer))),
            Poll::Pending => match self.request.stage {
                Stage::Expired => Poll::Ready(Ok(Next::Expired)),
                _ => Poll::Pending,
            },
        }
    }

    /// Waits for the same as before, from the number of the same pass on: what was notified since then is noticed.
    fn wait_on(&mut self, wait: Wait, cx: &Context<'_>) -> Result<(), Error> {
        let start = wait.start;
        let token = Suspended::new(Arc::clone(&self.request.state), wait);
        self.request.suspend(token, start, true, cx)
    }

    /// Nothing of the handler is kept.
    fn end_series(&mut self, ended: Result<D::Answer, Conclusion>) -> Option<Result<Next<T>, F>> {
        let is_quiet = matches!(
            ended,
            Err(Conclusion::Refused(
                Error::ShutDown | Error::HeldTooLong { .. }
            ))
        );
        let answer = self.answer(ended);
        self.dispatcher.release();
        answer.err().filter(|_| !is_quiet).map(Err)
    }
}
