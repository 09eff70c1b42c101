//! Floods: of keys, of requests, of notifies.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use dacapo::{Answer, Error, Hub, Outcome};
use futures::FutureExt;
use support::allocator::{Mark, alone};

const LONG_POLL: Duration = Duration::from_secs(30);

type Pending = Pin<Box<dyn Future<Output = Result<Answer<()>, Error>>>>;

fn hold(hub: &Hub<usize>, key: usize) -> Pending {
    let mut request: Pending = Box::pin(hub.run(move |c| {
        let outcome = match c.is_initial() {
            true => Err(c.suspend(&key, LONG_POLL)),
            false => Ok(()),
        };
        async { outcome }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    request
}

#[test]
fn a_million_keys_without_waiters_take_no_memory() {
    let _alone = alone();
    let (hub, _clock) = Hub::<usize>::with_mock_clock();
    let mark = Mark::here();
    for key in 0..1_000_000 {
        assert_eq!(hub.notify(&key), 0);
    }
    assert_eq!((mark.allocations(), mark.bytes()), (0, 0));
}

#[test]
fn a_million_requests_that_are_dropped_leave_next_to_nothing() {
    let _alone = alone();
    let (hub, clock) = Hub::builder()
        .max_suspended(usize::MAX)
        .build_with_mock_clock();
    let mark = Mark::here();
    let requests: Vec<_> = (0..1_000_000).map(|key| hold(&hub, key)).collect();
    assert_eq!(hub.suspended_count(), 1_000_000);
    drop(requests);
    assert_eq!(hub.suspended_count(), 0);
    let left = mark.bytes();
    assert!(left <= 16 * 1_000_000, "{left} bytes");
    assert_eq!(clock.advance(LONG_POLL), 0);
}

#[test]
fn a_hundred_thousand_ids_of_requests_that_have_ended_leave_next_to_nothing() {
    let _alone = alone();
    let (hub, _clock) = Hub::<usize>::with_mock_clock();
    let mark = Mark::here();
    for _ in 0..100_000 {
        let request = hub.run(async |c| Outcome::Ok(c.handle().id()));
        let id = request
            .now_or_never()
            .unwrap()
            .unwrap()
            .into_inner()
            .unwrap();
        assert!(!hub.resume(id), "it has ended");
    }
    let left = mark.bytes();
    assert!(left <= 4096, "{left} bytes");
}

#[test]
fn of_a_hundred_thousand_waiters_of_one_key_half_may_leave() {
    let _alone = alone();
    let (hub, _clock) = Hub::with_mock_clock();
    let mark = Mark::here();
    let mut requests: Vec<_> = (0..100_000).map(|_| hold(&hub, 0)).collect();
    let mut number = 0;
    requests.retain(|_| {
        number += 1;
        number % 2 == 0
    });
    assert_eq!(hub.notify(&0), 50_000);
    for request in requests {
        assert_eq!(request.now_or_never(), Some(Ok(().into())));
    }
    let left = mark.bytes();
    assert!(left <= 16 * 100_000, "{left} bytes");
}

#[test]
fn a_storm_of_notifies_of_one_key_does_not_starve_the_others() {
    let _alone = alone();
    let (hub, _clock) = Hub::with_mock_clock();
    let calm = AtomicBool::new(false);
    thread::scope(|scope| {
        let storm = scope.spawn(|| {
            while !calm.load(Ordering::Relaxed) {
                hub.notify(&0);
            }
        });
        let calm = defer(|| calm.store(true, Ordering::Relaxed));
        for key in 1..100_000 {
            let request = hold(&hub, key);
            // A key that shares its stripes with the key of the storm has already been woken.
            assert!(hub.notify(&key) <= 1);
            assert_eq!(request.now_or_never(), Some(Ok(().into())), "{key}");
        }
        drop(calm);
        storm.join().unwrap();
    });
}

/// Runs a function when it is dropped, also if a test fails.
fn defer(act: impl FnMut()) -> impl Drop {
    struct Deferred<F: FnMut()>(F);

    impl<F: FnMut()> Drop for Deferred<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    Deferred(act)
}
