//! How a stream ends.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dacapo::{Continuation, End, Hub, Outcome};
use futures::stream::{FusedStream, StreamExt};
use http::Response;

use super::served::AppError;
use super::*;

#[test]
fn an_error_of_the_closure_is_said_and_ends_the_stream() {
    let (log, clock) = Log::new();
    log.store(10);
    let mut said = {
        let log = log.clone();
        stream(
            &log.hub.clone(),
            async move |c: Continuation<u8>, seen| -> Result<_, AppError> {
                match log.read(seen) {
                    Some((99, _)) => Err(AppError::LoggedOut),
                    Some(found) => Ok(found),
                    None => Err(c.suspend(&KEY, HOLD))?,
                }
            },
        )
    };
    assert_eq!(said.all(), ["10@1"]);
    log.post(99);
    assert_eq!(said.all(), ["LoggedOut", "end"]);
    assert_eq!(said.all(), ["end"], "and it stays ended");
    assert_eq!(log.hub.stats().ended.answered, 1);
    assert_empty(&log.hub, &clock);
}

#[test]
fn a_shutdown_ends_a_stream_that_waits() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    assert_eq!(log.hub.shutdown(), 1);
    assert_eq!(stream.all(), ["end"]);
    assert_eq!(log.hub.stats().refused.shut_down, 1);
    assert_empty(&log.hub, &clock);
}

#[test]
fn a_shutdown_ends_a_stream_that_never_waits() {
    let (log, clock) = Log::new();
    (0..10).for_each(|number| log.store(number));
    let mut stream = log.stream();
    assert_eq!(stream.next().unwrap(), "0@1");
    log.hub.shutdown_within(HOLD);
    assert_eq!(stream.all(), ["end"]);
    assert_empty(&log.hub, &clock);
}

#[test]
fn a_shutdown_after_an_expiry_ends_the_stream() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    clock.advance(HOLD);
    log.hub.shutdown();
    assert_eq!(stream.all(), ["beat", "end"]);
}

#[test]
fn a_response_from_outside_ends_the_stream() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    assert!(stream.all().is_empty());
    assert_eq!(log.hub.respond(&KEY, Response::default()).unwrap(), 1);
    assert_eq!(stream.all(), ["end"]);
    assert_eq!(log.hub.stats().ended.completed, 1);
    assert_empty(&log.hub, &clock);
}

#[test]
fn an_item_that_was_made_before_a_response_from_outside_is_given_out() {
    let (hub, clock) = Hub::with_mock_clock();
    let mut said = stream(&hub, async move |c: Continuation<u8>, seen| -> Outcome<_> {
        if seen == 1 {
            c.handle().complete(Response::default()).unwrap();
        }
        Ok((5, seen + 1))
    });
    assert_eq!(said.all(), ["5@1", "5@2", "end"]);
    assert_eq!(hub.stats().ended.completed, 1);
    assert_empty(&hub, &clock);
}

#[test]
fn a_response_from_outside_that_comes_as_the_time_is_up_ends_the_stream() {
    for takes_the_heartbeat_first in [false, true] {
        let (hub, clock) = Hub::with_mock_clock();
        let handle = Arc::new(Mutex::new(None));
        let tell = Arc::clone(&handle);
        let mut said = stream(&hub, async move |c: Continuation<u8>, _| -> Outcome<_> {
            *tell.lock().unwrap() = Some(c.handle());
            Err(c.suspend(&KEY, HOLD))
        });
        assert!(said.all().is_empty());
        clock.advance(HOLD);
        if takes_the_heartbeat_first {
            assert_eq!(said.next().unwrap(), "beat");
        }
        let handle = handle.lock().unwrap().take().unwrap();
        assert!(handle.complete(Response::default()).is_ok());
        assert_eq!(said.all().last().unwrap(), "end");
        assert_eq!(hub.stats().ended.completed, 1);
    }
}

#[test]
fn an_answer_for_the_end_of_the_time_ends_the_stream() {
    let (hub, clock) = Hub::with_mock_clock();
    let mut said = stream(&hub, async move |c: Continuation<u8>, _| -> Outcome<_> {
        Err(c.suspend(&KEY, HOLD).or_respond(Response::default()))
    });
    assert!(said.all().is_empty());
    clock.advance(HOLD);
    assert_eq!(said.all(), ["end"]);
    assert_empty(&hub, &clock);
}

#[test]
fn dropping_the_stream_forgets_its_waiter() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    log.post(1);
    assert_eq!(stream.all(), ["1@1"]);
    clock.advance(HOLD);
    assert_eq!(stream.all(), ["beat"]);
    drop(stream);
    assert_empty(&log.hub, &clock);
}

#[test]
fn dropping_the_stream_between_two_items_or_at_a_heartbeat_leaves_nothing() {
    let (log, clock) = Log::new();
    let mut stream = log.stream();
    log.post(1);
    assert_eq!(stream.next().unwrap(), "1@1");
    drop(stream);
    assert_empty(&log.hub, &clock);

    let mut stream = log.stream_from(1);
    assert!(stream.all().is_empty());
    clock.advance(HOLD);
    assert_eq!(stream.next().unwrap(), "beat");
    drop(stream);
    assert_empty(&log.hub, &clock);
    assert_eq!(log.hub.stats().ended.cancelled, 2);
}

#[test]
fn a_panic_of_the_closure_ends_the_stream() {
    let (hub, clock) = Hub::with_mock_clock();
    let ends = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&ends);
    let mut said = stream(&hub, async move |c: Continuation<u8>, seen| -> Outcome<_> {
        if c.is_initial() {
            let told = Arc::clone(&told);
            c.on_end(move |end| told.lock().unwrap().push(end));
        }
        assert!(seen < 2, "on purpose");
        Ok((5, seen + 1))
    });
    assert_eq!(
        (said.next().unwrap(), said.next().unwrap()),
        ("5@1".into(), "5@2".into())
    );
    assert!(catch_unwind(AssertUnwindSafe(|| said.next())).is_err());
    assert_eq!(said.next().unwrap(), "end");
    assert_eq!(*ends.lock().unwrap(), [End::Panicked]);
    assert_empty(&hub, &clock);
}

#[test]
fn a_token_of_another_request_ends_the_stream() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut said = stream(&hub, async |_: Continuation<u8>, _| -> Outcome<_> {
        let (other, _clock) = Hub::<u8>::with_mock_clock();
        let mut token = None;
        let foreign = other.run(|c| {
            token = Some(c.suspend(&KEY, HOLD));
            async { Outcome::Ok(()) }
        });
        foreign.await.unwrap();
        Err(token.unwrap())
    });
    assert_eq!(said.all(), ["Foreign", "end"]);
}

#[test]
fn of_a_stream_that_has_ended_nothing_of_the_closure_is_kept() {
    let (log, _clock) = Log::new();
    let owned = Arc::new(());
    let (read, kept) = (log.clone(), Arc::clone(&owned));
    let mut said = stream(
        &log.hub,
        async move |c: Continuation<u8>, seen| -> Outcome<_> {
            let _kept = &kept;
            read.read(seen).ok_or_else(|| c.suspend(&KEY, HOLD))
        },
    );
    log.store(1);
    assert_eq!(said.all(), ["1@1"]);
    assert_eq!(Arc::strong_count(&owned), 2);
    log.hub.shutdown();
    assert_eq!(said.all(), ["end"]);
    assert_eq!(Arc::strong_count(&owned), 1);
}

#[test]
fn a_stream_knows_that_it_has_ended() {
    let (log, _clock) = Log::new();
    let mut stream = log
        .hub
        .stream(0, async |c: Continuation<u8>, _: u8| -> Outcome<((), u8)> {
            Err(c.suspend(&KEY, HOLD))
        });
    assert!(futures::FutureExt::now_or_never(stream.next()).is_none());
    assert!(!stream.is_terminated());
    log.hub.shutdown();
    assert_eq!(futures::FutureExt::now_or_never(stream.next()), Some(None));
    assert!(stream.is_terminated());
}
