//! A system that has no thread for the timer. A wait with an end is refused, because nothing would end it. Everything
//! that needs no timer still works.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures::FutureExt;

use crate::sync::no_threads;
use crate::{Continuation, Dispatch, Error, Hub, Outcome};

const LONG_POLL: Duration = Duration::from_secs(30);

/// The system has no threads while this exists.
struct NoThreads;

impl NoThreads {
    fn begins() -> Self {
        no_threads::set(true);
        Self
    }
}

impl Drop for NoThreads {
    fn drop(&mut self) {
        no_threads::set(false);
    }
}

async fn wait(c: Continuation<u8>) -> Outcome<Dispatch> {
    match c.dispatch() {
        Dispatch::Initial => Err(c.suspend(&0, LONG_POLL)),
        later => Ok(later),
    }
}

async fn wait_without_end(c: Continuation<u8>) -> Outcome<Dispatch> {
    match c.dispatch() {
        Dispatch::Initial => Err(c.suspend(&0, Duration::MAX)),
        later => Ok(later),
    }
}

#[test]
fn a_wait_with_an_end_is_refused_and_leaves_nothing_behind() {
    let hub = Hub::<u8>::new();
    let no_threads = NoThreads::begins();
    let refused = hub.run(wait).now_or_never();
    assert!(
        matches!(refused, Some(Err(Error::NoTimer(_)))),
        "{refused:?}"
    );
    hub.shared().check_empty();
    assert_eq!(hub.stats().refused.no_timer, 1);

    drop(no_threads);
    assert_eq!(hub.run(wait).now_or_never(), None, "there is one again");
}

#[test]
fn a_wait_without_an_end_is_held_and_cannot_be_given_one() {
    let hub = Hub::<u8>::builder().max_hold(Duration::MAX).build();
    let _no_threads = NoThreads::begins();
    let (tell, told) = std::sync::mpsc::channel();
    let mut held = pin!(hub.run(|c| {
        tell.send(c.handle()).unwrap();
        wait_without_end(c)
    }));
    assert_eq!(held.as_mut().now_or_never(), None);
    assert!(!told.recv().unwrap().set_timeout(LONG_POLL));
    assert_eq!(hub.notify(&0), 1);
    assert_eq!(held.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

/// Counts how many times it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn without_threads_paced_work_is_done_at_once() {
    type Slowly = fn(&Hub<u8>) -> usize;
    let slowly: [Slowly; 3] = [
        |hub| hub.notify(&0),
        |hub| hub.notify_every_key(LONG_POLL),
        |hub| hub.shutdown_within(LONG_POLL),
    ];
    for end in slowly {
        let hub = Hub::<u8>::builder()
            .max_hold(Duration::MAX)
            .max_wakes_per_tick(1)
            .build();
        let _no_threads = NoThreads::begins();
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut held: Vec<_> = (0..3)
            .map(|_| Box::pin(hub.run(wait_without_end)))
            .collect();
        for request in &mut held {
            let polled = request.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        assert_eq!((end(&hub), bell.0.load(Ordering::Relaxed)), (3, 3));
    }
}
