//! A spurious wake never prolongs a request: the timeout counts from its arrival, or from its last expiry.
//! `timeout_from_now` asks for the other meaning.

use std::pin::pin;
use std::time::Duration;

use dacapo::{Continuation, Dispatch, Hub, Outcome};
use futures::FutureExt;

use crate::MS;

const SECOND: Duration = Duration::from_secs(1);

/// Waits for something that never comes.
async fn patient(c: Continuation<u8>) -> Outcome<Dispatch> {
    if c.is_expired() {
        Ok(c.dispatch())
    } else {
        Err(c.suspend(&0, 30 * SECOND))
    }
}

#[test]
fn wakes_that_bring_nothing_leave_the_deadline_where_it_is() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(patient));
    for _ in 0..29 {
        assert_eq!(request.as_mut().now_or_never(), None);
        clock.advance(SECOND);
        assert_eq!(hub.notify(&0), 1);
    }
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(clock.advance(SECOND - MS), 0);
    assert_eq!(clock.advance(MS), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn a_slow_handler_does_not_prolong_it_either() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(|c| {
        if c.is_initial() {
            clock.advance(29 * SECOND);
        }
        patient(c)
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(clock.advance(SECOND), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn a_deadline_that_passes_between_wake_and_wait_ends_the_wait_as_it_begins() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(patient));
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(clock.advance(31 * SECOND), 0, "it does not wait");
    assert_eq!(
        request.as_mut().now_or_never(),
        None,
        "the executor has its turn"
    );
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn neither_does_a_key_that_is_notified_in_every_pass() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(|c| {
        clock.advance(SECOND); // the time that the handler takes,
        hub.notify(&0); // and a notify of another origin
        patient(c)
    }));
    let polls = std::iter::from_fn(|| match request.as_mut().now_or_never() {
        None => Some(()),
        Some(answer) => {
            assert_eq!(answer, Ok(Dispatch::Expired.into()));
            None
        }
    });
    assert!((30..=33).contains(&polls.count()));
}

#[test]
fn after_an_expiry_the_timeout_counts_from_it() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.pass() < 4 {
            Err(c.suspend(&0, 10 * SECOND))
        } else {
            Ok(c.dispatch())
        }
    }));
    for _ in 1..4 {
        assert_eq!(request.as_mut().now_or_never(), None);
        assert_eq!(clock.advance(10 * SECOND - MS), 0);
        assert_eq!(clock.advance(MS), 1);
    }
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn the_time_between_an_expiry_and_the_next_wait_is_not_given_away() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.pass() < 3 {
            Err(c.suspend(&0, 10 * SECOND))
        } else {
            Ok(c.dispatch())
        }
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    // It expires after ten seconds, and its task is polled four seconds later.
    assert_eq!(clock.advance(14 * SECOND), 1);
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(clock.advance(6 * SECOND - MS), 0);
    assert_eq!(clock.advance(MS), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn from_now_counts_from_the_suspension() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| match c.dispatch() {
        Dispatch::Initial => Err(c.suspend(&0, 10 * SECOND)),
        Dispatch::Resumed => Err(c.suspend(&1, 10 * SECOND).timeout_from_now()),
        Dispatch::Expired => Ok(c.dispatch()),
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    clock.advance(9 * SECOND);
    assert_eq!(hub.notify(&0), 1);
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(clock.advance(10 * SECOND - MS), 0);
    assert_eq!(clock.advance(MS), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}
