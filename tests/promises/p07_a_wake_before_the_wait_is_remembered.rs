//! A `resume` while the handler still runs takes effect when it returns.

use std::cell::RefCell;
use std::pin::pin;

use dacapo::{Dispatch, Hub};
use futures::FutureExt;
use futures::channel::oneshot;

use crate::LONG_POLL;

#[test]
fn a_resume_during_the_pass_ends_the_wait_as_it_begins() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            let handle = c.handle();
            assert!(handle.resume());
            assert!(!handle.resume(), "it has been resumed already");
            assert!(!hub.resume(handle.id()), "in every way");
            return Err(c.suspend(&0, LONG_POLL));
        }
        Ok(c.dispatch())
    }));
    assert_eq!(
        request.as_mut().now_or_never(),
        None,
        "the executor has its turn"
    );
    assert_eq!(
        (hub.notify(&0), hub.suspended_count()),
        (0, 0),
        "it does not wait"
    );
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
    assert_eq!(clock.advance(LONG_POLL), 0);
}

#[test]
fn it_comes_before_a_notify_and_before_a_timeout_of_zero() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            c.handle().resume();
            return Err(c.suspend(&0, std::time::Duration::ZERO));
        }
        Ok(c.dispatch())
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(request.now_or_never(), Some(Ok(Dispatch::Resumed.into())));
}

#[test]
fn it_is_remembered_while_the_handler_awaits_something_else() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (handle, gate) = (RefCell::new(None), RefCell::new(None));
    let mut request = pin!(hub.run(|c| {
        let (open, opened) = oneshot::channel::<()>();
        handle.replace(Some(c.handle()));
        gate.replace(Some(open));
        async move {
            if c.is_resumed() {
                return Ok(c.pass());
            }
            opened.await.ok();
            Err(c.suspend_for(LONG_POLL))
        }
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert!(handle.take().unwrap().resume());
    assert_eq!(
        request.as_mut().now_or_never(),
        None,
        "the handler is not disturbed"
    );
    gate.take().unwrap().send(()).unwrap();
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(request.now_or_never(), Some(Ok(2.into())));
}

#[test]
fn it_is_good_for_one_wait() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = pin!(hub.run(async |c| {
        if c.is_initial() {
            c.handle().resume();
        }
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    }));
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(request.as_mut().now_or_never(), None);
    assert_eq!(hub.suspended_count(), 1, "the second wait lasts");
}
