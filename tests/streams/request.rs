//! To the hub a stream is one request.

use std::convert::Infallible;

use dacapo::{Continuation, End, Hub, Outcome};

use super::*;

struct Looks(AtomicUsize);

#[test]
fn a_stream_is_one_request_and_its_end_is_told_once() {
    let (hub, clock) = Hub::with_mock_clock();
    let ends = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&ends);
    let mut said = stream(&hub, async move |c: Continuation<u8>, seen| -> Outcome<_> {
        if c.is_initial() {
            let told = Arc::clone(&told);
            assert!(c.on_end(move |end| told.lock().unwrap().push(end)));
        }
        match seen {
            0..5 => Ok((0, seen + 1)),
            _ => Err(c.suspend(&KEY, HOLD)),
        }
    });
    assert_eq!(said.all().len(), 5);
    clock.advance(HOLD);
    assert_eq!(said.all(), ["beat"]);
    let stats = hub.stats();
    assert_eq!(
        (stats.requests, stats.ended.total(), stats.suspended),
        (1, 0, 1)
    );
    assert_eq!((stats.passes.initial, stats.passes.resumed), (1, 5));
    assert!(ends.lock().unwrap().is_empty());
    drop(said);
    let stats = hub.stats();
    assert_eq!(
        (stats.requests, stats.ended.total(), stats.ended.cancelled),
        (1, 1, 1)
    );
    assert_eq!(*ends.lock().unwrap(), [End::Cancelled]);
    assert_empty(&hub, &clock);
}

#[test]
fn attributes_last_as_long_as_the_stream() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut said = stream(&hub, async move |c: Continuation<u8>, seen| -> Outcome<_> {
        let looks = c.attribute_or_insert_with(|| Looks(AtomicUsize::new(0)));
        match looks.0.fetch_add(1, Ordering::Relaxed) {
            look @ 0..4 => Ok((look as u32, seen + 1)),
            _ => Err(c.suspend(&KEY, HOLD)),
        }
    });
    assert_eq!(said.all(), ["0@1", "1@2", "2@3", "3@4"]);
}

#[test]
fn a_step_is_done_once_per_stream() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut done = 0;
    let mut said = stream(&hub, async move |c: Continuation<u8>, seen| -> Outcome<_> {
        let step = c.once("count", async || {
            done += 1;
            Ok::<u32, Infallible>(done)
        });
        let Ok(done) = step.await;
        match seen {
            0..3 => Ok((*done, seen + 1)),
            _ => Err(c.suspend(&KEY, HOLD)),
        }
    });
    assert_eq!(said.all(), ["1@1", "1@2", "1@3"]);
}

#[test]
fn a_stream_counts_as_one_that_is_held_by_its_hub() {
    let (hub, _clock) = Hub::builder().max_suspended(1).build_with_mock_clock();
    let log = Log::of(hub);
    let (mut first, mut second) = (log.stream(), log.stream());
    log.store(1);
    assert_eq!(first.all(), ["1@1"]);
    assert_eq!(second.all(), ["1@1", "Full { limit: 1 }", "end"]);
    drop(first);
    assert_eq!(log.stream().all(), ["1@1"]);
}

#[test]
fn a_notify_for_one_that_a_dropped_stream_had_goes_to_the_next() {
    let (log, _clock) = Log::new();
    let (mut first, mut second) = (log.stream(), log.stream());
    assert!(first.all().is_empty() && second.all().is_empty());
    log.store(1);
    assert_eq!(log.hub.notify_one(&KEY), 1);
    drop(first);
    assert_eq!(second.all(), ["1@1"]);
}
