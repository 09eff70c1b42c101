//! A wait ends exactly once: resumed, expired, completed from outside, cancelled or closed. A call that
//! loses the race returns `false` or `0` and changes nothing.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Barrier;
use std::thread;

use dacapo::{Answer, Continuation, Dispatch, Error, Handle, Hub, MockClock, Outcome};
use futures::FutureExt;
use http::Response;

use crate::LONG_POLL;

/// Every way to end a wait, with what the request then sees.
struct Waiting<'a> {
    hub: &'a Hub<u8>,
    clock: &'a MockClock,
    handle: Handle,
}

type Attempt = fn(&Waiting<'_>) -> usize;

type Ended = Result<Answer<Dispatch>, Error>;

type Seen = fn(&Ended) -> bool;

const RESUMED: Seen = |answer| *answer == Ok(Dispatch::Resumed.into());
const EXPIRED: Seen = |answer| *answer == Ok(Dispatch::Expired.into());
const COMPLETED: Seen = |answer| matches!(answer, Ok(Answer::Completed(_)));
const CLOSED: Seen = |answer| *answer == Err(Error::ShutDown);

const ATTEMPTS: [(&str, Attempt, Seen); 8] = [
    ("notify", |waiting| waiting.hub.notify(&0), RESUMED),
    (
        "notify of the second key",
        |waiting| waiting.hub.notify(&1),
        RESUMED,
    ),
    ("notify_one", |waiting| waiting.hub.notify_one(&1), RESUMED),
    ("resume", |waiting| waiting.handle.resume().into(), RESUMED),
    (
        "complete",
        |waiting| waiting.handle.complete(Response::default()).is_ok().into(),
        COMPLETED,
    ),
    (
        "complete by its id",
        |waiting| {
            let id = waiting.handle.id();
            waiting.hub.complete(id, Response::default()).is_ok().into()
        },
        COMPLETED,
    ),
    (
        "expiry",
        |waiting| waiting.clock.advance(LONG_POLL),
        EXPIRED,
    ),
    ("shutdown", |waiting| waiting.hub.shutdown(), CLOSED),
];

async fn two_keys(c: Continuation<u8>) -> Outcome<Dispatch> {
    if c.is_initial() {
        Err(c.suspend_any(&[0, 1], LONG_POLL))
    } else {
        Ok(c.dispatch())
    }
}

/// Suspends a request, calls `end`, and returns what the request sees.
fn suspended(end: impl FnOnce(Waiting<'_>)) -> Ended {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let handle = RefCell::new(None);
    let mut request = pin!(hub.run(|c| {
        handle.replace(Some(c.handle()));
        two_keys(c)
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    let handle = handle.take().unwrap();
    end(Waiting {
        hub: &hub,
        clock: &clock,
        handle,
    });
    request.now_or_never().expect("its wait has ended")
}

#[test]
fn each_way_ends_it_and_after_that_no_other_does() {
    for (first, attempt, seen) in ATTEMPTS {
        let answer = suspended(|waiting| {
            assert_eq!(attempt(&waiting), 1, "{first}");
            for (later, attempt, _) in ATTEMPTS {
                assert_eq!(attempt(&waiting), 0, "{later} after {first}");
            }
        });
        assert!(seen(&answer), "{first}: {answer:?}");
    }
}

#[test]
fn of_two_at_the_same_time_one_wins_and_the_request_sees_that_one() {
    for (one, first, first_seen) in ATTEMPTS {
        for (other, second, second_seen) in ATTEMPTS {
            for _ in 0..50 {
                let mut won = (0, 0);
                let answer = suspended(|waiting| {
                    let start = Barrier::new(2);
                    let run = |attempt: Attempt| {
                        start.wait();
                        attempt(&waiting)
                    };
                    won = thread::scope(|scope| {
                        let second = scope.spawn(|| run(second));
                        (run(first), second.join().unwrap())
                    });
                });
                let seen = match won {
                    (1, 0) => first_seen,
                    (0, 1) => second_seen,
                    both => panic!("{one} and {other}: {both:?}"),
                };
                assert!(seen(&answer), "{one} and {other}: {answer:?}");
            }
        }
    }
}

#[test]
fn dropping_the_request_ends_it_too_and_a_later_call_finds_nothing() {
    for (name, attempt, _) in ATTEMPTS {
        let (hub, clock) = Hub::<u8>::with_mock_clock();
        let handle = RefCell::new(None);
        let mut request = Box::pin(hub.run(|c| {
            handle.replace(Some(c.handle()));
            two_keys(c)
        }));
        assert_eq!(request.as_mut().now_or_never(), None);
        drop(request);
        let handle = handle.take().unwrap();
        assert_eq!(
            attempt(&Waiting {
                hub: &hub,
                clock: &clock,
                handle
            }),
            0,
            "{name}"
        );
        assert_eq!(hub.suspended_count(), 0, "{name}");
    }
}

#[test]
fn a_notify_for_one_is_passed_on_when_the_chosen_one_is_dropped() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut requests: Vec<_> = (0..3).map(|_| Box::pin(hub.run(two_keys))).collect();
    for request in &mut requests {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    assert_eq!(hub.notify_one(&1), 1);
    drop(requests.remove(0));
    assert_eq!(
        requests[1].as_mut().now_or_never(),
        None,
        "it is not its turn"
    );
    drop(requests.remove(0));
    assert_eq!(
        requests[0].as_mut().now_or_never(),
        Some(Ok(Dispatch::Resumed.into()))
    );
    assert_eq!(hub.notify_one(&1), 0);
}

#[test]
fn it_is_passed_on_when_the_chosen_request_has_used_its_passes() {
    let (hub, _clock) = Hub::<u8>::builder().max_passes(2).build_with_mock_clock();
    let handler = async |c: Continuation<u8>| Err::<(), _>(c.suspend_any(&[0, 1], LONG_POLL));
    let (mut one, mut other) = (pin!(hub.run(handler)), pin!(hub.run(two_keys)));
    assert_eq!(one.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(
        (one.as_mut().now_or_never(), other.as_mut().now_or_never()),
        (None, None)
    );
    assert_eq!(hub.notify_one(&1), 1);
    assert_eq!(
        one.now_or_never(),
        Some(Err(Error::TooManyPasses { limit: 2 }))
    );
    assert_eq!(other.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[test]
fn it_is_so_when_the_pass_that_it_was_meant_for_does_not_end() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let unfinished = async |c: Continuation<u8>| {
        if c.is_initial() {
            return Err(c.suspend(&0, LONG_POLL));
        }
        std::future::pending().await
    };
    let (mut one, mut other) = (Box::pin(hub.run(unfinished)), pin!(hub.run(two_keys)));
    assert_eq!(one.as_mut().now_or_never(), None);
    assert_eq!(other.as_mut().now_or_never(), None);
    assert_eq!(hub.notify_one(&0), 1);
    assert_eq!(one.as_mut().now_or_never(), None::<Result<Answer<()>, _>>);
    assert_eq!(hub.suspended_count(), 1, "its second pass runs");
    drop(one);
    assert_eq!(other.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[test]
fn a_notify_for_one_is_used_up_by_a_pass() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (mut one, mut other) = (Box::pin(hub.run(two_keys)), pin!(hub.run(two_keys)));
    assert_eq!(
        (one.as_mut().now_or_never(), other.as_mut().now_or_never()),
        (None, None)
    );
    assert_eq!(hub.notify_one(&0), 1);
    assert_eq!(
        one.as_mut().now_or_never(),
        Some(Ok(Dispatch::Resumed.into()))
    );
    drop(one);
    assert_eq!(other.as_mut().now_or_never(), None);
}

#[test]
fn the_oldest_waiters_are_chosen_first() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut requests: Vec<_> = (0..5).map(|_| Box::pin(hub.run(two_keys))).collect();
    for request in &mut requests {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    for turn in 0..5 {
        assert_eq!(hub.notify_one(&(turn % 2)), 1);
        for (at, request) in requests.iter_mut().enumerate().skip(turn as usize) {
            let expected = (at == turn as usize).then_some(Ok(Dispatch::Resumed.into()));
            assert_eq!(request.as_mut().now_or_never(), expected);
        }
    }
}
