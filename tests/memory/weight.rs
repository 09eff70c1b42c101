//! The memory of a suspended request, to the byte.

use std::cell::Cell;
use std::pin::Pin;
use std::time::Duration;

use dacapo::{Answer, Continuation, Error, Handle, Hub};
use futures::FutureExt;
use support::allocator::{Mark, alone};

const REQUESTS: usize = 100_000;

/// A number of requests that wait for one key, and the bytes of each, without its future.
fn crowd(hub: &Hub<u8>, requests: usize, priority: fn(usize) -> u8) -> (Vec<Pending>, usize) {
    let mut crowd: Vec<Pending> = (0..requests)
        .map(|number| {
            let wait = move |c: Continuation<u8>| {
                HANDLE.set(Some(c.handle()));
                let token = c.suspend(&0, Duration::from_secs(300));
                std::future::ready(Err(token.priority(priority(number))))
            };
            Box::pin(hub.run(wait)) as Pending
        })
        .collect();
    let mark = Mark::here();
    for request in &mut crowd {
        assert!(request.as_mut().now_or_never().is_none());
    }
    let weight = mark.bytes();
    (crowd, weight / requests)
}

type Pending = Pin<Box<dyn Future<Output = Result<Answer<()>, Error>>>>;

thread_local! {
    static HANDLE: Cell<Option<Handle>> = const { Cell::new(None) };
}

#[test]
fn a_waiter_weighs_at_most_128_bytes_with_any_priorities_of_the_others() {
    let _alone = alone();
    for (priority, most) in [
        ((|_| 0) as fn(usize) -> u8, 128),
        (|number| (number % 16) as u8, 160),
        (|number| number as u8, 256),
    ] {
        let (hub, _clock) = Hub::with_mock_clock();
        let (_crowd, weight) = crowd(&hub, 20_000, priority);
        assert!(weight <= most, "{weight} bytes each, not {most}");
    }
}

#[test]
fn a_deadline_that_is_moved_a_million_times_leaves_next_to_nothing() {
    let _alone = alone();
    for apart in [1, 2, 64, 1000] {
        let (hub, _clock) = Hub::with_mock_clock();
        let (_crowd, _) = crowd(&hub, 500, |_| 0);
        let handle = HANDLE.take().unwrap();
        let mark = Mark::here();
        for time in 0..1_000_000 {
            assert!(handle.set_timeout(Duration::from_millis(300_000 + time % apart)));
        }
        let left = mark.bytes();
        assert!(left <= 64 << 10, "{left} bytes, {apart} ms apart");
    }
}

#[test]
fn a_waiter_weighs_at_most_128_bytes_and_leaves_next_to_nothing() {
    let _alone = alone();
    let (hub, _clock) = Hub::<usize>::with_mock_clock();
    let mut requests: Vec<_> = (0..REQUESTS)
        .map(|key| {
            Box::pin(hub.run(move |c| async move {
                // Nothing is left of the handler, however much it needs while it runs.
                let scratch = std::hint::black_box([0_u8; 1024]);
                std::future::ready(()).await;
                std::hint::black_box(&scratch);
                let timeout = Duration::from_millis(20_000 + key as u64 % 10_000);
                if c.is_initial() {
                    Err(c.suspend(&key, timeout))
                } else {
                    Ok(())
                }
            }))
        })
        .collect();

    let mark = Mark::here();
    for request in &mut requests {
        assert!(request.as_mut().now_or_never().is_none());
    }
    let suspended = mark.bytes();
    assert!(
        suspended <= 128 * REQUESTS,
        "{} bytes each",
        suspended as f64 / REQUESTS as f64
    );

    for key in 0..REQUESTS {
        assert_eq!(hub.notify(&key), 1);
    }
    for request in &mut requests {
        assert!(request.as_mut().now_or_never().is_some());
    }
    let left = mark.bytes();
    assert!(
        left <= 16 * REQUESTS,
        "{} bytes for each former one",
        left as f64 / REQUESTS as f64
    );
    println!(
        "{} bytes each, {} afterwards",
        suspended / REQUESTS,
        left as f64 / REQUESTS as f64
    );
}
