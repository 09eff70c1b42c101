//! What the operator sees.

use super::*;

#[test]
fn a_relay_that_has_done_nothing_says_so() {
    let relayed = Node::new().hub.stats().relayed;
    assert_eq!((relayed.up, relayed.downs, relayed.heard), (0, 0, 0));
    assert_eq!((relayed.gaps.total(), relayed.since_last_line), (0, None));
}

#[test]
fn the_ways_that_are_up_are_counted_as_they_come_and_go() {
    let node = Node::new();
    let second = Relay::new(&node.hub);
    let ways = || {
        let relayed = node.hub.stats().relayed;
        (relayed.up, relayed.downs)
    };
    node.relay.up();
    node.relay.up();
    second.up();
    assert_eq!(ways(), (2, 0));
    node.relay.down();
    node.relay.down();
    assert_eq!(ways(), (1, 1));
    second.leave();
    second.down();
    second.up();
    assert_eq!(ways(), (0, 1), "it has left");
}

#[test]
fn a_way_that_cannot_be_opened_is_down_once() {
    let node = Node::new();
    node.relay.down();
    node.relay.down();
    let relayed = node.hub.stats().relayed;
    assert_eq!((relayed.up, relayed.downs), (0, 1));
}

#[test]
fn a_relay_that_is_dropped_without_leaving_is_down() {
    let node = Node::new();
    node.relay.up();
    let hub = node.hub.clone();
    drop(node);
    let relayed = hub.stats().relayed;
    assert_eq!((relayed.up, relayed.downs), (0, 1));
}

#[test]
fn the_time_since_the_last_line_counts_the_relays_own_lines_too() {
    let node = Node::new();
    let since = || node.hub.stats().relayed.since_last_line;
    node.clock.advance(MS);
    node.relay.hear(&line("0 b"));
    node.clock.advance(BEAT);
    assert_eq!(since(), Some(BEAT));
    let own = next(&mut node.relay.outgoing()).unwrap();
    node.relay.hear(&own);
    assert_eq!(since(), Some(Duration::ZERO));
    assert_eq!(node.hub.stats().relayed.heard, 1);
    node.clock.advance(BEAT);
    node.relay.hear_key(None, "lobby");
    assert_eq!(since(), Some(Duration::ZERO));
}
