//! A request is dropped while something happens to it: it is gone, and no other request is affected.

use loom::future::block_on;

use super::*;

#[test]
fn a_request_that_is_dropped_while_it_is_notified_is_gone_or_counted() {
    model(|hub, _| {
        let (request, _) = waiting_for(&hub, &[KEY, OTHER_SHARD], EVER);
        let notified = meanwhile(&hub, |hub| hub.notify(&OTHER_SHARD));
        drop(request);
        assert!(notified.join().unwrap() <= 1);
        assert_eq!((hub.suspended_count(), hub.notify(&KEY)), (0, 0));
    });
}

#[test]
fn a_request_that_is_dropped_while_others_end_its_wait_is_gone() {
    let attempts: [fn(&Handle, &MockClock) -> bool; 3] = [
        |handle, _| handle.resume(),
        |handle, _| handle.complete(done()).is_ok(),
        |_, clock| clock.advance(MS) == 1,
    ];
    for attempt in attempts {
        model(move |hub, clock| {
            let (request, handle) = waiting(&hub);
            let ending = {
                let (handle, clock) = (handle.clone(), clock.clone());
                thread::spawn(move || attempt(&handle, &clock))
            };
            drop(request);
            assert!(!handle.resume() && handle.complete(done()).is_err());
            ending.join().unwrap();
            assert_eq!((hub.suspended_count(), hub.notify(&KEY)), (0, 0));
            assert_eq!(clock.advance(MS), 0);
        });
    }
}

#[test]
fn a_request_that_is_dropped_while_it_is_notified_and_expires_is_counted_once_at_most() {
    model(|hub, clock| {
        let (request, _) = waiting(&hub);
        let notified = meanwhile(&hub, |hub| hub.notify(&KEY));
        let expired = {
            let clock = clock.clone();
            thread::spawn(move || clock.advance(MS))
        };
        drop(request);
        assert!(notified.join().unwrap() + expired.join().unwrap() <= 1);
        assert_eq!((hub.suspended_count(), hub.notify(&KEY)), (0, 0));
        assert_eq!(clock.advance(MS), 0);
    });
}

/// The notify has found the link of a request that leaves, and another request takes its slot.
#[test]
fn a_notify_that_comes_too_late_for_a_request_resumes_no_other() {
    for (notified, other) in [(KEY, &[OTHER_SHARD]), (OTHER_SHARD, &[KEY])] {
        model(move |hub, _| {
            let (leaving, _) = waiting_for(&hub, &[KEY, OTHER_SHARD], EVER);
            let notifying = meanwhile(&hub, move |hub| hub.notify(&notified));
            drop(leaving);
            let (_staying, _) = waiting_for(&hub, other, EVER);
            notifying.join().unwrap();
            assert_eq!(hub.notify(&other[0]), 1, "it sleeps on");
        });
    }
}

/// Three waiters of one key are in two chunks of a queue, and the whole queue is taken away.
#[test]
fn a_waiter_that_leaves_a_queue_while_it_is_notified_affects_no_other() {
    for leaves in 0..3 {
        model(move |hub, _| {
            let mut requests: Vec<_> = (0..3).map(|_| waiting_for(&hub, &[KEY], EVER).0).collect();
            let notified = meanwhile(&hub, |hub| hub.notify(&KEY));
            drop(requests.remove(leaves));
            for request in requests {
                assert_eq!(block_on(request), Ok(Dispatch::Resumed.into()));
            }
            assert!([2, 3].contains(&notified.join().unwrap()));
            assert_eq!((hub.suspended_count(), hub.notify(&KEY)), (0, 0));
        });
    }
}

/// The same with links. The notify follows them one by one after it has released the lock of the queue.
#[test]
fn a_waiter_that_leaves_while_its_link_is_followed_affects_no_other() {
    model(|hub, _| {
        let keys = &[KEY, OTHER_SHARD];
        let (leaving, _) = waiting_for(&hub, keys, EVER);
        let (staying, _) = waiting_for(&hub, keys, EVER);
        let notified = [KEY, OTHER_SHARD].map(|key| meanwhile(&hub, move |hub| hub.notify(&key)));
        drop(leaving);
        assert_eq!(block_on(staying), Ok(Dispatch::Resumed.into()));
        let notified = notified.map(|thread| thread.join().unwrap());
        assert!([1, 2].contains(&notified.into_iter().sum()));
        assert_eq!((hub.notify(&KEY), hub.notify(&OTHER_SHARD)), (0, 0));
    });
}
