//! While a request is suspended nothing of the handler lives: its future is dropped. What stays is
//! the request, one record and one waiter. (What that weighs is in `tests/weight.rs`.)

use std::sync::Arc;

use dacapo::Hub;
use futures::FutureExt;

use crate::LONG_POLL;

#[test]
fn the_handlers_future_is_dropped_when_it_suspends() {
    let (hub, _clock) = Hub::<u8>::manual();
    let life = Arc::new(());
    let mut request = Box::pin(hub.run(|c| {
        let local = Arc::clone(&life);
        async move {
            let outcome = if c.is_initial() {
                Err(c.suspend(&0, LONG_POLL))
            } else {
                Ok(())
            };
            drop(local);
            outcome
        }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(Arc::strong_count(&life), 1);
    hub.notify(&0);
    assert!(request.as_mut().now_or_never().is_some());
}

#[test]
fn it_is_dropped_too_when_another_pass_follows_at_once() {
    let (hub, _clock) = Hub::<u8>::manual();
    let life = Arc::new(());
    let mut request = Box::pin(hub.run(|c| {
        let local = Arc::clone(&life);
        hub.notify(&0);
        async move {
            let _local = local;
            Err::<(), _>(c.suspend(&0, LONG_POLL))
        }
    }));
    assert!(
        request.as_mut().now_or_never().is_none(),
        "the executor has its turn"
    );
    assert_eq!(Arc::strong_count(&life), 1);
}
