//! The limits of a hub, without a framework.

use std::pin::pin;
use std::time::Duration;

use dacapo::{Continuation, Error, Hub, Outcome};
use futures::FutureExt;

const LONG_POLL: Duration = Duration::from_secs(30);

async fn forever(c: Continuation<u32>) -> Outcome<()> {
    Err(c.suspend(&0, LONG_POLL))
}

#[test]
fn a_hub_holds_as_many_requests_as_it_may_and_takes_others_when_some_have_gone() {
    let (hub, _clock) = Hub::<u32>::builder().max_suspended(2).manual();
    let (mut one, mut two) = (Box::pin(hub.run(forever)), pin!(hub.run(forever)));
    assert_eq!(
        (one.as_mut().now_or_never(), two.as_mut().now_or_never()),
        (None, None)
    );
    assert_eq!(
        hub.run(forever).now_or_never(),
        Some(Err(Error::Full { limit: 2 }))
    );
    assert_eq!(hub.suspended(), 2);

    drop(one);
    let mut three = pin!(hub.run(forever));
    assert_eq!(three.as_mut().now_or_never(), None);
    assert_eq!(hub.notify(&0), 2, "who was refused is not registered");
}

#[test]
fn a_woken_request_keeps_its_place_until_its_pass() {
    let (hub, _clock) = Hub::<u32>::builder().max_suspended(1).manual();
    let mut one = pin!(hub.run(forever));
    assert_eq!(one.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(
        hub.run(forever).now_or_never(),
        Some(Err(Error::Full { limit: 1 }))
    );
    assert_eq!(
        one.as_mut().now_or_never(),
        None,
        "there is room for it again"
    );
}

#[test]
fn a_request_waits_for_as_many_keys_as_it_may() {
    let (hub, _clock) = Hub::<u32>::builder().max_keys(3).manual();
    let mut request = pin!(hub.run(async |c| Err::<(), _>(c.suspend_any(&[0, 1, 2], LONG_POLL))));
    assert_eq!(request.as_mut().now_or_never(), None);
    let refused = |keys: &'static [u32]| {
        let answer = hub.run(async |c| Err::<(), _>(c.suspend_any(keys, LONG_POLL)));
        answer.now_or_never() == Some(Err(Error::TooManyKeys { limit: 3 }))
    };
    assert!(refused(&[0, 1, 2, 3]));
    assert!(refused(&[0, 0, 0, 0]), "equal ones are counted");
}

#[test]
fn a_client_that_names_keys_without_end_costs_no_more_than_the_limit() {
    let (hub, _clock) = Hub::<u32>::manual();
    let answer = hub.run(async |c| {
        let endless = std::iter::repeat_with(|| &7);
        Err::<(), _>(c.suspend_any(endless, LONG_POLL))
    });
    assert_eq!(
        answer.now_or_never(),
        Some(Err(Error::TooManyKeys { limit: 64 }))
    );
}

#[test]
fn a_handler_is_executed_as_often_as_it_may() {
    let (hub, _clock) = Hub::<u32>::builder().max_passes(2).manual();
    let mut request = pin!(hub.run(forever));
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(request.as_mut().now_or_never(), None);
    hub.notify(&0);
    assert_eq!(
        request.now_or_never(),
        Some(Err(Error::TooManyPasses { limit: 2 }))
    );
}

#[test]
fn a_handler_that_notifies_its_own_key_ends_at_the_limit_and_lets_others_run_in_between() {
    let (hub, _clock) = Hub::<u32>::manual();
    let mut request = pin!(hub.run(async |c| {
        hub.notify(&0);
        forever(c).await
    }));
    let polls = std::iter::repeat_with(|| request.as_mut().now_or_never());
    assert_eq!(polls.take_while(Option::is_none).count(), 1000);
}

#[test]
fn a_handler_is_executed_once_at_least() {
    let (hub, _clock) = Hub::<u32>::builder().max_passes(0).manual();
    assert_eq!(
        hub.run(async |_| Ok("once")).now_or_never(),
        Some(Ok("once"))
    );
}

#[test]
fn every_refusal_is_a_503_that_tells_the_server_its_limit_and_the_client_none() {
    let refusals = [
        (Error::Full { limit: 17 }, "17 requests"),
        (Error::TooManyKeys { limit: 17 }, "17 keys"),
        (Error::TooManyPasses { limit: 17 }, "17 times"),
        (
            Error::HeldTooLong {
                limit: Duration::from_secs(17),
            },
            "17s",
        ),
        (Error::ShutDown, "shut down"),
        (
            Error::NoTimer(std::io::ErrorKind::OutOfMemory),
            "out of memory",
        ),
    ];
    for (refusal, words) in refusals {
        assert!(refusal.to_string().contains(words), "{refusal}");
        let response = refusal.response();
        assert_eq!(response.status(), 503);
        let sentence = std::str::from_utf8(response.body()).unwrap();
        assert!(
            !sentence.is_empty() && !sentence.contains("17"),
            "{sentence}"
        );
    }
}
