//! A hub on tokio's clock. If that is paused, tests take no time.

use std::time::Duration;

use dacapo::{Continuation, Dispatch, Error, Hub, Outcome};
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
    assert!(
        futures::FutureExt::now_or_never(held.as_mut()).is_none(),
        "it needs no time"
    );
}

#[tokio::test]
async fn its_task_ends_with_the_hub() {
    let before = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    let hub = hub();
    let mut held = Box::pin(hub.run(wait));
    assert!(futures::FutureExt::now_or_never(held.as_mut()).is_none());
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
