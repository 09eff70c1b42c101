//! A hub on tokio's clock. If that is paused, tests take no time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use dacapo::{Answer, Continuation, Dispatch, Error, Hub, Outcome};
use futures::FutureExt;
use support::wakers::{Counter, on_wake, poll};
use tokio::time::{Instant, timeout};

const LONG_POLL: Duration = Duration::from_secs(30);

async fn wait(c: Continuation<u8>) -> Outcome<Dispatch> {
    match c.dispatch() {
        Dispatch::Initial => Err(c.suspend(&0, LONG_POLL)),
        later => Ok(later),
    }
}

fn hub() -> Hub<u8> {
    Hub::builder().max_hold(Duration::MAX).build_on_tokio()
}

#[tokio::test(start_paused = true)]
async fn a_hold_expires_in_virtual_time_and_not_early() {
    let (hub, begun) = (hub(), Instant::now());
    assert_eq!(hub.run(wait).await, Ok(Dispatch::Expired.into()));
    assert!(begun.elapsed() >= LONG_POLL && begun.elapsed() < LONG_POLL + Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_around_a_hold_does_not_win_if_it_is_longer() {
    let hub = hub();
    let answer = timeout(Duration::from_secs(3600), hub.run(wait)).await;
    assert_eq!(answer, Ok(Ok(Dispatch::Expired.into())));
    let shorter = timeout(Duration::from_secs(1), hub.run(wait)).await;
    assert!(shorter.is_err());
    assert_eq!(hub.suspended_count(), 0, "it has been dropped");
}

#[tokio::test(start_paused = true)]
async fn holds_expire_in_the_order_of_their_deadlines() {
    let (hub, begun) = (hub(), Instant::now());
    let hold = |seconds: u64| {
        let hub = hub.clone();
        tokio::spawn(async move {
            let held = hub.run(|c| {
                let outcome = match c.is_expired() {
                    true => Ok(()),
                    false => Err(c.suspend_for(Duration::from_secs(seconds))),
                };
                async { outcome }
            });
            held.await.unwrap();
            begun.elapsed().as_secs()
        })
    };
    let (long, short, longer) = (hold(3000), hold(1), hold(100_000_000));
    assert_eq!((short.await.unwrap(), long.await.unwrap()), (1, 3000));
    assert_eq!(longer.await.unwrap(), 100_000_000);
}

#[tokio::test(start_paused = true)]
async fn a_notify_comes_before_the_end_of_the_time() {
    let hub = hub();
    let held = tokio::spawn(hub.run(wait));
    tokio::time::sleep(LONG_POLL / 2).await;
    assert_eq!(hub.notify(&0), 1);
    assert_eq!(held.await.unwrap(), Ok(Dispatch::Resumed.into()));
}

#[test]
fn another_runtime_takes_over_when_the_first_has_ended() {
    let hub = hub();
    for _ in 0..3 {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        let answer = runtime.unwrap().block_on(hub.run(wait));
        assert_eq!(answer, Ok(Dispatch::Expired.into()));
    }
}

#[test]
fn outside_of_a_runtime_a_wait_is_refused() {
    let refused = futures::executor::block_on(hub().run(wait));
    assert!(matches!(refused, Err(Error::NoTimer(_))), "{refused:?}");
    let untimed = hub();
    let mut held = Box::pin(untimed.run(async |c| Err::<(), _>(c.suspend(&0, Duration::MAX))));
    assert!(held.as_mut().now_or_never().is_none(), "it needs no time");
}

#[tokio::test]
async fn its_task_ends_with_the_hub() {
    let before = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    let hub = hub();
    let mut held = Box::pin(hub.run(wait));
    assert!(held.as_mut().now_or_never().is_none());
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    assert_eq!(tasks(), before + 1);
    tokio::task::yield_now().await;
    drop((held, hub));
    while tasks() > before {
        tokio::task::yield_now().await;
    }
}

type Held = Pin<Box<dyn Future<Output = Result<Answer<Dispatch>, Error>>>>;

/// Requests that wait for the same key, and are counted as they are woken.
fn crowd(hub: &Hub<u8>, requests: usize, counter: &Arc<Counter>) -> Vec<Held> {
    let waker = Waker::from(Arc::clone(counter));
    let hold = || {
        let mut held: Held = Box::pin(hub.run(wait));
        assert!(poll(&mut held, &waker).is_pending());
        held
    };
    (0..requests).map(|_| hold()).collect()
}

fn run(held: Held) {
    assert_eq!(held.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[tokio::test(start_paused = true)]
async fn a_crowd_is_woken_as_fast_as_it_runs() {
    let (hub, counter) = (hub(), Arc::default());
    let mut held = crowd(&hub, 200, &counter);
    assert_eq!(
        (hub.notify(&0), counter.woken()),
        (200, 64),
        "all waits end"
    );
    held.drain(..31).for_each(run);
    assert_eq!(counter.woken(), 64);
    held.drain(..1).for_each(run);
    assert_eq!(counter.woken(), 96);
    held.drain(..160).for_each(run);
    assert_eq!((held.len(), counter.woken()), (8, 200));
}

#[tokio::test(start_paused = true)]
async fn one_of_a_crowd_that_leaves_gives_its_turn_away() {
    let (hub, counter) = (hub(), Arc::default());
    let mut held = crowd(&hub, 100, &counter);
    hub.notify(&0);
    held.truncate(68);
    assert_eq!(counter.woken(), 96);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_of_which_none_runs_is_woken_all_the_same() {
    let (hub, counter) = (hub(), Arc::default());
    let held = crowd(&hub, 200, &counter);
    hub.notify(&0);
    tokio::time::sleep(Duration::from_millis(9)).await;
    assert_eq!(counter.woken(), 64);
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert_eq!(counter.woken(), 200);
    held.into_iter().for_each(run);
}

#[tokio::test(start_paused = true)]
async fn two_crowds_are_woken_in_the_order_of_their_notifies() {
    let (hub, counters) = (hub(), <[Arc<Counter>; 2]>::default());
    let mut first = crowd(&hub, 100, &counters[0]);
    hub.notify(&0);
    let _second = crowd(&hub, 100, &counters[1]);
    hub.notify(&0);
    let woken = || counters.each_ref().map(|counter| counter.woken());
    assert_eq!(woken(), [64, 64]);
    first.drain(..64).for_each(run);
    assert_eq!(woken(), [100, 64]);
    first.drain(..).for_each(run);
    assert_eq!(woken(), [100, 96]);
}

#[tokio::test(start_paused = true)]
async fn the_panic_of_a_waker_is_not_that_of_the_request_whose_turn_it_was() {
    let (hub, counter) = (hub(), Arc::default());
    let held = crowd(&hub, 64, &counter);
    let mut last = Box::pin(hub.run(wait));
    let panics = on_wake(|| panic!("a waker panics"));
    assert!(poll(&mut last, &panics).is_pending());
    assert_eq!(hub.notify(&0), 65);
    held.into_iter().for_each(run);
    assert_eq!(hub.stats().panics, 1);
    run(last);
}

#[tokio::test(start_paused = true)]
async fn a_limit_per_tick_holds_on_tokio_as_well() {
    let hub = Hub::builder().max_wakes_per_tick(10).build_on_tokio();
    let counter = Arc::default();
    let mut held = crowd(&hub, 100, &counter);
    assert_eq!((hub.notify(&0), counter.woken()), (100, 10));
    held.drain(..).for_each(run);
    assert_eq!(counter.woken(), 10);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(counter.woken(), 100);
}

#[test]
fn outside_of_a_runtime_a_notify_wakes_a_crowd_at_once() {
    let (hub, counter) = (hub(), Arc::new(Counter::default()));
    let waker = Waker::from(Arc::clone(&counter));
    let wait = async |c: Continuation<u8>| Err::<(), _>(c.suspend(&0, Duration::MAX));
    let mut held: Vec<_> = (0..100).map(|_| Box::pin(hub.run(wait))).collect();
    for request in &mut held {
        assert!(poll(request, &waker).is_pending());
    }
    assert_eq!((hub.notify(&0), counter.woken()), (100, 100));
}
