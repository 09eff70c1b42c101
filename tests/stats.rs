//! The stats of a hub.

use std::pin::{Pin, pin};
use std::time::Duration;

use dacapo::{Answer, Continuation, Dispatch, Error, Hub, OnClientLimit, Outcome};
use futures::FutureExt;

const LONG_POLL: Duration = Duration::from_secs(30);

/// Waits for key 0 and for a key of this request alone. It answers when the latter is notified or when it expires.
async fn wait(c: Continuation<u32>, own: u32) -> Outcome<Dispatch> {
    let is_news = c.value::<u32>().is_some_and(|news| *news == own);
    match is_news || c.is_expired() {
        true => Ok(c.dispatch()),
        false => Err(c.suspend_any(&[0, own], LONG_POLL)),
    }
}

type Held = Pin<Box<dyn Future<Output = Result<Answer<Dispatch>, Error>>>>;

fn hold(hub: &Hub<u32>, own: u32) -> Held {
    let mut held: Held = Box::pin(hub.run(move |c| wait(c, own)));
    assert_eq!(held.as_mut().now_or_never(), None);
    held
}

#[test]
fn a_hub_that_has_done_nothing_says_so() {
    let stats = Hub::<u32>::new().stats();
    assert_eq!(
        (stats.suspended, stats.oldest_wait, stats.requests),
        (0, None, 0)
    );
    assert_eq!(
        (
            stats.ended.total(),
            stats.refused.total(),
            stats.passes.total()
        ),
        (0, 0, 0)
    );
    assert_eq!(stats.passes_per_answer(), 0.0);
}

#[test]
fn what_is_held_and_for_how_long() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let old = hold(&hub, 1);
    clock.advance(Duration::from_secs(7));
    let young = hold(&hub, 2);
    clock.advance(Duration::from_secs(1));
    let about = |seconds| {
        let oldest = hub.stats().oldest_wait.unwrap();
        let error = oldest.checked_sub(Duration::from_secs(seconds));
        assert!(
            error < Some(Duration::from_millis(64)) && error.is_some(),
            "{oldest:?}"
        );
    };
    about(8);
    assert_eq!((hub.stats().suspended, hub.stats().requests), (2, 2));
    drop(old);
    about(1);
    drop(young);
    assert_eq!((hub.stats().suspended, hub.stats().oldest_wait), (0, None));
}

#[test]
fn how_waits_and_requests_have_ended() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let (resumed, expired, gone) = (hold(&hub, 1), hold(&hub, 2), hold(&hub, 3));
    hub.notify_value(&1, 1_u32);
    assert_eq!(resumed.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    drop(gone);
    clock.advance(LONG_POLL);
    assert_eq!(expired.now_or_never(), Some(Ok(Dispatch::Expired.into())));

    let (tell, told) = std::sync::mpsc::channel();
    let mut completed = pin!(hub.run(|c| {
        tell.send(c.handle()).unwrap();
        wait(c, 4)
    }));
    assert_eq!(completed.as_mut().now_or_never(), None);
    assert!(
        told.recv()
            .unwrap()
            .complete(http::Response::default())
            .is_ok()
    );
    let completed = completed.now_or_never().unwrap();
    assert!(matches!(completed, Ok(Answer::Completed(_))));

    let panics = std::panic::AssertUnwindSafe(|| {
        let bad = hub.run(async |_| -> Outcome<()> { panic!("a bad handler") });
        bad.now_or_never()
    });
    assert!(std::panic::catch_unwind(panics).is_err());

    let closed = hold(&hub, 5);
    hub.shutdown();
    assert_eq!(closed.now_or_never(), Some(Err(Error::ShutDown)));

    let stats = hub.stats();
    let waits = stats.waits;
    let waits = [
        waits.resumed,
        waits.expired,
        waits.completed,
        waits.cancelled,
        waits.closed,
    ];
    assert_eq!(waits, [1, 1, 1, 1, 1]);
    let ended = stats.ended;
    let ended = [
        ended.answered,
        ended.completed,
        ended.panicked,
        ended.cancelled,
        ended.failed,
    ];
    assert_eq!(ended, [2, 1, 1, 1, 0]);
    assert_eq!((stats.refused.shut_down, stats.refused.total()), (1, 1));
    assert_eq!(stats.requests, stats.ended.total() + stats.refused.total());
}

#[test]
fn how_many_passes_an_answer_takes_and_how_many_were_in_vain() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let mut held = hold(&hub, 1);
    for _ in 0..3 {
        hub.notify(&0);
        assert_eq!(held.as_mut().now_or_never(), None);
    }
    clock.advance(LONG_POLL);
    assert!(held.now_or_never().is_some());
    let stats = hub.stats();
    let passes = stats.passes;
    assert_eq!(
        (
            passes.initial,
            passes.resumed,
            passes.expired,
            passes.needless
        ),
        (1, 3, 1, 3)
    );
    assert_eq!(stats.passes_per_answer(), 5.0);
}

#[test]
fn whom_notifies_reach() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let _held = hold(&hub, 1);
    assert_eq!(
        (
            hub.notify(&7),
            hub.notify_one(&7),
            hub.notify(&1),
            hub.notify_one(&0)
        ),
        (0, 0, 1, 0)
    );
    let stats = hub.stats();
    assert_eq!((stats.notifies, stats.unheard_notifies), (4, 3));
}

#[test]
fn why_requests_were_refused() {
    let hub = Hub::<u32>::builder()
        .max_suspended(4)
        .max_keys(2)
        .max_passes(2)
        .max_per_key(2);
    let (hub, _clock) = hub
        .max_per_client(1, OnClientLimit::RejectNew)
        .build_with_mock_clock();
    let run = |keys: &'static [u32], client: &'static str| {
        let mut request: Held = Box::pin(hub.run(move |c| {
            let outcome = Err(c.suspend_any(keys, LONG_POLL).client(client));
            async { outcome }
        }));
        let _ = request.as_mut().now_or_never();
        request
    };
    let mut held = [run(&[0], "ada"), run(&[0], "bob"), run(&[1], "joe")];
    drop(run(&[0], "eve")); // the key is full
    drop(run(&[1], "ada")); // the client has one
    let _last = run(&[2], "kim");
    drop(run(&[1], "eve")); // the hub is full
    drop(run(&[1, 2, 3], "eve"));
    hub.notify(&1);
    let [_, _, joe] = &mut held;
    assert_eq!(joe.as_mut().now_or_never(), None);
    hub.notify(&1);
    let refusal = Error::TooManyPasses { limit: 2 };
    assert_eq!(joe.as_mut().now_or_never(), Some(Err(refusal)));
    let refused = hub.stats().refused;
    assert_eq!(
        (refused.key_full, refused.client_full, refused.full),
        (1, 1, 1)
    );
    assert_eq!((refused.too_many_keys, refused.too_many_passes), (1, 1));
    assert_eq!(refused.total(), 5);
}

#[test]
fn panics_that_no_caller_gets_are_counted() {
    let (hub, _clock) = Hub::<u32>::with_mock_clock();
    let answer = hub.run(async |c| {
        c.on_end(|_| panic!("a bad listener"));
        c.on_end(|_| panic!("another one"));
        Outcome::Ok(())
    });
    assert_eq!(answer.now_or_never(), Some(Ok(().into())));
    assert_eq!(hub.stats().panics, 2);
}

#[test]
fn a_mock_clock_is_never_late() {
    let (hub, clock) = Hub::<u32>::with_mock_clock();
    let _held = hold(&hub, 1);
    clock.advance(2 * LONG_POLL);
    let stats = hub.stats();
    assert_eq!(
        (stats.timer_lag, stats.longest_timer_lag),
        (Duration::ZERO, Duration::ZERO)
    );
}
