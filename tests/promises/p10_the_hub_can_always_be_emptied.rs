//! The hub can always be emptied: `shutdown()` is sticky and ends every wait. (`tests/sockets` tests that the
//! servers' graceful shutdown then returns.)

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use dacapo::driver::{BodyError, read_body};
use dacapo::{Continuation, Dispatch, Error, Hub, Outcome};
use futures::FutureExt;
use support::wakers::{Counter, poll};

use crate::LONG_POLL;

async fn wait(c: Continuation<u32>) -> Outcome<()> {
    if c.is_initial() {
        Err(c.suspend_any(&[0, 1], LONG_POLL))
    } else {
        Ok(())
    }
}

#[test]
fn shutdown_ends_every_wait_of_every_kind() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let mut requests: Vec<_> = (0..5000_u32)
        .map(|n| {
            Box::pin(hub.run(move |c| async move {
                Err::<(), _>(match n % 4 {
                    0 => c.suspend(&n, LONG_POLL),
                    1 => c.suspend(&0, LONG_POLL),
                    2 => c.suspend_any(&[0, 1, n], LONG_POLL),
                    _ => c.suspend_for(Duration::MAX),
                })
            }))
        })
        .collect();
    let woken = Arc::new(Counter::default());
    for request in &mut requests {
        assert!(poll(request, &Arc::clone(&woken).into()).is_pending());
    }
    assert_eq!((hub.suspended_count(), hub.shutdown()), (5000, 5000));
    assert_eq!(woken.woken(), 5000);
    for request in &mut requests {
        assert_eq!(request.now_or_never(), Some(Err(Error::ShutDown)));
    }
    assert_eq!((hub.suspended_count(), clock.advance(LONG_POLL)), (0, 0));
}

#[test]
fn it_is_sticky() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    assert!(!hub.is_shut_down());
    assert_eq!(hub.shutdown(), 0);
    assert!(hub.is_shut_down() && hub.clone().is_shut_down());
    assert_eq!(hub.run(wait).now_or_never(), Some(Err(Error::ShutDown)));
    assert_eq!(hub.shutdown(), 0);
}

#[test]
fn a_request_that_was_woken_gets_its_answer_after_a_shutdown() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let mut request = pin!(hub.run(wait));
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify(&0);
    hub.shutdown();
    assert_eq!(request.now_or_never(), Some(Ok(().into())));
    assert_eq!(
        hub.run(async |_| Outcome::Ok("at once")).now_or_never(),
        Some(Ok("at once".into()))
    );
}

#[test]
fn a_shutdown_during_the_pass_refuses_the_wait() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let answer = hub.run(|c| {
        hub.shutdown();
        wait(c)
    });
    assert_eq!(answer.now_or_never(), Some(Err(Error::ShutDown)));
}

#[test]
fn drained_waits_until_every_request_has_been_taken_up_or_dropped() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    assert!(
        hub.drained().now_or_never().is_some(),
        "there is nothing to wait for"
    );
    let (mut one, mut other) = (Box::pin(hub.run(wait)), Box::pin(hub.run(wait)));
    assert!(one.as_mut().now_or_never().is_none() && other.as_mut().now_or_never().is_none());

    let (mut drained, woken) = (hub.drained(), Arc::new(Counter::default()));
    assert!(poll(&mut drained, &Arc::clone(&woken).into()).is_pending());
    hub.shutdown();
    assert!(poll(&mut drained, &Arc::clone(&woken).into()).is_pending());
    assert_eq!(one.as_mut().now_or_never(), Some(Err(Error::ShutDown)));
    assert!(poll(&mut drained, &Arc::clone(&woken).into()).is_pending());
    assert_eq!(woken.woken(), 0);
    drop(other);
    assert_eq!(woken.woken(), 1, "once, however often it was polled");
    assert!(drained.now_or_never().is_some());
}

#[test]
fn several_may_wait_for_the_drain_at_any_limit_of_a_key_before_or_after_the_shutdown() {
    let (hub, _clock) = Hub::<u32>::builder().max_per_key(1).build_with_mock_clock();
    let mut held = Box::pin(hub.run(wait));
    assert!(held.as_mut().now_or_never().is_none());
    let mut early = hub.drained();
    assert!((&mut early).now_or_never().is_none());
    assert_eq!(hub.shutdown(), 1);
    let mut late = hub.drained();
    assert!((&mut late).now_or_never().is_none());
    assert_eq!(hub.notify_every_key(Duration::ZERO), 0);
    drop(held);
    assert!(early.now_or_never().is_some() && late.now_or_never().is_some());
}

#[test]
fn a_drain_outlives_requests_that_come_while_it_waits() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let mut one = Box::pin(hub.run(wait));
    assert!(one.as_mut().now_or_never().is_none());
    let mut drained = hub.drained();
    assert!((&mut drained).now_or_never().is_none());
    drop(one);
    let mut other = Box::pin(hub.run(wait));
    assert!(other.as_mut().now_or_never().is_none());
    assert!(
        (&mut drained).now_or_never().is_none(),
        "another one is there"
    );
    drop(other);
    assert!(drained.now_or_never().is_some());
}

#[test]
fn a_sleep_on_the_hubs_time_is_no_suspension_and_ends_with_a_shutdown() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let (mut short, mut long) = (hub.sleep(LONG_POLL), hub.sleep(2 * LONG_POLL));
    assert!((&mut short).now_or_never().is_none() && (&mut long).now_or_never().is_none());
    assert_eq!((hub.suspended_count(), clock.advance(LONG_POLL)), (0, 0));
    assert_eq!(short.now_or_never(), Some(Ok(())));
    assert_eq!(hub.shutdown(), 0);
    assert_eq!(long.now_or_never(), Some(Err(Error::ShutDown)));
    assert_eq!(
        hub.sleep(LONG_POLL).now_or_never(),
        Some(Err(Error::ShutDown))
    );
}

#[test]
fn a_drain_that_is_given_up_keeps_nothing() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let mut held = pin!(hub.run(wait));
    assert!(held.as_mut().now_or_never().is_none());
    let task = Arc::new(Counter::default());
    for _ in 0..3 {
        let mut drained = hub.drained();
        assert!(poll(&mut drained, &Arc::clone(&task).into()).is_pending());
        assert!(
            poll(&mut drained, std::task::Waker::noop()).is_pending(),
            "from another task"
        );
        assert_eq!(Arc::strong_count(&task), 1);
        assert!(poll(&mut drained, &Arc::clone(&task).into()).is_pending());
    }
    assert_eq!(Arc::strong_count(&task), 1);
    assert_eq!(
        format!("{:?}", hub.drained()),
        "Drained { suspended: 1, .. }"
    );
}

#[test]
fn a_client_that_is_still_sending_its_body_is_ended_and_not_counted() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let read = |timeout| Box::pin(read_body(&hub, timeout, std::future::pending()));
    let (mut slow, mut slower) = (read(LONG_POLL), read(2 * LONG_POLL));
    assert!((&mut slow).now_or_never().is_none() && (&mut slower).now_or_never().is_none());
    assert_eq!(
        (
            hub.suspended_count(),
            clock.advance(LONG_POLL),
            hub.shutdown()
        ),
        (0, 0, 0)
    );
    assert_eq!(slow.now_or_never(), Some(Err(BodyError::TooSlow)));
    assert_eq!(
        slower.now_or_never(),
        Some(Err(BodyError::Refused(Error::ShutDown)))
    );
}

#[test]
fn it_can_take_its_time_but_nothing_new_begins() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let woken = Arc::new(Counter::default());
    let mut requests: Vec<_> = (0..100_u32)
        .map(|n| {
            Box::pin(hub.run(move |c| {
                let outcome = Err::<(), _>(match n % 3 {
                    0 => c.suspend(&0, LONG_POLL),
                    1 => c.suspend_any(&[n, 0], LONG_POLL),
                    _ => c.suspend_for(LONG_POLL),
                });
                async { outcome }
            }))
        })
        .collect();
    for request in &mut requests {
        assert!(poll(request, &Arc::clone(&woken).into()).is_pending());
    }
    assert_eq!(hub.shutdown_within(LONG_POLL / 2), 100);
    assert!(hub.is_shut_down());
    assert_eq!(hub.run(wait).now_or_never(), Some(Err(Error::ShutDown)));
    for half in 1..=100 {
        clock.advance(LONG_POLL / 200);
        assert_eq!(woken.woken(), half, "spread evenly");
    }
    for request in &mut requests {
        assert_eq!(request.now_or_never(), Some(Err(Error::ShutDown)));
    }
    assert_eq!((hub.suspended_count(), clock.advance(LONG_POLL)), (0, 0));
}

#[test]
fn during_the_scan_waits_end_in_other_ways_too_and_a_shutdown_ends_the_rest() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let hold = |key: u32| {
        let mut held = Box::pin(hub.run(move |c| {
            let outcome = match c.is_initial() {
                true => Err(c.suspend(&key, LONG_POLL)),
                false => Ok(c.dispatch()),
            };
            async { outcome }
        }));
        assert!(held.as_mut().now_or_never().is_none());
        held
    };
    let (one, two, three) = (hold(1), hold(2), hold(3));
    assert_eq!(hub.shutdown_within(10 * LONG_POLL), 3);
    assert_eq!(hub.notify(&2), 1);
    assert_eq!(two.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    clock.advance(LONG_POLL);
    let ways = [one.now_or_never(), three.now_or_never()];
    assert_eq!(
        ways,
        [
            Some(Ok(Dispatch::Expired.into())),
            Some(Ok(Dispatch::Expired.into()))
        ]
    );

    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let mut held: Vec<_> = (0..10).map(|_| Box::pin(hub.run(wait))).collect();
    for request in &mut held {
        assert!(request.as_mut().now_or_never().is_none());
    }
    hub.shutdown_within(LONG_POLL / 3);
    clock.advance(LONG_POLL / 6);
    assert_eq!(hub.shutdown(), 5);
    for request in held {
        assert_eq!(request.now_or_never(), Some(Err(Error::ShutDown)));
    }
}
