//! A notify for one waiter reaches one, even if a waiter of the queue leaves.

use loom::future::block_on;

use super::*;

#[test]
fn a_notify_for_one_is_passed_on_when_its_request_is_dropped() {
    model(|hub, _| {
        let job = flag();
        let (first, _) = waiting_for(&hub, &[KEY], EVER);
        let published = Arc::clone(&job);
        meanwhile(&hub, move |hub| {
            published.store(true, Relaxed);
            hub.notify_one(&KEY)
        });
        thread::spawn(move || drop(first));
        let second = hub.run(async |c| {
            if job.load(Relaxed) {
                Ok(())
            } else {
                Err(c.suspend(&KEY, EVER))
            }
        });
        assert_eq!(block_on(second), Ok(().into()));
    });
}

#[test]
fn a_notify_for_one_reaches_a_waiter_that_stays() {
    for leaves in 0..2 {
        model(move |hub, _| {
            let mut requests: Vec<_> = (0..3).map(|_| waiting_for(&hub, &[KEY], EVER).0).collect();
            let notified = meanwhile(&hub, |hub| hub.notify_one(&KEY));
            drop(requests.remove(leaves));
            assert_eq!(block_on(requests.remove(0)), Ok(Dispatch::Resumed.into()));
            assert_eq!(notified.join().unwrap(), 1);
            assert_eq!(hub.notify(&KEY), 1, "the last one sleeps on");
        });
    }
}

/// The first request is found by a key in another shard than its slot, where it may no longer wait.
#[test]
fn a_notify_for_a_waiter_that_is_resumed_at_this_moment_reaches_the_next() {
    for key in [KEY, OTHER_SHARD] {
        model(move |hub, _| {
            let keys = &[KEY, OTHER_SHARD];
            let (first, handle) = waiting_for(&hub, keys, EVER);
            let (second, _) = waiting_for(&hub, keys, EVER);
            let resumed = thread::spawn(move || handle.resume());
            assert_eq!(hub.notify_one(&key), 1);
            let resumed = resumed.join().unwrap();
            assert_eq!(block_on(first), Ok(Dispatch::Resumed.into()));
            if resumed {
                assert_eq!(block_on(second), Ok(Dispatch::Resumed.into()));
            } else {
                assert_eq!(hub.notify(&key), 1, "the second sleeps on");
            }
        });
    }
}

#[test]
fn two_notifies_that_are_meant_for_one_each_reach_two() {
    model(|hub, _| {
        let (one, _) = waiting_for(&hub, &[KEY], EVER);
        let (two, _) = waiting_for(&hub, &[KEY], EVER);
        let notified = meanwhile(&hub, |hub| hub.notify_one(&KEY));
        assert_eq!(hub.notify_one(&KEY), 1);
        assert_eq!(block_on(one), Ok(Dispatch::Resumed.into()));
        assert_eq!(block_on(two), Ok(Dispatch::Resumed.into()));
        assert_eq!(notified.join().unwrap(), 1);
    });
}
