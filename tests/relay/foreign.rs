//! Foreign code around a relay: wakers, destructors, and the text of keys.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::wakers::{on_drop, on_wake, poll};

use super::*;

#[test]
fn the_transport_is_woken_by_a_notify_and_may_notify_in_its_waker() {
    let node = Node::new();
    let mut lines = node.relay.outgoing();
    assert!(next(&mut lines).is_some());
    let woken = Arc::new(AtomicUsize::new(0));
    let waker = {
        let (relay, woken) = (node.relay.clone(), Arc::clone(&woken));
        on_wake(move || {
            if woken.fetch_add(1, Ordering::Relaxed) == 0 {
                relay.notify("from a waker");
            }
        })
    };
    assert!(poll(&mut lines.next(), &waker).is_pending());
    node.relay.notify("lobby");
    assert_eq!(woken.load(Ordering::Relaxed), 1);
    assert_eq!(said(next(&mut lines)).unwrap(), "1 k - lobby");
    assert_eq!(said(next(&mut lines)).unwrap(), "2 k - from a waker");
}

#[test]
fn a_waker_of_the_transport_may_notify_as_it_is_dropped() {
    let node = Node::new();
    let mut lines = node.relay.outgoing();
    assert!(next(&mut lines).is_some());
    let relay = node.relay.clone();
    let waker = on_drop(move || _ = relay.notify("from a destructor"));
    assert!(poll(&mut lines.next(), &waker).is_pending());
    drop(waker);
    assert_eq!(next(&mut lines), None, "this poll drops the former waker");
    assert_eq!(said(next(&mut lines)).unwrap(), "1 k - from a destructor");
}

#[test]
fn a_notify_whose_waker_panics_is_still_said() {
    let node = Node::new();
    let mut held = node.hold("lobby");
    assert!(poll(&mut held, &on_wake(|| panic!("a waker"))).is_pending());
    let notified = catch_unwind(AssertUnwindSafe(|| node.relay.notify("lobby")));
    assert!(notified.is_err());
    assert_eq!(
        said(next(&mut node.relay.outgoing())).unwrap(),
        "1 k - lobby"
    );
}

#[test]
fn a_waker_that_panics_when_a_line_is_heard_does_not_reach_the_transport() {
    for text in ["1 k - lobby", "1 g"] {
        let node = Node::new();
        let mut held = node.hold("lobby");
        assert!(poll(&mut held, &on_wake(|| panic!("a waker"))).is_pending());
        node.relay.hear(&line(text));
        assert_eq!(node.hub.stats().panics, 1);
    }
}

#[test]
fn a_waker_of_the_transport_that_panics_does_not_reach_the_notify() {
    let node = Node::new();
    let mut lines = node.relay.outgoing();
    assert!(next(&mut lines).is_some());
    assert!(poll(&mut lines.next(), &on_wake(|| panic!("a waker"))).is_pending());
    assert_eq!(node.relay.notify("lobby"), 0);
    assert_eq!(node.hub.stats().panics, 1);
}

#[test]
fn a_relay_and_its_stream_may_be_sent_to_other_threads() {
    fn is_free<T: Send + Sync + Unpin + 'static>(_: &T) {}
    // The key need not be.
    let relay = Relay::<*const u8>::new(&Hub::new());
    is_free(&relay);
    is_free(&relay.outgoing());
}
