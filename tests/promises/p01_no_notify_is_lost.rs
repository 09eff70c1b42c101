//! A handler that checks, finds nothing and then suspends is woken by every notify whose change it
//! could not have seen, without having to register before it checks.

use std::cell::Cell;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use dacapo::{Dispatch, Hub};
use futures::FutureExt;
use futures::executor::block_on;

use crate::LONG_POLL;

#[test]
fn a_notify_between_check_and_suspend_is_not_lost() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let news = Cell::new(false);
    let mut request = pin!(hub.run(async |c| {
        let seen = news.get();
        if c.is_initial() {
            news.set(true);
            assert_eq!(hub.notify("lobby"), 0, "there is no waiter yet");
        }
        if seen {
            Ok(c.dispatch())
        } else {
            Err(c.suspend("lobby", LONG_POLL))
        }
    }));
    assert_eq!(
        request.as_mut().now_or_never(),
        None,
        "the executor has its turn"
    );
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[test]
fn neither_is_a_notify_for_one() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            assert_eq!(hub.notify_one("jobs"), 0);
            return Err(c.suspend("jobs", LONG_POLL));
        }
        Ok(c.dispatch())
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[test]
fn a_notify_of_any_key_among_several_is_not_lost() {
    for key in 0..5_u8 {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let mut request = pin!(hub.run(async |c| {
            if c.is_initial() {
                hub.notify(&key);
                return Err(c.suspend_any(&[0, 1, 2, 3, 4], LONG_POLL));
            }
            Ok(c.dispatch())
        }));
        assert_eq!(request.as_mut().now_or_never(), None);
        assert_eq!(
            request.now_or_never(),
            Some(Ok(Dispatch::Resumed.into())),
            "key {key}"
        );
    }
}

#[test]
fn a_notify_in_each_of_many_passes_is_not_lost() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.pass() <= 10 {
            hub.notify("lobby");
            return Err(c.suspend("lobby", LONG_POLL));
        }
        Ok(c.pass())
    }));
    for _ in 1..=10 {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    assert_eq!(request.now_or_never(), Some(Ok(11.into())));
}

#[test]
fn a_notify_before_the_pass_has_been_seen_and_costs_no_second_one() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    hub.notify("lobby");
    let passes = Cell::new(0);
    let mut request = pin!(hub.run(async |c| {
        passes.set(c.pass());
        Err::<(), _>(c.suspend("lobby", LONG_POLL))
    }));
    for _ in 0..3 {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    assert_eq!(passes.get(), 1);
}

#[test]
fn a_notify_of_another_key_during_the_pass_costs_no_second_one() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let passes = Cell::new(0);
    let mut request = pin!(hub.run(async |c| {
        passes.set(c.pass());
        for other in 1..100 {
            hub.notify(&other);
        }
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    }));
    for _ in 0..3 {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    assert_eq!(passes.get(), 1);
}

/// After the needless pass of a collision, the registration is exact, so this pass is the last needless one. All keys
/// have the same stripe here, so the collision is certain.
#[test]
fn a_storm_of_other_keys_costs_one_needless_pass_at_most() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let passes = Cell::new(0);
    let mut request = pin!(hub.run(async |c| {
        passes.set(c.pass());
        for other in 1..2_000_000 {
            hub.notify(&other);
        }
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    }));
    for _ in 0..5 {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    assert_eq!(
        passes.get(),
        2,
        "this number of notifies touches every stripe"
    );
}

#[test]
fn a_consumer_sees_everything_that_a_producer_on_another_thread_has_notified() {
    const ITEMS: u64 = 20_000;
    let hub = Hub::<u8>::new();
    let last = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for item in 1..=ITEMS {
                last.store(item, Ordering::Relaxed);
                hub.notify(&0);
            }
        });
        let mut seen = 0;
        while seen < ITEMS {
            // Without the notify of the last item, this would wait without end.
            seen = block_on(hub.run(async |c| {
                let now = last.load(Ordering::Relaxed);
                if now > seen {
                    Ok(now)
                } else {
                    Err(c.suspend(&0, Duration::MAX))
                }
            }))
            .unwrap()
            .into_inner()
            .unwrap();
        }
    });
}

#[test]
fn every_job_is_done_when_workers_are_notified_one_by_one() {
    const JOBS: u32 = 20_000;
    let hub = Hub::<u8>::new();
    let jobs = Mutex::new(VecDeque::new());
    let (done, start) = (AtomicU32::new(0), Barrier::new(4));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                start.wait();
                let next = || {
                    block_on(hub.run(async |c| {
                        let job = jobs.lock().unwrap().pop_front();
                        job.ok_or_else(|| c.suspend(&0, Duration::MAX))
                    }))
                };
                while next().unwrap() != 0 {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        start.wait();
        // Three zeros at the end stop the workers.
        for job in (1..=JOBS).chain([0; 3]) {
            jobs.lock().unwrap().push_back(job);
            hub.notify_one(&0);
        }
    });
    assert_eq!(done.into_inner(), JOBS);
}
