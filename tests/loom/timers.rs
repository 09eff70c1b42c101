//! Waits that begin, move and end while the clock moves.

use std::pin::pin;
use std::task::Context;

use futures::task::{ArcWake, waker_ref};
use loom::future::block_on;

use super::*;

#[test]
fn a_wait_that_begins_while_its_time_comes_expires() {
    model(|hub, clock| {
        let request = hub.run(async |c| {
            if c.is_expired() {
                Ok(())
            } else {
                Err(c.suspend(&KEY, MS))
            }
        });
        let advanced = thread::spawn(move || clock.advance(MS));
        assert_eq!(block_on(request), Ok(().into()));
        assert!(advanced.join().unwrap() <= 1);
    });
}

#[test]
fn a_thread_that_sees_a_request_counted_finds_its_deadline() {
    model(|hub, clock| {
        let expired = meanwhile(&hub, move |hub| {
            while hub.suspended_count() == 0 {
                thread::yield_now();
            }
            clock.advance(MS)
        });
        let (request, _) = waiting(&hub);
        assert_eq!(block_on(request), Ok(Dispatch::Expired.into()));
        assert_eq!(expired.join().unwrap(), 1);
    });
}

/// The time of the clock when a request is woken.
struct Watch {
    clock: MockClock,
    shown: std::sync::Mutex<Option<Duration>>,
}

impl ArcWake for Watch {
    fn wake_by_ref(this: &Arc<Self>) {
        *this.shown.lock().unwrap() = Some(this.clock.now());
    }
}

#[test]
fn a_thread_that_sees_a_request_counted_wakes_it_at_its_deadline_and_not_after() {
    model(|hub, clock| {
        let watch = Arc::new(Watch {
            clock: clock.clone(),
            shown: Default::default(),
        });
        let expired = meanwhile(&hub, move |hub| {
            while hub.suspended_count() == 0 {
                thread::yield_now();
            }
            clock.advance(2 * MS)
        });
        let request = hub.run(async |c| Err::<(), _>(c.suspend(&KEY, MS)));
        let mut request = pin!(request);
        let waker = waker_ref(&watch);
        let polled = request.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        assert_eq!(expired.join().unwrap(), 1);
        assert_eq!(*watch.shown.lock().unwrap(), Some(MS));
    });
}

#[test]
fn a_deadline_that_is_moved_while_it_expires_is_moved_or_has_expired() {
    model(|hub, clock| {
        let (request, handle) = waiting(&hub);
        let moved = thread::spawn(move || handle.set_timeout(MS));
        let expired = clock.advance(MS);
        assert!(moved.join().unwrap() || expired == 1);
        clock.advance(MS);
        assert_eq!(block_on(request), Ok(Dispatch::Expired.into()));
    });
}

/// Three deadlines of a higher level of the wheel are moved down in two chunks, and the shard is unlocked in between.
#[test]
fn a_waiter_that_leaves_while_its_timer_is_moved_affects_no_other() {
    for leaves in 0..3 {
        model(move |hub, clock| {
            let mut requests: Vec<_> = (0..3)
                .map(|_| waiting_for(&hub, &[KEY], 65 * MS).0)
                .collect();
            let expired = {
                let clock = clock.clone();
                thread::spawn(move || clock.advance(65 * MS))
            };
            drop(requests.remove(leaves));
            assert!([2, 3].contains(&expired.join().unwrap()));
            for request in requests {
                assert_eq!(block_on(request), Ok(Dispatch::Expired.into()));
            }
            assert_eq!((hub.suspended_count(), clock.advance(MS)), (0, 0));
        });
    }
}
