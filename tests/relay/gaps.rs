//! What is lost is a gap, whatever has lost it.

use super::*;

/// A node that has heard of another one, and a request that waits for a key.
fn listening() -> (Node, Held) {
    let node = Node::new();
    node.relay.hear(&line("0 b"));
    assert_eq!(node.gaps(), 0);
    let held = node.hold("lobby");
    (node, held)
}

#[test]
fn every_connection_is_a_gap_and_so_is_the_first() {
    let (node, mut held) = listening();
    node.relay.up();
    assert!(is_answered(&mut held));
    node.relay.down();
    node.relay.up();
    assert_eq!(node.hub.stats().relayed.gaps.connected, 2);
}

#[test]
fn a_gap_wakes_the_first_request_at_once_and_all_within_the_spread() {
    let node = Node::new();
    let mut held: Vec<_> = (0..4).map(|_| node.hold("lobby")).collect();
    node.relay.gap();
    held.retain_mut(|held| !is_answered(held));
    assert_eq!(held.len(), 3);
    node.clock.advance(SPREAD - MS);
    held.retain_mut(|held| !is_answered(held));
    assert_eq!(held.len(), 0);
}

#[test]
fn after_a_gap_every_cursor_is_behind() {
    let node = Node::new();
    let seen = node.hub.cursor();
    node.relay.gap();
    assert!(node.hub.changed("lobby", &seen));
}

#[test]
fn a_lost_line_is_found_by_the_number_of_the_next() {
    let (node, mut held) = listening();
    node.relay.hear(&line("1 k - kitchen"));
    assert!(!is_answered(&mut held));
    node.relay.hear(&line("3 k - kitchen"));
    assert!(is_answered(&mut held));
    assert_eq!(node.hub.stats().relayed.gaps.lost, 1);
}

#[test]
fn a_lost_line_is_found_by_a_beat_if_it_was_the_last() {
    let (node, mut held) = listening();
    node.relay.hear(&line("1 b"));
    assert!(is_answered(&mut held));
}

#[test]
fn what_comes_twice_or_late_is_no_gap() {
    let (node, mut held) = listening();
    for text in ["1 k - kitchen", "1 k - kitchen", "2 k - kitchen", "0 b"] {
        node.relay.hear(&line(text));
    }
    assert!(!is_answered(&mut held));
    assert_eq!(node.gaps(), 0);
}

#[test]
fn a_node_that_is_heard_for_the_first_time_has_said_nothing_before_or_it_is_a_gap() {
    for (text, gaps) in [
        ("0 b", 0),
        ("1 k - lobby", 0),
        ("1 b", 1),
        ("2 k - lobby", 1),
    ] {
        let node = Node::new();
        node.relay.hear(&line(text));
        assert_eq!(node.gaps(), gaps, "{text}");
    }
}

#[test]
fn a_node_that_falls_silent_is_a_gap_exactly_after_the_silence() {
    let (node, mut held) = listening();
    let mut lines = node.relay.outgoing();
    while next(&mut lines).is_some() {}
    let mut wait = |time| {
        node.clock.advance(time);
        while next(&mut lines).is_some() {}
        is_answered(&mut held)
    };
    assert!(!wait(SILENCE - MS));
    assert!(wait(MS), "although no line has come");
    assert_eq!(node.hub.stats().relayed.gaps.silent, 1);
}

#[test]
fn the_time_of_the_hub_wakes_the_transport_for_a_silence() {
    let (node, _held) = listening();
    let mut lines = node.relay.outgoing();
    node.clock.advance(SILENCE - BEAT + MS);
    assert!(
        next(&mut lines).is_some(),
        "and the next beat is after the silence"
    );
    let counter = std::sync::Arc::new(support::wakers::Counter::default());
    let waker = counter.clone().into();
    let mut line = lines.next();
    assert!(support::wakers::poll(&mut line, &waker).is_pending());
    node.clock.advance(BEAT - 2 * MS);
    assert_eq!(counter.woken(), 0);
    node.clock.advance(MS);
    assert_eq!(counter.woken(), 1);
    assert!(support::wakers::poll(&mut line, &waker).is_pending());
    assert_eq!(node.hub.stats().relayed.gaps.silent, 1);
}

/// Hears the first beats of two nodes after an outage of the broker.
fn after_an_outage() -> (Node, u64) {
    let node = Node::new();
    let others = ["00000000000000aa 0 b", "00000000000000bb 0 b"];
    node.relay.up();
    others.iter().for_each(|line| node.relay.hear(line));
    let gaps = node.gaps();
    node.relay.down();
    let mut lines = node.relay.outgoing();
    for _ in 0..20 {
        node.clock.advance(Duration::from_secs(1));
        while next(&mut lines).is_some() {}
    }
    let mut probe = node.relay.outgoing();
    node.relay.hear(&next(&mut probe).unwrap());
    node.relay.up();
    others.iter().for_each(|line| node.relay.hear(line));
    let gaps = node.gaps() - gaps;
    (node, gaps)
}

#[test]
fn an_outage_that_is_longer_than_the_silence_is_one_gap() {
    assert_eq!(after_an_outage().1, 1);
}

#[test]
fn what_was_lost_in_an_outage_is_found_by_its_number() {
    let (node, _) = after_an_outage();
    node.relay.hear(&line("2 k - kitchen"));
    assert_eq!(node.hub.stats().relayed.gaps.lost, 1);
}

#[test]
fn a_node_that_has_vanished_in_an_outage_is_silent_after_it() {
    let node = Node::new();
    node.relay.up();
    node.relay.hear(&line("0 b"));
    node.relay.down();
    node.clock.advance(SILENCE);
    node.relay.up();
    let silent = |time| {
        node.clock.advance(time);
        node.relay.hear("x 0 b");
        node.hub.stats().relayed.gaps.silent
    };
    assert_eq!(silent(SILENCE - MS), 0);
    assert_eq!(silent(MS), 1);
}

#[test]
fn any_line_finds_the_silence_of_another_node() {
    let (node, mut held) = listening();
    node.clock.advance(SILENCE);
    node.relay.hear("x 0 k - kitchen");
    assert!(is_answered(&mut held));
}

#[test]
fn a_node_that_has_left_may_be_silent() {
    let (node, mut held) = listening();
    node.relay.hear(&line("0 e"));
    node.clock.advance(2 * SILENCE);
    node.relay.hear("x 0 k - kitchen");
    assert!(!is_answered(&mut held));
}

#[test]
fn the_last_lines_may_come_twice_or_late() {
    let (node, mut held) = listening();
    for text in ["1 k - kitchen", "1 e", "1 e", "1 k - kitchen", "0 b"] {
        node.relay.hear(&line(text));
    }
    node.clock.advance(SILENCE - MS);
    node.relay.hear(&line("1 e"));
    node.clock.advance(2 * SILENCE);
    node.relay.hear("x 0 k - kitchen");
    assert_eq!((node.gaps(), is_answered(&mut held)), (0, false));
}

#[test]
fn nodes_that_have_left_are_the_first_to_be_forgotten() {
    let node = Node::new();
    for name in 0..5000 {
        node.relay.hear(&format!("{name:016x} 0 b"));
        node.relay.hear(&format!("{name:016x} 0 e"));
    }
    assert_eq!(node.gaps(), 0);
}

#[test]
fn a_node_that_has_left_after_a_lost_line_is_a_gap() {
    let (node, mut held) = listening();
    node.relay.hear(&line("1 e"));
    assert!(is_answered(&mut held));
}

#[test]
fn a_gap_that_another_node_announces_is_one() {
    let (node, mut held) = listening();
    node.relay.hear(&line("1 g"));
    assert!(is_answered(&mut held));
    node.relay.hear("x 0 g");
    assert_eq!(node.hub.stats().relayed.gaps.announced, 2);
}

#[test]
fn what_cannot_be_read_is_counted_and_a_gap() {
    for text in ["", "nonsense", "x 0 z", "00000000000000aa 1 k", "x 0 k - %"] {
        let (node, mut held) = listening();
        node.relay.hear(text);
        assert!(is_answered(&mut held), "{text:?}");
        let relayed = node.hub.stats().relayed;
        assert_eq!((relayed.unreadable, relayed.gaps.unreadable), (1, 1));
    }
}

#[test]
fn a_flood_of_names_is_forgotten_and_each_forgotten_one_is_a_gap() {
    let node = Node::new();
    for name in 0..5000 {
        node.relay.hear(&format!("{name:016x} 0 b"));
    }
    assert_eq!(node.hub.stats().relayed.gaps.silent, 5000 - 1024);
}
