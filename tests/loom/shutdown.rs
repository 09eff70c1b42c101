//! The end of a hub: every wait ends, and none begins.

use std::pin::pin;

use futures::FutureExt;
use loom::future::block_on;

use super::*;

#[test]
fn a_wait_that_begins_while_the_hub_is_shut_down_is_ended() {
    model(|hub, _| {
        let shut = meanwhile(&hub, |hub| hub.shutdown());
        let mut request = pin!(hub.run(async |c| Err::<(), _>(c.suspend(&KEY, EVER))));
        assert_eq!(block_on(request.as_mut()), Err(Error::ShutDown));
        assert!(shut.join().unwrap() <= 1);
        block_on(hub.drained());
    });
}

/// The waits end one by one, and the shard is unlocked in between.
#[test]
fn a_waiter_that_leaves_during_a_shutdown_affects_no_other() {
    model(|hub, _| {
        let mut requests: Vec<_> = (0..3).map(|_| waiting(&hub).0).collect();
        let shut = meanwhile(&hub, |hub| hub.shutdown());
        drop(requests.remove(0));
        for request in requests {
            assert_eq!(block_on(request), Err(Error::ShutDown));
        }
        assert!([2, 3].contains(&shut.join().unwrap()));
        assert_eq!(hub.suspended_count(), 0);
    });
}

#[test]
fn of_a_notify_and_a_shutdown_one_wins() {
    model(|hub, _| {
        let (request, _) = waiting(&hub);
        let notified = meanwhile(&hub, |hub| hub.notify(&KEY));
        let expected = match hub.shutdown() {
            0 => Ok(Dispatch::Resumed.into()),
            _ => Err(Error::ShutDown),
        };
        let answer = block_on(request);
        assert_eq!(notified.join().unwrap() == 1, answer.is_ok());
        assert_eq!(answer, expected);
    });
}

#[test]
fn a_wait_for_the_last_request_ends_when_that_ends() {
    model(|hub, _| {
        let (request, _) = waiting(&hub);
        let mut drained = hub.drained();
        assert!((&mut drained).now_or_never().is_none());
        thread::spawn(move || drop(request));
        block_on(drained);
        assert_eq!(hub.suspended_count(), 0);
    });
}
