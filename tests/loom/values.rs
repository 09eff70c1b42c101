//! A value for one request reaches one, goes on with its notify, or comes back.

use loom::future::block_on;

use super::*;

/// A request that waits for these keys until it gets a value, and answers with it.
fn for_value(
    hub: &Hub<u8>,
    keys: &'static [u8],
) -> Pin<Box<dyn Future<Output = Result<Answer<u8>, Error>>>> {
    let mut request = Box::pin(hub.run(move |c: Continuation<u8>| {
        let value = c.value::<u8>().map(|value| *value);
        let outcome = value.ok_or_else(|| c.suspend_any(keys, EVER));
        async { outcome }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    request
}

/// The request that leaves is found by its second key, in another shard than its slot.
#[test]
fn a_value_reaches_the_request_that_stays_whenever_the_other_leaves() {
    for key in [KEY, OTHER_SHARD] {
        model(move |hub, _| {
            let keys = &[KEY, OTHER_SHARD];
            let (leaving, staying) = (for_value(&hub, keys), for_value(&hub, keys));
            let notified = meanwhile(&hub, move |hub| hub.notify_one_value(&key, 7_u8));
            drop(leaving);
            assert_eq!(block_on(staying), Ok(Answer::Answered(7)));
            assert_eq!(notified.join().unwrap(), Ok(()));
            assert_eq!(hub.notify_one_value(&key, 8_u8), Err(8));
        });
    }
}

/// The chosen request is dropped in another thread, while the next one is polled.
#[test]
fn a_value_goes_on_while_the_next_request_leaves_another_waker() {
    model(|hub, _| {
        let (first, second) = (for_value(&hub, &[KEY]), for_value(&hub, &[KEY]));
        assert_eq!(hub.notify_one_value(&KEY, 7_u8), Ok(()));
        thread::spawn(move || drop(first));
        assert_eq!(block_on(second), Ok(Answer::Answered(7)));
    });
}

#[test]
fn a_value_for_a_request_that_is_resumed_at_this_moment_reaches_the_next() {
    for key in [KEY, OTHER_SHARD] {
        model(move |hub, _| {
            let keys = &[KEY, OTHER_SHARD];
            let (first, handle) = waiting_for(&hub, keys, EVER);
            let second = for_value(&hub, keys);
            let resumed = thread::spawn(move || handle.resume());
            assert_eq!(hub.notify_one_value(&key, 7_u8), Ok(()));
            let resumed = resumed.join().unwrap();
            assert!(block_on(first).is_ok());
            match resumed {
                true => assert_eq!(block_on(second), Ok(Answer::Answered(7))),
                false => assert_eq!(hub.notify(&key), 1, "the second sleeps on"),
            }
        });
    }
}

#[test]
fn a_value_for_one_reaches_a_request_that_sleeps_or_comes_back_and_the_request_looks_again() {
    model(|hub, _| {
        let data = flag();
        let published = Arc::clone(&data);
        let notified = meanwhile(&hub, move |hub| {
            published.store(true, Relaxed);
            hub.notify_one_value(&KEY, 7_u8)
        });
        let request = hub.run(async |c| match c.value::<u8>() {
            Some(value) => Ok(*value),
            None if data.load(Relaxed) => Ok(0),
            None => Err(c.suspend_any(&[KEY, OTHER_SHARD], EVER)),
        });
        let value = block_on(request).unwrap().into_inner().unwrap();
        let expected = notified
            .join()
            .unwrap()
            .map_or_else(|back| (back, 0), |()| (7, 7));
        assert_eq!((7, value), expected);
    });
}

#[test]
fn of_two_calls_that_resume_with_a_value_one_gets_its_value_back() {
    model(|hub, _| {
        let (request, handle) = waiting_for(&hub, &[KEY], EVER);
        let other = {
            let handle = handle.clone();
            thread::spawn(move || handle.resume_value(1_u8))
        };
        let own = handle.resume_value(2_u8);
        let both = (other.join().unwrap(), own);
        assert!(
            [(Ok(()), Err(2)), (Err(1), Ok(()))].contains(&both),
            "{both:?}"
        );
        assert_eq!(block_on(request), Ok(Answer::Answered(Dispatch::Resumed)));
    });
}
