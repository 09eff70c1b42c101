//! Items, one after another, and nothing lost between them.

use dacapo::stream::Event;
use dacapo::{Continuation, Cursor, Dispatch, Hub, Outcome};
use futures::{FutureExt, StreamExt};

use super::*;

#[test]
fn items_come_in_order_and_once_each() {
    let (log, _clock) = Log::new();
    (10..13).for_each(|number| log.store(number));
    let mut stream = log.stream();
    assert_eq!(stream.all(), ["10@1", "11@2", "12@3"]);
    log.post(13);
    assert_eq!(stream.all(), ["13@4"]);
    assert!(stream.all().is_empty());
}

#[test]
fn a_reader_that_comes_back_goes_on_behind_its_position() {
    let (log, _clock) = Log::new();
    (10..13).for_each(|number| log.store(number));
    assert_eq!(log.stream_from(2).all(), ["12@3"]);
}

#[test]
fn a_notify_after_an_item_is_told_by_the_next() {
    let (log, _clock) = Log::new();
    let mut stream = log.stream();
    log.post(10);
    assert_eq!(stream.next().unwrap(), "10@1");
    log.post(11); // nothing waits
    assert_eq!(stream.all(), ["11@2"]);
}

#[test]
fn a_notify_during_the_pass_after_an_item_is_told_by_the_next() {
    let (log, _clock) = Log::new();
    log.store(10);
    let mut said = {
        let log = log.clone();
        stream(
            &log.hub.clone(),
            async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
                let found = log.read(seen);
                if log.passes() == 2 {
                    log.post(11); // it has looked, and has not suspended yet
                }
                found.ok_or_else(|| c.suspend(&KEY, HOLD))
            },
        )
    };
    assert_eq!(said.all(), ["10@1", "11@2"]);
    assert_eq!(log.passes(), 4);
}

#[test]
fn between_two_items_it_is_registered_for_nothing() {
    let (log, _clock) = Log::new();
    let read = log.clone();
    let mut said = stream(
        &log.hub,
        async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
            let found = read.read(seen);
            if read.passes() == 1 {
                read.post(10); // so the next pass runs while the registration stands
            }
            found.ok_or_else(|| c.suspend(&KEY, HOLD))
        },
    );
    assert_eq!(said.next().unwrap(), "10@1");
    assert_eq!(log.hub.waiter_count(&KEY), 0);
    assert!(said.all().is_empty());
    assert_eq!(log.hub.waiter_count(&KEY), 1);
}

#[test]
fn a_notify_during_the_pass_of_an_item_is_told_by_the_next() {
    let (log, _clock) = Log::new();
    log.store(10);
    let mut said = {
        let log = log.clone();
        stream(
            &log.hub.clone(),
            async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
                let found = log.read(seen);
                if log.passes() == 1 {
                    log.post(11);
                }
                found.ok_or_else(|| c.suspend(&KEY, HOLD))
            },
        )
    };
    assert_eq!(said.all(), ["10@1", "11@2"]);
}

#[test]
fn a_notify_while_it_waits_is_told() {
    let (log, _clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    for number in 0..100 {
        log.store(number);
        assert_eq!(log.hub.notify(&KEY), 1);
        assert_eq!(stream.all(), [format!("{number}@{}", number + 1)]);
    }
}

#[test]
fn the_first_pass_is_initial_and_each_after_an_item_is_resumed() {
    let (hub, clock) = Hub::with_mock_clock();
    let passes = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&passes);
    let mut said = stream(&hub, async move |c: Continuation<u8>, seen| -> Outcome<_> {
        told.lock().unwrap().push((c.pass(), c.dispatch()));
        match seen {
            0 | 1 => Ok((9, seen + 1)),
            _ => Err(c.suspend(&KEY, HOLD)),
        }
    });
    assert_eq!(said.all(), ["9@1", "9@2"]);
    clock.advance(HOLD);
    hub.notify(&KEY);
    assert_eq!(said.all(), ["beat"]);
    use Dispatch::{Initial, Resumed};
    let expected = [(1, Initial), (2, Resumed), (3, Resumed), (4, Resumed)];
    assert_eq!(*passes.lock().unwrap(), expected);
}

#[test]
fn the_pass_after_an_item_that_finds_nothing_is_not_needless() {
    let (log, _clock) = Log::new();
    let mut stream = log.stream();
    log.post(10);
    assert_eq!(stream.all(), ["10@1"]);
    assert_eq!(log.hub.stats().passes.needless, 0);
    log.hub.notify(&KEY);
    assert!(stream.all().is_empty());
    assert_eq!(log.hub.stats().passes.needless, 1);
}

#[test]
fn the_next_pass_runs_only_when_the_last_item_was_taken() {
    let (log, _clock) = Log::new();
    (0..100).for_each(|number| log.store(number));
    let mut stream = log.stream();
    assert_eq!(log.passes(), 0);
    for taken in 1..=100 {
        stream.next().unwrap();
        assert_eq!(log.passes(), taken);
    }
}

#[test]
fn a_cursor_is_a_position() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let news = async |c: Continuation<u8>, seen: Cursor| -> Outcome<_> {
        match c.changed(&KEY, &seen) {
            true => Ok(("changed", c.advance(seen))),
            false => Err(c.suspend(&KEY, HOLD)),
        }
    };
    let mut stream = Box::pin(hub.stream(Cursor::default(), news));
    let mut next = || Some(stream.next().now_or_never()?.unwrap().unwrap());
    assert!(matches!(
        next(),
        Some(Event::Item {
            value: "changed",
            ..
        })
    ));
    assert_eq!(next(), None);
    hub.notify(&KEY);
    let Some(Event::Item { position, .. }) = next() else {
        panic!("it was told");
    };
    assert_eq!(next(), None);
    drop(stream);
    // The reader comes back after another change, which found nothing that waited.
    hub.notify(&KEY);
    let mut stream = Box::pin(hub.stream(position, news));
    assert!(stream.next().now_or_never().is_some());
    assert!(stream.next().now_or_never().is_none());
}

#[test]
fn one_closure_serves_a_long_poll_and_a_stream() {
    fn news(
        log: &Log,
    ) -> impl AsyncFnMut(Continuation<u8>, usize) -> Outcome<(u32, usize)> + use<> {
        let log = log.clone();
        async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
            match log.read(seen) {
                Some(found) => Ok(found),
                None if c.is_expired() => Ok((0, seen)),
                None => Err(c.suspend(&KEY, HOLD)),
            }
        }
    }
    let (log, clock) = Log::new();
    let poll = |seen| {
        let mut news = news(&log);
        Box::pin(log.hub.run_owned(async move |c| news(c, seen).await))
    };
    let mut stream = Said::of(log.hub.stream(0, news(&log)));
    let mut held = poll(0);
    assert!(held.as_mut().now_or_never().is_none() && stream.all().is_empty());
    log.post(10);
    assert_eq!(held.now_or_never().unwrap().unwrap(), (10, 1));
    assert_eq!(stream.all(), ["10@1"]);

    let mut held = poll(1);
    assert!(held.as_mut().now_or_never().is_none());
    clock.advance(HOLD);
    assert_eq!(held.now_or_never().unwrap().unwrap(), (0, 1));
    assert_eq!(stream.all(), ["beat"]);
}

#[test]
fn what_the_closure_owns_lives_as_long_as_the_stream() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut looks = Vec::new();
    let mut said = stream(
        &hub,
        async move |c: Continuation<u8>, seen: usize| -> Outcome<_> {
            looks.push(seen);
            match looks.len() {
                1..4 => Ok((looks.len() as u32, seen + 1)),
                _ => Err(c.suspend(&KEY, HOLD)),
            }
        },
    );
    assert_eq!(said.all(), ["1@1", "2@2", "3@3"]);
}
