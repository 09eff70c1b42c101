//! A cache that is filled after the commit, and when to notify.

use std::pin::pin;
use std::sync::Mutex;

use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;

use crate::HOLD;

/// The state that passes read.
#[derive(Default)]
struct Cache(Mutex<Option<&'static str>>);

impl Cache {
    fn fill(&self, price: &'static str) {
        *self.0.lock().unwrap() = Some(price);
    }

    async fn look(&self, c: Continuation<String>) -> Outcome<&'static str> {
        let cached = *self.0.lock().unwrap();
        match cached {
            Some(price) => Ok(price),
            None if c.is_expired() => Ok("not yet"),
            None => Err(c.suspend("tea", HOLD)),
        }
    }
}

#[test]
fn a_notify_before_the_cache_is_filled_leaves_the_request_held_until_the_next_one() {
    let ((hub, _clock), cache) = (Hub::<String>::with_mock_clock(), Cache::default());
    let mut request = pin!(hub.run(|c| cache.look(c)));
    assert!(request.as_mut().now_or_never().is_none());

    assert_eq!(hub.notify("tea"), 1); // the trap: there is nothing to see yet
    assert!(request.as_mut().now_or_never().is_none());
    cache.fill("3.50");
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 1);

    hub.notify("tea");
    assert_eq!(request.now_or_never(), Some(Ok("3.50".into())));
}

#[test]
fn without_a_next_one_it_is_held_until_its_time_is_up() {
    let ((hub, clock), cache) = (Hub::<String>::with_mock_clock(), Cache::default());
    let mut request = pin!(hub.run(|c| cache.look(c)));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify("tea");
    assert!(request.as_mut().now_or_never().is_none());
    cache.fill("3.50");

    assert_eq!(clock.advance(HOLD), 1);
    assert_eq!(request.now_or_never(), Some(Ok("3.50".into())));
}

#[test]
fn a_notify_after_it_is_filled_answers_at_once() {
    let ((hub, _clock), cache) = (Hub::<String>::with_mock_clock(), Cache::default());
    let mut request = pin!(hub.run(|c| cache.look(c)));
    assert!(request.as_mut().now_or_never().is_none());
    cache.fill("3.50");
    hub.notify("tea");
    assert_eq!(request.now_or_never(), Some(Ok("3.50".into())));
}
