//! The transport for tests.

use dacapo::relay::memory::{Bus, Fate};

use super::*;

/// What the other node hears of three notifies, if the lines have this fate and later ones arrive.
fn heard(fate: Fate) -> (usize, usize, u64) {
    let (here, there) = (Node::new(), Node::new());
    let mut bus = Bus::new();
    assert_eq!((bus.join(&here.relay), bus.join(&there.relay)), (0, 1));
    assert_eq!(bus.carry(), 4, "the first line of each, on each way");
    let before = there.hub.stats().relayed.heard;
    for key in ["a", "b", "c"] {
        here.relay.notify(key);
    }
    let now = bus.carry_with(|passage| {
        assert_eq!(passage.from, 0);
        assert!(passage.line.starts_with(here.relay.origin()));
        match passage.to {
            0 => Fate::Lost,
            _ => fate,
        }
    });
    let later = bus.carry();
    (now, later, there.hub.stats().relayed.heard - before)
}

#[test]
fn a_line_arrives_once_or_twice_or_later_or_not() {
    assert_eq!(heard(Fate::Heard), (3, 0, 3));
    assert_eq!(heard(Fate::Repeated), (6, 0, 6));
    assert_eq!(heard(Fate::Late), (0, 3, 3));
    assert_eq!(heard(Fate::Lost), (0, 0, 0));
}

#[test]
fn a_late_line_arrives_after_later_ones() {
    let (here, there) = (Node::new(), Node::new());
    let mut bus = Bus::new();
    bus.join(&here.relay);
    bus.join(&there.relay);
    bus.carry();
    here.relay.notify("a");
    bus.carry_with(|_| Fate::Late);
    here.relay.notify("b");
    bus.carry();
    let relayed = there.hub.stats().relayed;
    assert_eq!((relayed.gaps.lost, there.hub.stats().notifies), (1, 4));
}
