//! What the transport gets.

use dacapo::relay::Outgoing;

use super::*;

/// A stream after its first beat.
fn after_the_first(relay: &Relay<String>) -> Outgoing<String> {
    let mut lines = relay.outgoing();
    assert_eq!(next(&mut lines), Some(format!("{} 0 b", relay.origin())));
    assert_eq!(next(&mut lines), None);
    lines
}

/// Polls a stream that has no line now, and counts from then on how often it is woken.
fn wait_for_a_line(lines: &mut Outgoing<String>) -> impl Fn() -> usize + use<> {
    let counter = std::sync::Arc::new(support::wakers::Counter::default());
    let waker = counter.clone().into();
    assert!(support::wakers::poll(&mut lines.next(), &waker).is_pending());
    move || counter.woken()
}

#[test]
fn the_first_line_comes_at_once_and_has_the_origin() {
    let node = Node::new();
    let origin = node.relay.origin();
    let is_digit = |digit: char| matches!(digit, '0'..='9' | 'a'..='f');
    assert!(
        origin.len() == 16 && origin.chars().all(is_digit),
        "{origin}"
    );
    assert_ne!(origin, Node::new().relay.origin());
    let _ = after_the_first(&node.relay);
}

#[test]
fn lines_are_numbered_and_in_order() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    node.relay.notify("lobby");
    node.relay.notify_by("kitchen", "tab 7");
    assert_eq!(said(next(&mut lines)).unwrap(), "1 k - lobby");
    assert_eq!(said(next(&mut lines)).unwrap(), "2 k tab%207 kitchen");
    assert_eq!(next(&mut lines), None);
}

#[test]
fn a_beat_comes_exactly_a_third_of_the_silence_after_the_last_line() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    node.clock.advance(BEAT - MS);
    assert_eq!(next(&mut lines), None);
    node.relay.notify("lobby");
    assert_eq!(said(next(&mut lines)).unwrap(), "1 k - lobby");
    node.clock.advance(BEAT - MS);
    assert_eq!(next(&mut lines), None);
    node.clock.advance(MS);
    assert_eq!(said(next(&mut lines)).unwrap(), "1 b");
    assert_eq!(next(&mut lines), None);
}

#[test]
fn a_transport_that_was_away_for_long_says_one_beat() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    node.clock.advance(100 * BEAT);
    assert_eq!(said(next(&mut lines)).unwrap(), "0 b");
    assert_eq!(next(&mut lines), None);
}

#[test]
fn a_full_outbox_becomes_one_gap() {
    let hub = Hub::<String>::new();
    let relay = Relay::builder().outbox(2).build(&hub);
    for key in ["a", "b", "c", "d"] {
        relay.notify(key);
    }
    let mut lines = relay.outgoing();
    assert_eq!(said(next(&mut lines)).unwrap(), "1 g");
    relay.notify("e");
    assert_eq!(said(next(&mut lines)).unwrap(), "2 k - e");
    assert_eq!(hub.stats().relayed.overflows, 1);
}

#[test]
fn the_newest_stream_takes_over_and_the_former_one_ends() {
    let node = Node::new();
    let mut former = after_the_first(&node.relay);
    let mut newest = after_the_first(&node.relay);
    node.relay.notify("lobby");
    assert_eq!(former.next().now_or_never(), Some(None));
    drop(former);
    assert_eq!(said(next(&mut newest)).unwrap(), "1 k - lobby");
}

#[test]
fn the_former_stream_is_woken_to_end() {
    let node = Node::new();
    let mut former = after_the_first(&node.relay);
    let woken = wait_for_a_line(&mut former);
    let _newest = node.relay.outgoing();
    assert_eq!(woken(), 1);
}

#[test]
fn a_dropped_stream_loses_no_line() {
    let node = Node::new();
    let lines = after_the_first(&node.relay);
    node.relay.notify("lobby");
    drop(lines);
    assert_eq!(
        said(next(&mut node.relay.outgoing())).unwrap(),
        "1 k - lobby"
    );
}

#[test]
fn a_dropped_stream_leaves_no_waker_behind() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    let counter = std::sync::Arc::new(support::wakers::Counter::default());
    let waker = counter.clone().into();
    assert!(support::wakers::poll(&mut lines.next(), &waker).is_pending());
    drop((lines, waker));
    assert_eq!(std::sync::Arc::strong_count(&counter), 1);
}

#[test]
fn a_former_stream_does_not_take_the_waker_of_the_newest_with_it() {
    let node = Node::new();
    let former = after_the_first(&node.relay);
    let mut newest = after_the_first(&node.relay);
    let woken = wait_for_a_line(&mut newest);
    drop(former);
    node.relay.notify("lobby");
    assert_eq!(woken(), 1);
}

#[test]
fn what_is_notified_after_leave_is_said_until_the_end_is() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    node.relay.leave();
    node.relay.notify("lobby");
    assert_eq!(said(next(&mut lines)).unwrap(), "1 k - lobby");
    assert_eq!(said(next(&mut lines)).unwrap(), "1 e");
    node.relay.notify("lobby");
    assert_eq!(lines.next().now_or_never(), Some(None));
}

#[test]
fn after_leave_the_rest_is_said_and_then_the_end() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    node.relay.notify("lobby");
    node.relay.leave();
    node.relay.leave();
    assert_eq!(said(next(&mut lines)).unwrap(), "1 k - lobby");
    assert_eq!(said(next(&mut lines)).unwrap(), "1 e");
    for _ in 0..2 {
        assert_eq!(lines.next().now_or_never(), Some(None));
    }
    assert_eq!(node.relay.notify("lobby"), 0);
    assert_eq!(node.relay.outgoing().next().now_or_never(), Some(None));
}

#[test]
fn a_hub_that_is_shut_down_goes_on_to_say_what_is_notified_and_its_beats() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    node.hub.shutdown();
    assert_eq!(next(&mut lines), None);
    node.relay.notify("lobby");
    assert_eq!(said(next(&mut lines)).unwrap(), "1 k - lobby");
    let woken = wait_for_a_line(&mut lines);
    node.clock.advance(BEAT - MS);
    assert_eq!(woken(), 0);
    node.clock.advance(MS);
    assert_eq!(woken(), 1);
    assert_eq!(said(next(&mut lines)).unwrap(), "1 b");
    node.relay.leave();
    assert_eq!(said(next(&mut lines)).unwrap(), "1 e");
}

#[test]
fn a_shutdown_does_not_wake_the_transport() {
    let node = Node::new();
    let mut lines = after_the_first(&node.relay);
    let woken = wait_for_a_line(&mut lines);
    assert_eq!(node.hub.shutdown(), 0);
    assert_eq!(woken(), 0);
}

#[test]
fn a_node_that_drains_for_longer_than_the_silence_is_no_gap_for_the_others() {
    let [leaving, other] = [(); 2].map(|()| Node::new());
    let mut lines = leaving.relay.outgoing();
    leaving.relay.notify("lobby");
    // A transport: it publishes what there is, then it waits, and is polled again when it is woken.
    let mut carry = || {
        std::iter::from_fn(|| next(&mut lines)).for_each(|line| other.relay.hear(&line));
        wait_for_a_line(&mut lines)
    };
    let mut woken = carry();
    let _held = leaving.hold("lobby");
    leaving.hub.shutdown_within(2 * SILENCE);
    for _ in 0..2 * SILENCE.as_secs() {
        for node in [&leaving, &other] {
            node.clock.advance(Duration::from_secs(1));
        }
        if woken() > 0 {
            woken = carry();
        }
    }
    leaving.relay.leave();
    other.relay.hear(&next(&mut lines).unwrap());
    other.clock.advance(2 * SILENCE);
    other.relay.hear("x 0 b");
    assert_eq!(other.gaps(), 0);
}

#[test]
fn the_shortest_silence_has_a_beat_for_each_tick() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let relay = Relay::builder().silence(Duration::ZERO).build(&hub);
    let mut lines = after_the_first(&relay);
    clock.advance(MS);
    assert!(next(&mut lines).is_some() && next(&mut lines).is_none());
}

#[test]
fn the_longest_silence_has_no_beat() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let relay = Relay::builder().silence(EVER).build(&hub);
    let mut lines = after_the_first(&relay);
    clock.advance(Duration::from_secs(1 << 30));
    assert_eq!(next(&mut lines), None);
}
