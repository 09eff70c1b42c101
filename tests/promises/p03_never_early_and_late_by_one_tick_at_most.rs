//! A wait never expires early, and is late by one tick of a millisecond at most. On a real clock, a long wait may
//! also be late by the timer's slack: `src/engine/deadline.rs` tests that.

use std::pin::pin;
use std::time::Duration;

use dacapo::{Dispatch, Hub};
use futures::FutureExt;
use proptest::prelude::*;

use crate::MS;

const NS: Duration = Duration::from_nanos(1);

fn nanos(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_nanos)
}

proptest! {
    #[test]
    fn it_expires_within_a_tick_after_its_deadline(
        arrival in nanos(0..10_000_000_000),
        timeout in prop_oneof![nanos(1..5_000_000), nanos(0..100_000_000_000)],
    ) {
        let (hub, clock) = Hub::<u8>::with_mock_clock();
        clock.advance(arrival);
        let mut request = pin!(hub.run(async |c| {
            if c.is_initial() { Err(c.suspend(&0, timeout + NS)) } else { Ok(c.dispatch()) }
        }));
        prop_assert_eq!(request.as_mut().now_or_never(), None);
        prop_assert_eq!(clock.advance(timeout), 0, "a nanosecond early");
        prop_assert_eq!(clock.advance(MS), 1, "a tick later");
        prop_assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
    }
}

#[test]
fn a_mock_clock_has_no_slack() {
    let (hub, clock) = Hub::<u8>::builder()
        .timer_slack(50 * MS)
        .build_with_mock_clock();
    clock.advance(7 * MS);
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            Err(c.suspend(&0, 100 * 50 * MS))
        } else {
            Ok(c.dispatch())
        }
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(clock.advance(100 * 50 * MS - NS), 0);
    assert_eq!(clock.advance(NS), 1);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Expired.into())));
}

#[test]
fn the_system_clock_expires_a_wait_as_well() {
    let hub = Hub::<u8>::new();
    let answer = futures::executor::block_on(hub.run(async |c| {
        if c.is_expired() {
            Ok(c.pass())
        } else {
            Err(c.suspend(&0, 20 * MS))
        }
    }));
    assert_eq!(answer, Ok(2.into()));
}

#[test]
fn the_system_clock_expires_waits_of_every_length_while_others_come_and_go() {
    let hub = Hub::<u64>::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let hub = &hub;
            scope.spawn(move || {
                for round in 0..20 {
                    let timeout = Duration::from_micros(300 * ((thread * 7 + round) % 20));
                    let answer = futures::executor::block_on(hub.run(async |c| {
                        if c.is_expired() {
                            Ok(())
                        } else {
                            Err(c.suspend(&round, timeout))
                        }
                    }));
                    assert_eq!(answer, Ok(().into()));
                }
            });
        }
    });
    assert_eq!(hub.suspended_count(), 0);
}
