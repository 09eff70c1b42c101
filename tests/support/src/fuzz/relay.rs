//! A relay that hears any text, and what must be true of what it says and counts.

use std::time::Duration;

use dacapo::relay::Outgoing;
use dacapo::stats::Relayed;
use dacapo::{Hub, MockClock, Relay};
use futures::{FutureExt, StreamExt};

use super::reader::Reader;

/// Each line must be heard, or be unreadable and a gap. Another relay must be able to read what the relay says, without
/// a gap unless the relay announces it.
pub fn relay(data: &[u8]) {
    let mut reader = Reader::new(data);
    let mut node = Node::new();
    let steps = reader.rest(Step::read);
    steps.into_iter().for_each(|step| node.take(step));
    node.end();
}

enum Step {
    Hear(Vec<Piece>),
    HearKey(String),
    Notify(u8, Option<String>),
    Publish,
    Pass(Duration),
    Up,
    Down,
    Gap,
    NewStream,
}

/// A part of a line.
enum Piece {
    Text(&'static str),
    Any(String),
    Origin,
}

impl Step {
    fn read(reader: &mut Reader<'_>) -> Self {
        match reader.below(12) {
            0..=3 => Self::Hear(reader.list(10, Piece::read)),
            4 => Self::HearKey(any_text(reader)),
            5 => Self::Notify(reader.byte(), Some(any_text(reader))),
            6 => Self::Notify(reader.byte(), None),
            7 => Self::Publish,
            8 => Self::Pass(Duration::from_millis(reader.number())),
            9 => Self::Up,
            10 => match reader.below(2) {
                0 => Self::Down,
                _ => Self::Gap,
            },
            _ => Self::NewStream,
        }
    }
}

impl Piece {
    fn read(reader: &mut Reader<'_>) -> Self {
        match reader.below(8) {
            0 => Self::Any(any_text(reader)),
            1 => Self::Origin,
            _ => Self::Text(reader.one_of(TEXTS)),
        }
    }
}

const TEXTS: &[&str] = &[
    " ",
    "00000000000000aa ",
    "00000000000000bb ",
    "x ",
    "0 ",
    "1 ",
    "7 ",
    "18446744073709551615 ",
    "k ",
    "g",
    "b",
    "e",
    "- ",
    "%",
    "%0A",
    "\n",
    "7",
    "x 0 k - 7",
    "00000000000000aa 1 b",
    "00000000000000aa 1 k - 7",
];

fn any_text(reader: &mut Reader<'_>) -> String {
    String::from_utf8_lossy(reader.bytes(20)).into_owned()
}

/// A relay, and another one that hears all it says.
struct Node {
    hub: Hub<u8>,
    relay: Relay<u8>,
    clock: MockClock,
    lines: Outgoing<u8>,
    other: Relay<u8>,
    announced: u64,
}

impl Node {
    fn new() -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let relay = Relay::builder()
            .outbox(4)
            .silence(Duration::from_millis(300))
            .build(&hub);
        Self {
            lines: relay.outgoing(),
            hub,
            relay,
            clock,
            other: Relay::new(&Hub::with_mock_clock().0),
            announced: 0,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Hear(pieces) => self.hear(&pieces),
            Step::HearKey(key) => self.relay.hear_key(Some("an actor"), &key),
            Step::Notify(key, Some(actor)) => _ = self.relay.notify_by(&key, &actor),
            Step::Notify(key, None) => _ = self.relay.notify(&key),
            Step::Publish => _ = self.publish(),
            Step::Pass(time) => _ = self.clock.advance(time),
            Step::Up => self.relay.up(),
            Step::Down => self.relay.down(),
            Step::Gap => self.relay.gap(),
            Step::NewStream => self.lines = self.relay.outgoing(),
        }
    }

    fn hear(&self, pieces: &[Piece]) {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Any(text) => text.clone(),
            Piece::Origin => format!("{} ", self.relay.origin()),
        };
        let line: String = pieces.iter().map(text).collect();
        let before = self.relayed();
        self.relay.hear(&line);
        let after = self.relayed();
        let heard = after.heard - before.heard;
        let unreadable = after.unreadable - before.unreadable;
        let is_own = line.starts_with(self.relay.origin());
        assert!(heard + unreadable == 1 || is_own && heard == 0, "{line:?}");
        let gaps = after.gaps.unreadable - before.gaps.unreadable;
        assert_eq!(gaps, unreadable, "{line:?}");
        assert_eq!(after.since_last_line, Some(Duration::ZERO));
    }

    fn relayed(&self) -> Relayed {
        self.hub.stats().relayed
    }

    /// Takes all that the relay has to say, and returns how many lines there were.
    fn publish(&mut self) -> usize {
        let mut lines = 0;
        while let Some(Some(line)) = self.lines.next().now_or_never() {
            assert_eq!(line.lines().count(), 1, "{line:?}");
            assert!(line.starts_with(self.relay.origin()), "{line:?}");
            self.announced += u64::from(line.ends_with(" g"));
            self.other.hear(&line);
            lines += 1;
        }
        lines
    }

    fn end(mut self) {
        self.relay.leave();
        assert!(self.publish() > 0, "it has not said the end");
        assert_eq!(self.lines.next().now_or_never(), Some(None));
        let other = self.other.hub().stats().relayed;
        assert_eq!((other.unreadable, other.unknown_keys), (0, 0));
        assert_eq!(other.gaps.total(), other.gaps.announced);
        assert_eq!(other.gaps.announced, self.announced);
        assert!(self.relayed().up == 0 && self.announced <= self.relayed().overflows);
    }
}
