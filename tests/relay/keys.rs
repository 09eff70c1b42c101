//! Keys and actors that cross.

use dacapo::relay::memory::Bus;
use proptest::prelude::*;

use super::*;

/// Two nodes on a bus.
fn two() -> (Node, Node, Bus<String>) {
    let (here, there, mut bus) = (Node::new(), Node::new(), Bus::new());
    bus.join(&here.relay);
    bus.join(&there.relay);
    bus.carry();
    (here, there, bus)
}

#[test]
fn a_notify_wakes_here_at_once_and_there_when_its_line_arrives() {
    let (here, there, mut bus) = two();
    let (mut one, mut other) = (here.hold("lobby"), there.hold("lobby"));
    assert_eq!(here.relay.notify("lobby"), 1);
    assert!(is_answered(&mut one) && !is_answered(&mut other));
    bus.carry();
    assert!(is_answered(&mut other));
}

#[test]
fn a_notify_wakes_no_request_that_waits_for_another_key() {
    let (here, there, mut bus) = two();
    let mut held = there.hold("kitchen");
    here.relay.notify("lobby");
    bus.carry();
    assert!(!is_answered(&mut held));
}

#[test]
fn a_change_by_an_actor_is_no_change_for_it_on_the_other_node() {
    let (here, there, mut bus) = two();
    let seen = there.hub.cursor();
    here.relay.notify_by("calendar", "a tab");
    bus.carry();
    assert!(there.hub.changed("calendar", &seen));
    assert!(!there.hub.changed("calendar", &seen.clone().except("a tab")));
    assert!(there.hub.changed("calendar", &seen.except("another tab")));
}

#[test]
fn the_own_line_that_comes_back_is_dropped() {
    let (here, _there, mut bus) = two();
    let notifies = here.hub.stats().notifies;
    here.relay.notify("lobby");
    bus.carry();
    assert_eq!(here.hub.stats().notifies, notifies + 1);
    assert_eq!(here.hub.stats().relayed.heard, 1, "the beat of the other");
}

#[test]
fn a_key_that_cannot_be_parsed_is_counted_and_no_gap() {
    let (hub, _clock) = Hub::<u64>::with_mock_clock();
    let relay = Relay::new(&hub);
    for text in ["x 0 k - seven", "00000000000000aa 1 k - 7 7"] {
        relay.hear(text);
    }
    relay.hear_key(None, "seven");
    let relayed = hub.stats().relayed;
    assert_eq!((relayed.unknown_keys, relayed.heard), (3, 3));
    assert_eq!((relayed.gaps.total(), hub.stats().notifies), (0, 0));
}

#[test]
fn a_publisher_without_a_relay_is_heard_and_not_counted_on() {
    let node = Node::new();
    let mut held = node.hold("room:7");
    node.relay.hear("x 0 k - room:7\n");
    assert!(is_answered(&mut held));
    node.clock.advance(SILENCE);
    assert_eq!(
        next(&mut node.relay.outgoing()).map(|_| node.gaps()),
        Some(0)
    );
}

#[test]
fn a_key_of_a_source_without_lines_is_taken_as_it_is() {
    let node = Node::new();
    let (mut encoded, mut plain) = (node.hold("100%25"), node.hold("100%"));
    let seen = node.hub.cursor();
    node.relay.hear_key(Some("tab%207"), "100%25");
    assert!(is_answered(&mut encoded) && !is_answered(&mut plain));
    assert!(!node.hub.changed("100%25", &seen.except("tab%207")));
}

proptest! {
    #[test]
    fn any_key_and_any_actor_cross_as_they_are_in_one_line(
        key in any::<String>(),
        actor in any::<String>(),
    ) {
        let (here, there) = (Node::new(), Node::new());
        let mut lines = here.relay.outgoing();
        here.relay.notify_by(&key, &actor);
        let line = next(&mut lines).unwrap();
        prop_assert_eq!(line.lines().count(), 1);

        let seen = there.hub.cursor();
        there.relay.hear(&line);
        prop_assert!(there.hub.changed(&key, &seen));
        let is_excepted = !there.hub.changed(&key, &seen.except(actor.as_str()));
        prop_assert_eq!(is_excepted, !actor.is_empty());
    }
}
