//! Heartbeats, time-outs and limits.

use dacapo::{Continuation, Error, Handle, Hub, Outcome};

use super::*;

#[test]
fn at_each_expiry_there_is_a_heartbeat_and_no_pass() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    for beats in 1..=20 {
        clock.advance(HOLD - MS);
        assert!(stream.all().is_empty());
        assert_eq!(clock.advance(MS), 1);
        assert_eq!(stream.all(), ["beat"]);
        assert_eq!(log.hub.stats().waits.expired, beats);
        assert_eq!(log.hub.suspended_count(), 1);
    }
    assert_eq!(log.passes(), 1);
    log.post(10);
    assert_eq!(stream.all(), ["10@1"]);
}

#[test]
fn a_notify_between_an_expiry_and_its_heartbeat_is_not_lost() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    clock.advance(HOLD);
    log.post(10);
    assert_eq!(stream.all(), ["beat", "10@1"]);
}

#[test]
fn a_notify_between_a_heartbeat_and_the_next_poll_is_not_lost() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    clock.advance(HOLD);
    assert_eq!(stream.next().unwrap(), "beat");
    log.post(10);
    assert_eq!(stream.all(), ["10@1"]);
}

#[test]
fn a_notify_of_any_of_its_keys_around_a_heartbeat_is_not_lost() {
    for key in [1, 2, 3] {
        let (log, clock) = Log::new();
        let mut said = {
            let log = log.clone();
            stream(
                &log.hub.clone(),
                async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
                    log.read(seen)
                        .ok_or_else(|| c.suspend_any(&[1, 2, 3], HOLD))
                },
            )
        };
        assert!(said.all().is_empty());
        for beats in 0..4 {
            clock.advance(HOLD);
            if beats == 1 {
                log.store(10);
                log.hub.notify(&key);
                assert_eq!(said.all(), ["beat", "10@1"]);
            } else {
                assert_eq!(said.all(), ["beat"]);
            }
        }
        log.store(11);
        assert_eq!(log.hub.notify(&key), 1);
        assert_eq!(said.all(), ["11@2"]);
    }
}

#[test]
fn a_gap_around_a_heartbeat_is_not_lost() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    clock.advance(HOLD);
    log.store(10);
    log.hub.notify_every_key(Duration::ZERO);
    assert_eq!(stream.all(), ["beat", "10@1"]);
}

/// A stream that waits for its handle, and gives out the values that it is resumed with.
fn by_hand(hub: &Hub<u8>) -> (Said, Arc<Mutex<Option<Handle>>>) {
    let handle = Arc::new(Mutex::new(None));
    let tell = Arc::clone(&handle);
    let said = stream(hub, async move |c: Continuation<u8>, seen| -> Outcome<_> {
        *tell.lock().unwrap() = Some(c.handle());
        match c.value::<u32>() {
            Some(value) => Ok((*value, seen + 1)),
            None => Err(c.suspend_for(HOLD)),
        }
    });
    (said, handle)
}

#[test]
fn a_resume_around_a_heartbeat_is_not_lost() {
    let (hub, clock) = Hub::with_mock_clock();
    let (mut said, handle) = by_hand(&hub);
    assert!(said.all().is_empty());
    let handle = handle.lock().unwrap().clone().unwrap();
    assert_eq!(handle.resume_value(1_u32), Ok(()));
    assert_eq!(said.all(), ["1@1"]);
    // the time is up, and the stream does not know it yet
    clock.advance(HOLD);
    assert_eq!(handle.resume_value(2_u32), Ok(()));
    assert_eq!(
        handle.resume_value(9_u32),
        Err(9),
        "a wake is remembered already"
    );
    assert_eq!(said.all(), ["beat", "2@2"]);
    // the heartbeat was taken, and nothing more was asked for
    clock.advance(HOLD);
    assert_eq!(said.next().unwrap(), "beat");
    assert_eq!(handle.resume_value(3_u32), Ok(()));
    assert_eq!(said.all(), ["3@3"]);
    // an item was taken, and nothing more was asked for
    assert_eq!(handle.resume_value(4_u32), Ok(()));
    assert_eq!(said.next().unwrap(), "4@4");
    assert_eq!(handle.resume_value(5_u32), Ok(()));
    assert_eq!(said.all(), ["5@5"]);
}

#[test]
fn a_late_resume_of_a_wait_that_was_resumed_is_not_lost() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (mut said, handle) = by_hand(&hub);
    assert!(said.all().is_empty());
    let handle = handle.lock().unwrap().clone().unwrap();
    assert_eq!(handle.resume_value(1_u32), Ok(()));
    assert_eq!(handle.resume_value(2_u32), Ok(()), "for the next wait");
    assert_eq!(handle.resume_value(3_u32), Err(3));
    assert_eq!(said.all(), ["1@1", "2@2"]);
}

#[test]
fn a_timeout_counts_from_the_last_item() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    clock.advance(HOLD - MS);
    log.post(10);
    assert_eq!(stream.all(), ["10@1"]);
    clock.advance(HOLD - MS);
    assert!(stream.all().is_empty());
    clock.advance(MS);
    assert_eq!(stream.all(), ["beat"]);
}

#[test]
fn a_needless_wake_does_not_put_a_heartbeat_off() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    clock.advance(HOLD - MS);
    log.hub.notify(&KEY);
    assert!(stream.all().is_empty());
    clock.advance(MS);
    assert_eq!(stream.all(), ["beat"]);
}

#[test]
fn a_reader_that_was_away_for_long_is_not_flooded_with_heartbeats() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    clock.advance(HOLD * 1000);
    let beats = stream.all();
    assert!((1..=2).contains(&beats.len()), "{} heartbeats", beats.len());
    clock.advance(HOLD);
    assert_eq!(stream.all(), ["beat"]);
}

#[test]
fn a_timeout_of_zero_is_one_heartbeat() {
    for from_now in [false, true] {
        let (log, clock) = Log::new();
        let read = log.clone();
        let mut said = stream(
            &log.hub,
            async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
                let token = c.suspend(&KEY, Duration::ZERO);
                let found = read.read(seen);
                found.ok_or_else(|| match from_now {
                    true => token.timeout_from_now(),
                    false => token,
                })
            },
        );
        assert_eq!(said.all(), ["beat"]);
        clock.advance(HOLD);
        assert!(said.all().is_empty());
        log.post(10);
        assert_eq!(said.all(), ["10@1", "beat"]);
    }
}

#[test]
fn a_handle_moves_the_next_heartbeat() {
    let (hub, clock) = Hub::with_mock_clock();
    let (mut said, handle) = by_hand(&hub);
    assert!(said.all().is_empty());
    let handle = handle.lock().unwrap().clone().unwrap();
    assert!(handle.set_timeout(MS));
    clock.advance(MS);
    assert_eq!(said.all(), ["beat"]);
    clock.advance(HOLD - MS);
    assert!(said.all().is_empty());
    clock.advance(MS);
    assert_eq!(said.all(), ["beat"]);
}

#[test]
fn what_was_asked_for_the_expiry_is_done_at_the_first_heartbeat() {
    let (hub, clock) = Hub::with_mock_clock();
    let expired = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&expired);
    let mut said = stream(&hub, async move |c: Continuation<u8>, _| -> Outcome<_> {
        let count = Arc::clone(&count);
        let tell = move || _ = count.fetch_add(1, Ordering::Relaxed);
        Err(c.suspend(&KEY, HOLD).on_expire(tell))
    });
    assert!(said.all().is_empty());
    for _ in 0..3 {
        clock.advance(HOLD);
        assert_eq!(said.all(), ["beat"]);
        assert_eq!(expired.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn the_passes_since_the_last_item_or_heartbeat_are_limited() {
    let (hub, clock) = Hub::builder().max_passes(3).build_with_mock_clock();
    let log = Log::of(hub);
    let mut stream = log.stream();
    let needless = |stream: &mut Said, notifies| {
        for _ in 0..notifies {
            assert!(stream.all().is_empty());
            log.hub.notify(&KEY);
        }
    };
    needless(&mut stream, 2); // after the first
    log.store(10);
    assert_eq!(stream.all(), ["10@1"]);
    needless(&mut stream, 2);
    assert!(stream.all().is_empty());
    clock.advance(HOLD);
    assert_eq!(stream.all(), ["beat"]);
    needless(&mut stream, 4);
    let refused = format!("{:?}", Error::TooManyPasses { limit: 3 });
    assert_eq!(stream.all(), [refused, "end".to_owned()]);
}

#[test]
fn there_is_no_longest_hold_unless_it_is_set_on_the_stream() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    for _ in 0..100 {
        clock.advance(HOLD);
        assert_eq!(stream.all(), ["beat"]);
    }
}

#[test]
fn a_stream_ends_when_it_has_lasted_as_long_as_it_may() {
    let (log, clock) = Log::new();
    let read = log.clone();
    let held = log
        .hub
        .stream(0, async move |c: Continuation<u8>, seen| -> Outcome<_> {
            read.read(seen).ok_or_else(|| c.suspend(&KEY, HOLD))
        });
    let mut held = Said::of(held.max_hold(HOLD * 2 + MS));
    assert!(held.all().is_empty());
    for _ in 0..2 {
        clock.advance(HOLD);
        assert_eq!(held.all(), ["beat"]);
    }
    clock.advance(MS);
    assert_eq!(held.all(), ["beat", "end"]);
    assert_eq!(log.hub.stats().refused.held_too_long, 1);
    assert_empty(&log.hub, &clock);
}

#[test]
fn a_stream_that_never_waits_ends_when_it_has_lasted_as_long_as_it_may() {
    let (log, clock) = Log::new();
    (0..10).for_each(|number| log.store(number));
    let read = log.clone();
    let held = log
        .hub
        .stream(0, async move |c: Continuation<u8>, seen| -> Outcome<_> {
            read.read(seen).ok_or_else(|| c.suspend(&KEY, HOLD))
        });
    let mut held = Said::of(held.max_hold(HOLD));
    assert_eq!(held.next().unwrap(), "0@1");
    clock.advance(HOLD);
    assert_eq!(held.all(), ["end"]);
}
