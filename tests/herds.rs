//! Requests that must not all come at once: timeouts that are shortened at random, and wakes that are spread over
//! time.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use dacapo::driver::{BodyError, read_body};
use dacapo::{Answer, Dispatch, Error, Hub, MockClock};
use futures::FutureExt;
use support::wakers::{Counter, poll};

const MS: Duration = Duration::from_millis(1);
const LONG_POLL: Duration = Duration::from_secs(30);

type Held = Pin<Box<dyn Future<Output = Result<Answer<Dispatch>, Error>>>>;

/// Holds a request for these keys. It is counted when it is woken, and answers with the reason of its last pass.
fn hold(hub: &Hub<u8>, keys: &'static [u8], counter: &Arc<Counter>) -> Held {
    let mut held: Held = Box::pin(hub.run(move |c| {
        let outcome = match c.dispatch() {
            Dispatch::Initial => Err(c.suspend_any(keys, LONG_POLL)),
            later => Ok(later),
        };
        async { outcome }
    }));
    let waker = Waker::from(Arc::clone(counter));
    assert!(poll(&mut held, &waker).is_pending());
    held
}

/// The number of requests that expire in each of these spans.
fn expire(clock: &MockClock, spans: usize, span: Duration) -> Vec<usize> {
    (0..spans).map(|_| clock.advance(span)).collect()
}

#[test]
fn ten_thousand_that_arrive_together_expire_over_the_whole_window() {
    let (hub, clock) = Hub::builder().jitter(0.1).build_with_mock_clock();
    let counter = Arc::default();
    let _held: Vec<_> = (0..10_000).map(|_| hold(&hub, &[0], &counter)).collect();
    assert_eq!(clock.advance(LONG_POLL * 9 / 10 - MS), 0);
    let expired = expire(&clock, 10, LONG_POLL / 100);
    assert!(
        expired.iter().all(|some| (500..1500).contains(some)),
        "{expired:?}"
    );
    clock.advance(MS);
    assert_eq!(hub.stats().suspended, 10_000, "no pass has begun");
    assert_eq!(counter.woken(), 10_000);
}

#[test]
fn with_the_same_seed_the_same_ones_expire_at_the_same_tick() {
    let ticks = |seed| {
        let (hub, clock) = Hub::builder()
            .jitter(0.5)
            .seed(seed)
            .build_with_mock_clock();
        let counter = Arc::default();
        let _held: Vec<_> = (0..100).map(|_| hold(&hub, &[0], &counter)).collect();
        expire(&clock, 30_000, MS)
    };
    assert_eq!(ticks(7), ticks(7));
    assert_ne!(ticks(7), ticks(8));
}

#[test]
fn by_default_no_timeout_is_shortened() {
    let (hub, clock) = Hub::with_mock_clock();
    let counter = Arc::default();
    let _held: Vec<_> = (0..100).map(|_| hold(&hub, &[0], &counter)).collect();
    assert_eq!((clock.advance(LONG_POLL - MS), clock.advance(MS)), (0, 100));
}

#[test]
fn a_needless_wake_changes_nothing_in_a_shortened_timeout() {
    let expires_at = |notifies| {
        let (hub, clock) = Hub::<u8>::builder()
            .jitter(1.0)
            .seed(1)
            .build_with_mock_clock();
        let mut held = Box::pin(hub.run(async |c| match c.dispatch() {
            Dispatch::Expired => Ok(clock.now()),
            _ => Err(c.suspend(&0, LONG_POLL)),
        }));
        for _ in 0..notifies {
            assert!(held.as_mut().now_or_never().is_none());
            clock.advance(MS);
            hub.notify(&0);
        }
        assert!(held.as_mut().now_or_never().is_none());
        let ticks = (1..=30_000).find(|_| clock.advance(MS) == 1);
        assert!(ticks.is_some());
        held.now_or_never().unwrap().unwrap().into_inner().unwrap()
    };
    assert_eq!(expires_at(0), expires_at(5));
    assert!(expires_at(0) < LONG_POLL);
}

#[test]
fn a_deadline_that_was_moved_is_kept() {
    let (hub, clock) = Hub::<u8>::builder().jitter(1.0).build_with_mock_clock();
    let (tell, told) = std::sync::mpsc::channel();
    let mut held = Box::pin(hub.run(|c| {
        tell.send(c.handle()).unwrap();
        let outcome = match c.is_expired() {
            false => Err(c.suspend(&0, LONG_POLL)),
            true => Ok(()),
        };
        async { outcome }
    }));
    assert_eq!(held.as_mut().now_or_never(), None);
    assert!(told.recv().unwrap().set_timeout(2 * LONG_POLL));
    hub.notify(&0);
    assert_eq!(held.as_mut().now_or_never(), None);
    assert_eq!(
        (clock.advance(2 * LONG_POLL - MS), clock.advance(MS)),
        (0, 1)
    );
}

#[test]
fn a_notify_wakes_a_limited_number_per_tick_and_has_ended_all_waits() {
    let (hub, clock) = Hub::builder()
        .max_wakes_per_tick(10)
        .build_with_mock_clock();
    let counter = Arc::default();
    let mut held: Vec<_> = (0..25).map(|_| hold(&hub, &[0], &counter)).collect();
    held.extend((0..10).map(|_| hold(&hub, &[1, 2, 0], &counter)));
    assert_eq!(hub.notify(&0), 35);
    assert_eq!(hub.notify(&0), 0, "no waiter is left");
    let woken = |ticks| {
        clock.advance(ticks * MS);
        counter.woken()
    };
    assert_eq!(
        [woken(0), woken(1), woken(1), woken(1), woken(9)],
        [10, 20, 30, 35, 35]
    );
    for held in held {
        assert_eq!(held.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    }
    assert_eq!(clock.advance(LONG_POLL), 0);
}

#[test]
fn two_notifies_have_each_their_own_in_a_tick() {
    let (hub, clock) = Hub::builder().max_wakes_per_tick(1).build_with_mock_clock();
    let counter = Arc::default();
    let _held: Vec<_> = (0..6)
        .map(|number| hold(&hub, [&[0], &[1]][number % 2], &counter))
        .collect();
    assert_eq!((hub.notify(&0), hub.notify(&1)), (3, 3));
    assert_eq!(counter.woken(), 2);
    clock.advance(MS);
    assert_eq!(counter.woken(), 4);
}

#[test]
fn a_request_that_leaves_before_its_turn_blocks_no_other() {
    let (hub, clock) = Hub::builder().max_wakes_per_tick(1).build_with_mock_clock();
    let counter = Arc::default();
    let mut held: Vec<_> = (0..3).map(|_| hold(&hub, &[0], &counter)).collect();
    assert_eq!(hub.notify(&0), 3);
    drop(held.remove(1));
    clock.advance(2 * MS);
    for held in held {
        assert_eq!(held.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    }
}

#[test]
fn a_shutdown_leaves_no_waiter_for_later() {
    let (hub, _clock) = Hub::builder().max_wakes_per_tick(1).build_with_mock_clock();
    let counter = Arc::default();
    let _held: Vec<_> = (0..5).map(|_| hold(&hub, &[0], &counter)).collect();
    assert_eq!((hub.notify(&0), counter.woken()), (5, 1));
    assert_eq!((hub.shutdown(), counter.woken()), (0, 5));
}

#[test]
fn resuming_all_ends_every_wait_for_a_key_and_no_other() {
    let (hub, clock) = Hub::with_mock_clock();
    let counter = Arc::default();
    let keyed: Vec<_> = [&[0][..], &[1], &[1], &[2, 3, 4], &[1, 2]]
        .map(|keys| hold(&hub, keys, &counter))
        .into();
    let mut keyless = hold(&hub, &[], &counter);
    let mut body = Box::pin(read_body(&hub, LONG_POLL, std::future::pending()));
    assert!((&mut body).now_or_never().is_none());

    assert_eq!(hub.notify_every_key(Duration::ZERO), 5);
    assert_eq!(counter.woken(), 5);
    for held in keyed {
        assert_eq!(held.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    }
    assert_eq!(keyless.as_mut().now_or_never(), None);
    assert!((&mut body).now_or_never().is_none());
    assert_eq!(clock.advance(LONG_POLL), 1);
    assert_eq!(keyless.now_or_never(), Some(Ok(Dispatch::Expired.into())));
    assert_eq!(body.now_or_never(), Some(Err(BodyError::TooSlow)));
}

#[test]
fn it_can_take_its_time() {
    let (hub, clock) = Hub::with_mock_clock();
    let counter = Arc::default();
    let held: Vec<_> = (0..100).map(|_| hold(&hub, &[0], &counter)).collect();
    assert_eq!(hub.notify_every_key(100 * MS), 100);
    for tick in 1..=100 {
        assert_eq!(counter.woken(), tick, "the first one is woken at once");
        clock.advance(MS);
    }
    for held in held {
        assert_eq!(held.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    }
}

#[test]
fn a_pass_that_runs_during_a_notify_of_every_key_checks_again() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let passes = Rc::new(Cell::new(0));
    let mut request = Box::pin(hub.run(async |c| {
        passes.set(c.pass());
        if c.pass() < 3 {
            // What it has read is out of date when it suspends: in the first pass, and in the armed second pass.
            hub.notify_every_key(Duration::ZERO);
        }
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    }));
    for pass in 1..=3 {
        assert!(request.as_mut().now_or_never().is_none());
        assert_eq!(passes.get(), pass);
    }
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!((passes.get(), hub.suspended_count()), (3, 1));
}

#[test]
fn so_does_one_that_begins_to_wait_while_it_takes_its_time() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let counter = Arc::default();
    let _held: Vec<_> = (0..10).map(|_| hold(&hub, &[0], &counter)).collect();
    let mut request = Box::pin(hub.run(async |c| {
        if c.is_initial() {
            hub.notify_every_key(LONG_POLL / 2);
            clock.advance(LONG_POLL / 4);
        }
        match c.dispatch() {
            Dispatch::Resumed => Ok(()),
            _ => Err(c.suspend(&0, LONG_POLL)),
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(request.now_or_never(), Some(Ok(().into())));
}

#[test]
fn a_new_waiter_does_not_delay_the_waiters_that_a_notify_of_every_key_covers() {
    let (hub, clock) = Hub::with_mock_clock();
    let counter = Arc::default();
    let (first, last) = (hold(&hub, &[7], &counter), hold(&hub, &[7], &counter));
    drop(first);
    assert_eq!(hub.notify_every_key(Duration::from_secs(2)), 1);
    let _in_the_free_slot = hold(&hub, &[7], &counter);
    clock.advance(Duration::from_secs(2));
    assert_eq!(last.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

/// Requests without a key are spread over all shards. So a free slot comes before a request in every shard where the
/// drain may wait.
#[test]
fn a_wait_for_the_drain_takes_no_turn_of_a_shutdown_that_takes_its_time() {
    let (hub, clock) = Hub::with_mock_clock();
    let counter = Arc::default();
    let wave = || -> Vec<_> { (0..2048).map(|_| hold(&hub, &[], &counter)).collect() };
    let (early, late) = (wave(), wave());
    drop(early);
    assert_eq!(hub.shutdown_within(Duration::from_secs(2)), late.len());
    let mut drained = hub.drained();
    assert!((&mut drained).now_or_never().is_none());
    clock.advance(Duration::from_secs(2));
    for held in late {
        assert_eq!(held.now_or_never(), Some(Err(Error::ShutDown)));
    }
    assert!(drained.now_or_never().is_some());
}

#[test]
fn waits_for_the_drain_do_not_change_the_pace_of_a_shutdown() {
    let (hub, clock) = Hub::with_mock_clock();
    let counter = Arc::default();
    let _held: Vec<_> = (0..4).map(|_| hold(&hub, &[], &counter)).collect();
    let mut drains: Vec<_> = (0..4).map(|_| hub.drained()).collect();
    assert!(
        drains
            .iter_mut()
            .all(|drained| drained.now_or_never().is_none())
    );
    hub.shutdown_within(4 * MS);
    let woken = (1..=4).map(|_| {
        clock.advance(MS);
        counter.woken()
    });
    assert!(woken.eq([1, 2, 3, 4]));
}
