//! Dropping the request forgets it: waiter, timer and key entry go at once; nothing keeps a
//! finished request, its waker or its attributes alive. A handle that outlives its request can
//! neither wake nor write to another one.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use support::wakers::{Counter, on_wake, poll};

use crate::LONG_POLL;

struct Attribute(#[expect(dead_code, reason = "only its life counts")] Arc<()>);

#[test]
fn waiter_timer_key_waker_and_attributes_go_at_once() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let (life, waker) = (Arc::new(()), Arc::new(Counter::default()));
    let mut request = Box::pin(hub.run(async |c| {
        c.set_attribute(Attribute(Arc::clone(&life)));
        Err::<(), _>(c.suspend_any(&[0, 1, 2], LONG_POLL))
    }));
    assert!(poll(&mut request, &Arc::clone(&waker).into()).is_pending());
    assert_eq!(
        (Arc::strong_count(&life), Arc::strong_count(&waker)),
        (2, 2)
    );

    drop(request);
    assert_eq!(
        (Arc::strong_count(&life), Arc::strong_count(&waker)),
        (1, 1)
    );
    assert_eq!(hub.suspended_count(), 0);
    assert_eq!(
        (hub.notify(&0), hub.notify(&1), hub.notify_one(&2)),
        (0, 0, 0)
    );
    assert_eq!(clock.advance(LONG_POLL), 0);
    assert_eq!(waker.woken(), 0);
}

#[test]
fn an_answered_request_keeps_nothing_either_even_if_its_future_is_kept() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (life, waker) = (Arc::new(()), Arc::new(Counter::default()));
    let mut request = Box::pin(hub.run(async |c| {
        c.set_attribute(Attribute(Arc::clone(&life)));
        if c.is_initial() {
            Err(c.suspend(&0, LONG_POLL))
        } else {
            Ok(())
        }
    }));
    assert!(poll(&mut request, &Arc::clone(&waker).into()).is_pending());
    hub.notify(&0);
    assert!(poll(&mut request, &Arc::clone(&waker).into()).is_ready());
    assert_eq!(
        (Arc::strong_count(&life), Arc::strong_count(&waker)),
        (1, 1)
    );
}

#[test]
fn neither_does_one_that_was_refused() {
    let (hub, _clock) = Hub::<u8>::builder()
        .max_suspended(0)
        .build_with_mock_clock();
    let life = Arc::new(());
    let mut request = Box::pin(hub.run(async |c| {
        c.set_attribute(Attribute(Arc::clone(&life)));
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    }));
    assert!(
        request
            .as_mut()
            .now_or_never()
            .is_some_and(|answer| answer.is_err())
    );
    assert_eq!(Arc::strong_count(&life), 1);
}

#[test]
fn a_request_that_is_dropped_in_the_middle_of_a_pass_is_forgotten_too() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let life = Arc::new(());
    let mut request = Box::pin(hub.run(async |c| {
        c.set_attribute(Attribute(Arc::clone(&life)));
        std::future::pending::<Outcome<()>>().await
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    drop(request);
    assert_eq!(Arc::strong_count(&life), 1);
}

#[test]
fn a_request_that_has_been_moved_from_task_to_task_keeps_only_its_last_waker() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (first, last) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
    let handler = async |c: Continuation<u8>| Err::<(), _>(c.suspend(&0, LONG_POLL));
    let (mut request, mut neighbour) = (Box::pin(hub.run(handler)), Box::pin(hub.run(handler)));
    assert!(poll(&mut request, &Arc::clone(&first).into()).is_pending());
    // Alone under its key, and then in a queue.
    assert!(poll(&mut request, &Arc::clone(&last).into()).is_pending());
    assert_eq!(
        (Arc::strong_count(&first), Arc::strong_count(&last)),
        (1, 2)
    );
    assert_eq!(neighbour.as_mut().now_or_never(), None);
    assert!(poll(&mut request, &Arc::clone(&first).into()).is_pending());
    assert_eq!(
        (Arc::strong_count(&first), Arc::strong_count(&last)),
        (2, 1)
    );

    assert_eq!(hub.notify(&0), 2);
    assert_eq!((first.woken(), last.woken()), (1, 0));
}

#[test]
fn a_handle_that_outlives_its_request_reaches_no_other() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let handles = RefCell::new(Vec::new());
    let handler = |c: Continuation<u8>| {
        handles.borrow_mut().push(c.handle());
        async move { Err::<(), _>(c.suspend(&0, LONG_POLL)) }
    };
    for _ in 0..100 {
        let mut request = Box::pin(hub.run(handler));
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    // It takes the memory that all earlier ones have had.
    let mut request = pin!(hub.run(handler));
    assert_eq!(request.as_mut().now_or_never(), None);
    let own = handles.borrow_mut().pop().unwrap();
    for stale in handles.borrow().iter() {
        assert!(!stale.resume());
        assert!(!hub.resume(stale.id()));
        assert_eq!(format!("{stale:?}"), "Handle { is_alive: false, .. }");
    }
    assert_eq!(hub.suspended_count(), 1);
    assert!(own.resume());
}

/// The wait is over when it begins, so its slot and places are free at once, and other requests take them.
#[test]
fn a_handle_whose_wait_was_over_as_it_began_reaches_no_other_request() {
    for _ in 0..100 {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let handle = RefCell::new(None);
        let mut one = pin!(hub.run(|c| {
            handle.replace(Some(c.handle()));
            async move { Err::<(), _>(c.suspend_any(&[2], Duration::ZERO)) }
        }));
        assert_eq!(one.as_mut().now_or_never(), None);
        let handler =
            async |c: Continuation<u8>| Err::<(), _>(c.suspend_any(&[1, 2, 3], LONG_POLL));
        let mut others: Vec<_> = (0..3).map(|_| Box::pin(hub.run(handler))).collect();
        for other in &mut others {
            assert_eq!(other.as_mut().now_or_never(), None);
        }
        assert!(!handle.take().unwrap().resume(), "its wait has ended");
        assert_eq!(hub.notify(&2), 3);
    }
}

#[test]
fn a_continuation_that_outlives_its_request_keeps_none_of_its_attributes() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let life = Arc::new(());
    let kept = RefCell::new(None);
    let answer = hub.run(async |c| {
        c.set_attribute(Attribute(Arc::clone(&life)));
        kept.replace(Some(c));
        Outcome::Ok(())
    });
    assert_eq!(answer.now_or_never(), Some(Ok(().into())));
    let kept = kept.take().unwrap();
    assert_eq!(Arc::strong_count(&life), 1);
    assert!(kept.set_attribute(Attribute(Arc::clone(&life))).is_none());
    assert!(kept.attribute::<Attribute>().is_none());
    assert_eq!(Arc::strong_count(&life), 1);
    assert!(!kept.handle().resume());
}

#[test]
fn it_is_so_if_a_callback_of_the_end_could_read_them() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let life = Arc::new(());
    let kept = RefCell::new(None);
    let answer = hub.run(async |c| {
        c.set_attribute(Attribute(Arc::clone(&life)));
        let same = c.clone();
        assert!(c.on_end(move |_| assert!(same.attribute::<Attribute>().is_some())));
        kept.replace(Some(c));
        Outcome::Ok(())
    });
    assert_eq!(answer.now_or_never(), Some(Ok(().into())));
    assert_eq!(Arc::strong_count(&life), 1);
    assert!(kept.take().unwrap().attribute::<Attribute>().is_none());
}

/// Timers move from bucket to bucket when their deadlines come nearer. A timer that is cancelled is only counted in
/// its bucket.
#[test]
fn waiters_that_leave_before_and_after_their_timers_have_been_moved_are_forgotten() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let handler = async |c: Continuation<u8>| Err::<(), _>(c.suspend(&0, LONG_POLL));
    let mut requests: Vec<_> = (0..2000).map(|_| Box::pin(hub.run(handler))).collect();
    for request in &mut requests {
        assert_eq!(request.as_mut().now_or_never(), None);
    }
    requests.truncate(1600);
    assert_eq!(clock.advance(Duration::from_millis(28_700)), 0);
    requests.truncate(1);
    assert_eq!(hub.suspended_count(), 1);
    assert_eq!(clock.advance(Duration::from_millis(1300)), 1);
}

#[test]
fn an_attribute_that_panics_when_it_is_dropped_leaves_nothing_else_behind() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("a bad attribute");
        }
    }
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let id = RefCell::new(None);
    let mut request = Box::pin(hub.run(async |c| {
        c.set_attribute(Bad);
        id.replace(Some(c.handle().id()));
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    let dropped = std::panic::AssertUnwindSafe(|| drop(request));
    assert!(std::panic::catch_unwind(dropped).is_err());
    assert_eq!((hub.suspended_count(), hub.notify(&0)), (0, 0));
    assert!(!hub.resume(id.take().unwrap()));
}

/// A job that goes back if it is not done.
struct Taken<'a>(&'a Mutex<Vec<u32>>, u32);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(self.1);
    }
}

#[test]
fn its_notify_is_passed_on_after_everything_that_it_held_is_free() {
    static JOBS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    for is_attribute in [false, true] {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let work = |c: Continuation<u8>| async move {
            let Some(job) = JOBS.lock().unwrap().pop() else {
                return Err::<(), _>(c.suspend(&0, LONG_POLL));
            };
            let taken = Taken(&JOBS, job);
            if is_attribute {
                c.set_attribute(taken);
                return Err(c.suspend(&0, LONG_POLL));
            }
            std::future::pending().await
        };
        let (mut one, mut other) = (Box::pin(hub.run(work)), Box::pin(hub.run(work)));
        if is_attribute {
            JOBS.lock().unwrap().push(7);
        }
        assert!(one.as_mut().now_or_never().is_none());
        let seen = Arc::new(Mutex::new(None));
        let look = {
            let seen = Arc::clone(&seen);
            on_wake(move || *seen.lock().unwrap() = Some(JOBS.lock().unwrap().clone()))
        };
        assert!(poll(&mut other, &look).is_pending());
        if !is_attribute {
            JOBS.lock().unwrap().push(7);
        }
        assert_eq!(hub.notify_one(&0), 1);
        if !is_attribute {
            assert!(one.as_mut().now_or_never().is_none());
        }
        drop(one);
        let seen = seen.lock().unwrap().take();
        assert_eq!(seen, Some(vec![7]), "{is_attribute}");
        JOBS.lock().unwrap().clear();
    }
}
