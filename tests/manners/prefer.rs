//! `Prefer: wait=20`.

use std::time::Duration;

use dacapo::manners::PreferredWait;
use futures::FutureExt;
use http::HeaderValue;
use http::header::{HeaderMap, HeaderName};
use proptest::collection::vec;
use proptest::prelude::*;
use support::on_each_framework;

use crate::{HOLD, get, headers, hub, serve};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const LONGEST: u64 = 60;

fn read(headers: &HeaderMap) -> PreferredWait {
    let range = Duration::from_secs(1)..=Duration::from_secs(LONGEST);
    PreferredWait::read(headers, HOLD, range)
}

/// What is applied, in seconds. `None` is the default.
fn applied(values: &[&str]) -> Option<u64> {
    let wait = read(&headers(PREFER, values));
    let mut answer = HeaderMap::new();
    wait.acknowledge(&mut answer);
    assert_eq!(answer["vary"], "prefer");
    let Some(said) = answer.get("preference-applied") else {
        assert_eq!(wait.time(), HOLD);
        return None;
    };
    assert_eq!(said, &format!("wait={}", wait.time().as_secs()));
    Some(wait.time().as_secs())
}

#[test]
fn a_wait_is_read_in_whatever_company_and_brought_into_the_range() {
    assert_eq!(applied(&["wait=20"]), Some(20));
    assert_eq!(applied(&[" WAIT = 20 "]), Some(20));
    assert_eq!(applied(&["wait=\"20\""]), Some(20));
    assert_eq!(
        applied(&["respond-async, wait=20; until=noon, depth=1"]),
        Some(20)
    );
    assert_eq!(
        applied(&["say=\"a, wait=5; \\\" wait=6\", wait=20"]),
        Some(20)
    );
    assert_eq!(applied(&["respond-async", "wait=20"]), Some(20));
    assert_eq!(applied(&["wait=020"]), Some(20));
    assert_eq!(applied(&["wait=0"]), Some(1));
    assert_eq!(applied(&["wait=61"]), Some(LONGEST));
    for huge in ["18446744073709551616", "99999999999999999999999999"] {
        assert_eq!(applied(&[&format!("wait={huge}")]), Some(LONGEST));
    }
}

#[test]
fn of_several_waits_the_first_one_counts() {
    assert_eq!(applied(&["wait=20, wait=10"]), Some(20));
    assert_eq!(applied(&["wait=20", "wait=10"]), Some(20));
    assert_eq!(applied(&["wait=soon, wait=10"]), None);
}

#[test]
fn what_is_malformed_is_no_error_and_the_default_counts() {
    for value in [
        "",
        "wait",
        "wait=",
        "wait=\"\"",
        "wait=soon",
        "wait=-1",
        "wait=+1",
        "wait=1.5",
        "wait=1 2",
        "wait=\"20",
        "wait=20\"",
        "wait=1e1",
        "waiting=20",
        "=20",
        ",;=,",
        "wait;=20",
        "\"wait=20\"",
    ] {
        assert_eq!(applied(&[value]), None, "{value}");
    }
    assert_eq!(applied(&[]), None);
}

#[test]
fn a_range_that_has_no_end_or_is_empty_is_no_panic() {
    let of = |start, end| {
        let range = Duration::from_secs(start)..=Duration::from_secs(end);
        PreferredWait::read(&headers(PREFER, &["wait=20"]), HOLD, range)
            .time()
            .as_secs()
    };
    assert_eq!(of(0, u64::MAX), 20);
    assert_eq!(of(9, 5), 5);
}

#[test]
fn what_vary_says_already_is_kept_and_not_said_twice() {
    for said in ["accept, Prefer", "*"] {
        let mut answer = headers(http::header::VARY, &[said]);
        read(&HeaderMap::new()).acknowledge(&mut answer);
        assert_eq!(answer.get_all("vary").iter().collect::<Vec<_>>(), [said]);
    }
    let mut answer = headers(http::header::VARY, &["accept"]);
    read(&HeaderMap::new()).acknowledge(&mut answer);
    assert_eq!(
        answer.get_all("vary").iter().collect::<Vec<_>>(),
        ["accept", "prefer"]
    );
}

proptest! {
    #[test]
    fn whatever_a_client_sends_the_time_is_the_default_or_in_the_range(value in vec(any::<u8>(), 0..60)) {
        let value = HeaderValue::from_bytes(&[b"wait=", &*value].concat());
        let headers = value.map(|value| HeaderMap::from_iter([(PREFER, value)]));
        let time = read(&headers.unwrap_or_default()).time();
        prop_assert!((1..=LONGEST).contains(&time.as_secs()));
    }

    #[test]
    fn every_number_is_read_as_it_is_written(seconds: u64) {
        let seconds_applied = applied(&[&format!("wait={seconds}")]);
        prop_assert_eq!(seconds_applied, Some(seconds.clamp(1, LONGEST)));
    }
}

on_each_framework!(
    a_request_is_held_as_long_as_its_client_prefers_and_told_so,
    |on| {
        let (hub, clock) = hub();
        let server = serve(on, &hub, async |c, request| {
            let wait = read(request.headers());
            if !c.is_expired() {
                return Err(c.suspend("news", wait.time()));
            }
            let mut response = http::Response::default();
            wait.acknowledge(response.headers_mut());
            Ok(response)
        });
        let mut pending = get(&server, headers(PREFER, &["wait=5"]));
        assert!(pending.as_mut().now_or_never().is_none());
        assert_eq!(clock.advance(Duration::from_millis(4999)), 0);
        assert_eq!(clock.advance(Duration::from_millis(1)), 1);
        let answer = pending.now_or_never().unwrap();
        assert_eq!(answer.headers()["preference-applied"], "wait=5");
        assert_eq!(answer.headers()["vary"], "prefer");
    }
);
