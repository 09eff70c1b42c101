//! What an adapter can rely on: a mark of one pass reaches no other pass, and nothing keeps it.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use dacapo::driver::{self, Dispatcher, Execution};
use dacapo::{Continuation, Error, Hub, Outcome, Suspended};
use futures::FutureExt;
use futures::future::FusedFuture;

const LONG_POLL: Duration = Duration::from_secs(30);
const MS: Duration = Duration::from_millis(1);

/// The handler of a pass. If it leaves a mark, the request is suspended.
type Handler<'a> = &'a dyn Fn(&Continuation<u8>) -> Outcome<()>;

/// The smallest adapter.
struct Adapter<'a> {
    handler: Handler<'a>,
    pass: Option<Continuation<u8>>,
}

impl Dispatcher<u8> for Adapter<'_> {
    type Answer = Result<u32, Error>;

    fn begin(&mut self, continuation: Continuation<u8>) {
        self.pass = Some(continuation);
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<Outcome<Self::Answer>> {
        let c = self.pass.take().expect("it has begun");
        let suspended = (self.handler)(&c)
            .err()
            .or_else(|| driver::take_suspension(&c, None));
        Poll::Ready(suspended.map_or(Ok(Ok(c.pass())), Err))
    }

    fn refuse(&mut self, error: Error) -> Self::Answer {
        Err(error)
    }

    fn complete(&mut self, _: http::Response<Bytes>, _: Option<Self::Answer>) -> Self::Answer {
        unreachable!("no call completes it")
    }
}

fn execute<'a>(hub: &Hub<u8>, handler: Handler<'a>) -> Execution<u8, Adapter<'a>> {
    Execution::new(
        hub,
        Adapter {
            handler,
            pass: None,
        },
    )
}

#[test]
fn a_mark_is_taken_once() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = execute(&hub, &|c| {
        if c.is_initial() {
            driver::mark_suspended(&c.suspend(&0, LONG_POLL));
            assert!(
                driver::take_suspension(c, None).is_some()
                    && driver::take_suspension(c, None).is_none()
            );
            assert!(driver::mark_suspended(&c.suspend(&1, LONG_POLL)));
        }
        Ok(())
    });
    assert!((&mut request).now_or_never().is_none());
    assert_eq!((hub.notify(&0), hub.notify(&1)), (0, 1));
    assert_eq!(request.now_or_never().unwrap(), Ok(2));
}

type Ask<'a> = &'a dyn Fn(&Continuation<u8>) -> Suspended;

/// Marks both in the first pass, and answers in the second.
fn marks_two<'a>(
    first: Ask<'a>,
    second: Ask<'a>,
) -> impl Fn(&Continuation<u8>) -> Outcome<()> + 'a {
    move |c| {
        if c.is_initial() {
            driver::mark_suspended(&first(c));
            driver::begin_handler(c);
            driver::mark_suspended(&second(c));
        }
        Ok(())
    }
}

#[test]
fn two_suspensions_of_a_pass_wait_for_the_keys_of_both() {
    for key in [0, 1, 2] {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let handler = marks_two(&|c| c.suspend(&0, LONG_POLL), &|c| {
            c.suspend_any(&[1, 2], LONG_POLL)
        });
        let mut request = execute(&hub, &handler);
        assert!((&mut request).now_or_never().is_none());
        assert_eq!(hub.notify(&key), 1);
        assert_eq!(request.now_or_never().unwrap(), Ok(2));
    }
}

#[test]
fn the_earlier_end_of_two_suspensions_counts_wherever_it_counts_from() {
    let waits: [Ask<'_>; 2] = [&|c| c.suspend(&0, 30 * MS), &|c| {
        c.suspend(&1, 20 * MS).timeout_from_now()
    }];
    for (first, second) in [(0, 1), (1, 0)] {
        let (hub, clock) = Hub::<u8>::with_mock_clock();
        let handler = marks_two(waits[first], waits[second]);
        let mut request = execute(&hub, &handler);
        clock.advance(5 * MS);
        assert!((&mut request).now_or_never().is_none());
        assert_eq!(clock.advance(19 * MS), 0);
        assert_eq!(clock.advance(MS), 1);
        assert_eq!(request.now_or_never().unwrap(), Ok(2));
    }
}

#[test]
fn the_shorter_timeout_of_two_suspensions_counts() {
    let waits: [Ask<'_>; 2] = [&|c| c.suspend(&0, 30 * MS), &|c| c.suspend(&1, 20 * MS)];
    for (first, second) in [(0, 1), (1, 0)] {
        let (hub, clock) = Hub::<u8>::with_mock_clock();
        let handler = marks_two(waits[first], waits[second]);
        let mut request = execute(&hub, &handler);
        assert!((&mut request).now_or_never().is_none());
        assert_eq!((clock.advance(19 * MS), clock.advance(MS)), (0, 1));
        assert_eq!(request.now_or_never().unwrap(), Ok(2));
    }
}

#[test]
fn two_suspensions_together_may_have_too_many_keys() {
    let (hub, _clock) = Hub::<u8>::builder().max_keys(2).build_with_mock_clock();
    let handler = marks_two(&|c| c.suspend_any(&[0, 1], LONG_POLL), &|c| {
        c.suspend(&2, LONG_POLL)
    });
    let request = execute(&hub, &handler);
    assert_eq!(
        request.now_or_never().unwrap(),
        Err(Error::TooManyKeys { limit: 2 })
    );
}

#[test]
fn both_suspensions_of_a_pass_get_what_they_ask_for_at_their_end() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let told = Arc::new(AtomicUsize::new(0));
    let tell = |c: &Continuation<u8>, by| {
        let told = Arc::clone(&told);
        c.suspend(&0, LONG_POLL)
            .on_expire(move || _ = told.fetch_add(by, Ordering::Relaxed))
    };
    let (first, second) = (|c: &_| tell(c, 1), |c: &_| tell(c, 10));
    let handler = marks_two(&first, &second);
    let mut request = execute(&hub, &handler);
    assert!((&mut request).now_or_never().is_none());
    clock.advance(LONG_POLL);
    assert_eq!(request.now_or_never().unwrap(), Ok(2));
    assert_eq!(told.load(Ordering::Relaxed), 11);
}

#[test]
fn a_handler_that_begins_again_and_answers_has_answered() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let request = execute(&hub, &|c| {
        driver::mark_suspended(&c.suspend(&0, LONG_POLL));
        driver::begin_handler(c);
        Ok(())
    });
    assert_eq!(request.now_or_never().unwrap(), Ok(1));
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn without_an_adapter_nothing_takes_a_token_that_has_become_a_response() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let taken = hub.run(async |c| Outcome::Ok(driver::mark_suspended(&c.suspend(&0, LONG_POLL))));
    assert_eq!(taken.now_or_never().unwrap().unwrap(), false);
}

#[test]
fn a_mark_of_an_earlier_pass_is_not_found_by_the_next() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = execute(&hub, &|c| {
        if c.is_initial() {
            driver::mark_suspended(&c.suspend(&1, LONG_POLL));
            return Err(c.suspend(&0, LONG_POLL));
        }
        Ok(())
    });
    assert!((&mut request).now_or_never().is_none());
    assert_eq!((hub.notify(&1), hub.notify(&0)), (0, 1));
    assert_eq!(request.now_or_never().unwrap(), Ok(2));
}

#[test]
fn a_mark_outside_a_pass_is_not_kept() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (life, kept) = (Arc::new(()), RefCell::new(None));
    let handler = |c: &Continuation<u8>| {
        let life = Arc::clone(&life);
        let stray = c.suspend(&1, LONG_POLL).on_expire(move || drop(life));
        kept.replace(Some((c.clone(), stray)));
        match c.is_initial() {
            true => Err(c.suspend(&0, LONG_POLL)),
            false => Ok(()),
        }
    };
    let deposit = || {
        let (c, stray): (_, Suspended) = kept.take().unwrap();
        driver::mark_suspended(&stray);
        c
    };
    let mut request = execute(&hub, &handler);
    assert!((&mut request).now_or_never().is_none());
    let suspended = deposit();
    assert_eq!(Arc::strong_count(&life), 1);
    assert_eq!(hub.notify(&0), 1);
    assert_eq!(request.now_or_never().unwrap(), Ok(2));
    let ended = deposit();
    assert_eq!(Arc::strong_count(&life), 1);
    assert!(
        driver::take_suspension(&suspended, None).is_none()
            && driver::take_suspension(&ended, None).is_none()
    );
}

#[test]
fn a_request_is_terminated_when_it_has_been_answered_and_not_before() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut request = execute(&hub, &|c| match c.is_initial() {
        true => Err(c.suspend(&0, LONG_POLL)),
        false => Ok(()),
    });
    assert!(!request.is_terminated());
    assert!((&mut request).now_or_never().is_none() && !request.is_terminated());
    assert_eq!(hub.notify(&0), 1);
    assert_eq!((&mut request).now_or_never(), Some(Ok(2)));
    assert!(request.is_terminated());
}
