//! One call that notifies several keys.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dacapo::{Continuation, Hub};
use support::wakers;

use crate::{LONG_POLL, Pending, held, poll};

/// Waits once for these keys.
fn waiting<'a>(hub: &'a Hub<u8>, keys: &'a [u8]) -> Pending<'a, ()> {
    held(
        hub.run_owned(async move |c: Continuation<u8>| match c.is_initial() {
            true => Err(c.suspend_any(keys, LONG_POLL)),
            false => Ok(()),
        }),
    )
}

#[test]
fn all_waits_for_one_of_the_keys_are_ended_and_counted() {
    let (hub, _clock) = Hub::with_mock_clock();
    let keys: [&[u8]; 5] = [&[0], &[1], &[1], &[2], &[3]];
    let mut requests: Vec<_> = keys.map(|keys| waiting(&hub, keys)).into();
    assert_eq!(hub.notify_many(&[0, 1, 3]), 4);
    let answers: Vec<_> = requests.iter_mut().map(poll).collect();
    assert_eq!(answers, [Some(()), Some(()), Some(()), None, Some(())]);
}

#[test]
fn a_request_that_waits_for_several_of_them_is_counted_once() {
    let keys: Vec<u8> = (0..16).collect();
    let (hub, _clock) = Hub::with_mock_clock();
    let mut both = [waiting(&hub, &keys), waiting(&hub, &keys)];
    assert_eq!(hub.notify_many(&keys), 2);
    assert_eq!(both.each_mut().map(poll), [Some(()), Some(())]);
}

#[test]
fn so_is_one_for_a_key_that_is_named_twice() {
    let (hub, _clock) = Hub::with_mock_clock();
    let _request = waiting(&hub, &[0]);
    assert_eq!(hub.notify_many(&[0, 0]), 1);
}

#[test]
fn without_keys_or_waiters_none_is_counted() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let _request = waiting(&hub, &[0]);
    assert_eq!((hub.notify_many(&[]), hub.notify_many(&[1, 2])), (0, 0));
    assert_eq!(hub.suspended_count(), 1);
}

#[test]
fn keys_may_be_borrowed_as_for_one() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let owned = vec!["lobby".to_owned(), "news".to_owned()];
    assert_eq!(
        hub.notify_many(&owned) + hub.notify_many(["lobby", "news"]),
        0
    );
    assert_eq!(hub.stats().notifies, 4, "each key counts");
}

#[test]
fn a_pass_that_runs_looks_again_whichever_of_the_keys_it_waits_for() {
    for key in 0..3 {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let request = hub.run(async |c| match c.is_initial() {
            true => {
                assert_eq!(hub.notify_many(&[0, 1, 2]), 0);
                Err(c.suspend(&key, LONG_POLL))
            }
            false => Ok(()),
        });
        let mut request: Pending<()> = Box::pin(request);
        assert_eq!(poll(&mut request), None, "the executor has its turn");
        assert_eq!(poll(&mut request), Some(()));
    }
}

#[test]
fn a_waker_that_panics_keeps_none_of_the_other_keys_from_being_notified() {
    let (hub, _clock) = Hub::with_mock_clock();
    let keys: [&[u8]; 4] = [&[0], &[1], &[1], &[2]];
    let mut requests: Vec<_> = keys.map(|keys| waiting(&hub, keys)).into();
    for (at, sentence) in [(0, "first"), (1, "second")] {
        let waker = wakers::on_wake(move || std::panic::panic_any(sentence));
        assert!(wakers::poll(&mut requests[at], &waker).is_pending());
    }
    let notified = catch_unwind(AssertUnwindSafe(|| hub.notify_many(&[0, 1, 2])));
    let panic = notified.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(*panic, "first", "and the others are swallowed");
    let answers: Vec<_> = requests.iter_mut().map(poll).collect();
    assert_eq!(answers, [Some(()); 4]);
}
