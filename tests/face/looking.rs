//! Looking at what waits: how many for a key, whether a request lives, and which keys there are.

use dacapo::{Continuation, Error, Hub, Outcome};
use futures::FutureExt;

use crate::{LONG_POLL, MS, Pending, handle, held, held_with_handle, keep, poll};

/// Waits once for these keys.
fn waiting<'a>(hub: &'a Hub<String>, keys: &'a [&'a str]) -> Pending<'a, ()> {
    held(
        hub.run_owned(async move |c: Continuation<String>| match c.is_initial() {
            true => Err(c.suspend_any(keys.iter().copied(), LONG_POLL)),
            false => Ok(()),
        }),
    )
}

fn hub() -> Hub<String> {
    Hub::with_mock_clock().0
}

fn debug_hub() -> Hub<String> {
    Hub::builder().debug_keys(true).build_with_mock_clock().0
}

/// What is waited for, as a test writes it down.
fn seen(hub: &Hub<String>) -> Vec<(String, usize)> {
    hub.waiting_keys()
}

fn expected<const N: usize>(keys: [(&str, usize); N]) -> Vec<(String, usize)> {
    keys.map(|(key, waits)| (format!("{key:?}"), waits)).into()
}

#[test]
fn the_waits_for_a_key_are_counted_whatever_else_they_wait_for() {
    let hub = hub();
    assert_eq!(hub.waiter_count("a"), 0);
    let first = waiting(&hub, &["a"]);
    assert_eq!((hub.waiter_count("a"), hub.waiter_count("b")), (1, 0));
    let second = waiting(&hub, &["b", "a"]);
    assert_eq!((hub.waiter_count("a"), hub.waiter_count("b")), (2, 1));
    let third = waiting(&hub, &["a", "a"]);
    assert_eq!(hub.waiter_count("a"), 3, "equal keys are waited for once");
    drop(first);
    assert_eq!((hub.waiter_count("a"), hub.waiter_count("b")), (2, 1));
    drop((second, third));
    assert_eq!((hub.waiter_count("a"), hub.waiter_count("b")), (0, 0));
}

#[test]
fn a_wait_that_has_ended_is_counted_no_more() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let (_notified, _) = held_with_handle(&hub);
    assert_eq!((hub.waiter_count(&0), hub.notify(&0)), (1, 1));
    assert_eq!(hub.waiter_count(&0), 0);
    let (_resumed, handle) = held_with_handle(&hub);
    assert_eq!((hub.waiter_count(&0), handle.resume()), (1, true));
    assert_eq!(hub.waiter_count(&0), 0);
    let (_expired, _) = held_with_handle(&hub);
    assert_eq!((hub.waiter_count(&0), clock.advance(LONG_POLL)), (1, 1));
    assert_eq!(hub.waiter_count(&0), 0);
}

#[test]
fn a_request_is_alive_until_it_has_ended() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (mut request, handle) = held_with_handle(&hub);
    assert!(handle.is_alive(), "it waits");
    assert!(handle.resume() && handle.is_alive(), "it is due");
    assert_eq!(poll(&mut request), Some(()));
    assert!(!handle.is_alive(), "its future is still there");
    drop(request);
    assert!(!handle.is_alive());
}

#[test]
fn it_is_alive_in_each_of_its_passes_and_in_the_callbacks_no_more() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let request = hub.run(async |c| {
        let handle = c.handle();
        assert!(handle.is_alive());
        c.on_end(move |_| assert!(!handle.is_alive()));
        Outcome::Ok(())
    });
    assert!(request.now_or_never().is_some());
    assert_eq!(hub.stats().panics, 0);
}

#[test]
fn one_that_is_dropped_before_its_first_poll_or_while_it_waits_is_alive_no_more() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (request, handle) = held_with_handle(&hub);
    drop(request);
    assert!(!handle.is_alive());
    let mut running: Pending<()> = Box::pin(hub.run(async |c: Continuation<u8>| -> Outcome<()> {
        keep(&c);
        futures::future::pending().await
    }));
    assert_eq!(poll(&mut running), None);
    assert!(self::handle().is_alive());
    drop(running);
    assert!(!self::handle().is_alive());
}

#[test]
fn by_default_no_key_can_be_seen() {
    let hub = hub();
    let _request = waiting(&hub, &["lobby"]);
    assert_eq!(seen(&hub), []);
}

#[test]
fn the_keys_can_be_seen_in_order_with_their_waits() {
    let hub = debug_hub();
    assert_eq!(seen(&hub), []);
    let first = waiting(&hub, &["lobby"]);
    let second = waiting(&hub, &["news", "lobby", "attic"]);
    let all = expected([("attic", 1), ("lobby", 2), ("news", 1)]);
    assert_eq!(seen(&hub), all);
    drop(first);
    let rest = expected([("attic", 1), ("lobby", 1), ("news", 1)]);
    assert_eq!(seen(&hub), rest);
    drop(second);
    assert_eq!(seen(&hub), []);
}

#[test]
fn a_string_of_digits_can_be_told_from_another_and_from_a_number() {
    let hub = debug_hub();
    let _requests = [waiting(&hub, &["07"]), waiting(&hub, &["7"])];
    assert_eq!(seen(&hub), expected([("07", 1), ("7", 1)]));
    assert_eq!(hub.notify("7"), 1);
    assert_eq!(seen(&hub), expected([("07", 1)]));
    let (numbers, _clock) = Hub::<u32>::builder()
        .debug_keys(true)
        .build_with_mock_clock();
    let _request = held(numbers.run(async |c| Err::<(), _>(c.suspend(&7, LONG_POLL))));
    assert_eq!(numbers.waiting_keys(), [("7".to_owned(), 1)]);
}

#[test]
fn the_keys_of_an_enum_are_told_apart_by_their_variants() {
    #[derive(Hash, PartialEq, Eq)]
    enum Topic {
        Room(u64),
        User(&'static str),
    }
    let (hub, _clock) = Hub::<Topic>::builder()
        .debug_keys(true)
        .build_with_mock_clock();
    let keys = [Topic::Room(7), Topic::User("07")];
    let _request = held(hub.run(async |c| Err::<(), _>(c.suspend_any(&keys, LONG_POLL))));
    let seen = hub.waiting_keys();
    assert_eq!(seen, [("0, 7".to_owned(), 1), (r#"1, "07""#.to_owned(), 1)]);
}

#[test]
fn a_key_whose_wait_has_ended_cannot_be_seen_any_more() {
    let hub = Hub::<u8>::builder().debug_keys(true);
    let (hub, clock) = hub.build_with_mock_clock();
    let (_notified, _) = held_with_handle(&hub);
    assert_eq!(hub.waiting_keys().len(), 1);
    hub.notify(&0);
    assert_eq!(hub.waiting_keys(), []);
    let (_expired, _) = held_with_handle(&hub);
    assert_eq!(hub.waiting_keys().len(), 1);
    clock.advance(LONG_POLL);
    assert_eq!(hub.waiting_keys(), []);
}

/// What has gone is cleared out as others come, and what waits stays.
#[test]
fn thousands_of_waits_that_come_and_go_leave_what_still_waits() {
    let hub = debug_hub();
    let keys: Vec<_> = (0..3_000).map(|key| format!("{key:04}")).collect();
    let keys: Vec<_> = keys.iter().map(|key| [key.as_str()]).collect();
    let mut staying = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let request = waiting(&hub, key);
        if at % 100 == 0 {
            staying.push((request, key[0]));
        }
    }
    let expected: Vec<_> = staying
        .iter()
        .map(|(_, key)| (format!("{key:?}"), 1))
        .collect();
    assert_eq!(seen(&hub), expected);
}

/// The registration for the keys stands while the handler looks again, and no other takes its place.
#[test]
fn a_hub_that_keeps_its_keys_wakes_and_counts_like_any_other() {
    let hub = debug_hub();
    let mut request: Pending<u32> = Box::pin(hub.run(async |c| {
        if c.is_initial() {
            hub.notify("lobby");
        }
        match c.pass() {
            3 => Ok(c.pass()),
            _ => Err(c.suspend_any(["lobby", "news"], LONG_POLL)),
        }
    }));
    assert_eq!(poll(&mut request), None, "the executor has its turn");
    assert_eq!(poll(&mut request), None, "it waits");
    assert_eq!((hub.notify("news"), hub.notify("lobby")), (1, 0));
    assert_eq!(poll(&mut request), Some(3));
}

#[test]
fn too_many_keys_are_refused_and_not_seen() {
    for (debug, limit) in [(true, 2), (false, 2), (true, 0), (false, 0)] {
        let hub = Hub::<String>::builder().debug_keys(debug).max_keys(limit);
        let (hub, _clock) = hub.build_with_mock_clock();
        let refused = hub.run(async |c| {
            let keys = ["a", "b", "c"];
            Err::<(), _>(c.suspend_any(keys, LONG_POLL))
        });
        let error = refused.now_or_never().unwrap().unwrap_err();
        assert_eq!(error, Error::TooManyKeys { limit });
        assert_eq!(seen(&hub), []);
        let one = hub.run(async |c| Err::<(), _>(c.suspend("a", MS)));
        assert!(
            one.now_or_never().is_none(),
            "one is not many, {debug} {limit}"
        );
    }
}
