//! The stats of a hub, as JSON.

use std::time::Duration;

use dacapo::Hub;
use futures::FutureExt;
use serde_json::{Value, json};

use crate::news;

#[test]
fn the_names_are_those_of_the_fields_and_a_duration_has_seconds_and_nanoseconds() {
    let (hub, clock) = Hub::with_mock_clock();
    let mut held = Box::pin(hub.run(news));
    assert!(held.as_mut().now_or_never().is_none());
    hub.notify("other");
    clock.advance(Duration::from_secs(2));
    let stats = serde_json::to_value(hub.stats()).unwrap();

    let oldest = &stats["oldest_wait"];
    assert_eq!(oldest["secs"], 2);
    assert!(oldest["nanos"].is_u64());
    let expected = json!({
        "suspended": 1,
        "oldest_wait": oldest,
        "requests": 1,
        "ended": { "answered": 0, "completed": 0, "failed": 0, "panicked": 0, "cancelled": 0 },
        "refused": {
            "full": 0, "key_full": 0, "client_full": 0, "superseded": 0, "too_many_keys": 0, "too_many_passes": 0,
            "held_too_long": 0, "shut_down": 0, "no_timer": 0, "foreign": 0, "interim": 0,
        },
        "passes": { "initial": 1, "resumed": 0, "expired": 0, "needless": 0 },
        "waits": { "resumed": 0, "expired": 0, "completed": 0, "cancelled": 0, "closed": 0 },
        "notifies": 1,
        "unheard_notifies": 1,
        "pushes": { "answered": 0, "notified": 0, "refused": 0 },
        "relayed": {
            "up": 0, "downs": 0, "heard": 0, "unreadable": 0, "unknown_keys": 0, "overflows": 0, "since_last_line": null,
            "gaps": {
                "connected": 0, "lost": 0, "silent": 0, "announced": 0, "unreadable": 0, "reported": 0,
            },
        },
        "timer_lag": { "secs": 0, "nanos": 0 },
        "longest_timer_lag": { "secs": 0, "nanos": 0 },
        "panics": 0,
    });
    assert_eq!(stats, expected);
}

#[test]
fn what_is_not_there_is_null() {
    let stats = serde_json::to_value(Hub::<String>::new().stats()).unwrap();
    assert_eq!(stats["oldest_wait"], Value::Null);
}
