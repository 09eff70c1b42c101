//! A mailbox beside a plain list of all pushes.

use std::time::Duration;

use dacapo::mailbox::{Mailbox, Position, Read};
use dacapo::{Hub, MockClock};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

const LEN: usize = 5;
const AGE: Duration = Duration::from_secs(10);
const BYTES_PER_KEY: usize = 20;
const KEYS: u8 = 6;
const READERS: usize = 4;

#[derive(Debug, Clone)]
enum Step {
    Push { key: u8, bytes: usize },
    Pass(Duration),
    Read { reader: usize, limit: usize },
    Forget { key: u8, reader: usize },
}

/// An item of the list of all pushes. Its id is its place in the list and one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pushed {
    id: usize,
    key: u8,
    bytes: usize,
    at: Duration,
}

/// A client, with a set of keys that never changes.
#[derive(Debug)]
struct Reader {
    keys: Vec<u8>,
    position: Position,
    /// The same position as a place in the list. `None` if it has read nothing.
    place: Option<usize>,
}

/// A mailbox, and what is known of it.
struct World {
    mailbox: Mailbox<u8, Pushed>,
    clock: MockClock,
    all: Vec<Pushed>,
    /// Up to which place the items of each key were forgotten.
    forgotten: [usize; KEYS as usize],
    readers: Vec<Reader>,
    /// Whether limits for all keys together come first, so that it is not known which keys are there.
    is_small: bool,
}

impl World {
    fn new(keys: Vec<Vec<u8>>, is_small: bool) -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let builder = Mailbox::builder(&hub)
            .max_len(LEN)
            .max_age(AGE)
            .max_bytes_per_key(BYTES_PER_KEY)
            .weigh(|item: &Pushed| item.bytes);
        let builder = match is_small {
            true => builder.max_keys(3).max_bytes(40),
            false => builder,
        };
        let reader = |keys| Reader {
            keys,
            position: Position::default(),
            place: None,
        };
        Self {
            mailbox: builder.build(),
            clock,
            all: Vec::new(),
            forgotten: [0; KEYS as usize],
            readers: keys.into_iter().map(reader).collect(),
            is_small,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Push { key, bytes } => self.push(key, bytes),
            Step::Pass(time) => _ = self.clock.advance(time),
            Step::Read { reader, limit } => self.read(reader, limit),
            Step::Forget { key, reader } => {
                let Reader {
                    position, place, ..
                } = &self.readers[reader];
                self.mailbox.forget_before(&key, position);
                let forgotten = &mut self.forgotten[usize::from(key)];
                *forgotten = (*forgotten).max(place.unwrap_or(0));
            }
        }
    }

    fn push(&mut self, key: u8, bytes: usize) {
        let (id, at) = (self.all.len() + 1, self.clock.now());
        let item = Pushed { id, key, bytes, at };
        match self.mailbox.push(&key, item) {
            Ok(_) => self.all.push(item),
            Err(error) => assert_eq!((error.into_item(), bytes > BYTES_PER_KEY), (item, true)),
        }
        if self.is_small {
            let (keys, bytes) = size(&self.mailbox);
            assert!(keys <= 3 && bytes <= 40, "{keys} keys, {bytes} bytes");
        }
    }

    fn read(&mut self, reader: usize, limit: usize) {
        let Reader {
            keys,
            position,
            place,
        } = &self.readers[reader];
        let read = self.mailbox.read(keys, position, limit);
        let (is_gap, batch) = match read {
            Read::Batch(batch) => (false, batch),
            Read::Gap(batch) => (true, batch),
        };
        let items: Vec<_> = batch.items.iter().map(|item| **item).collect();
        let after = place.unwrap_or(0);
        let next = match batch.has_more {
            true => items.last().unwrap().id,
            false => self.all.len(),
        };
        let within =
            |item: &&Pushed| after < item.id && item.id <= next && keys.contains(&item.key);
        let pushed: Vec<_> = self.all.iter().filter(within).copied().collect();
        let kept: Vec<_> = pushed
            .iter()
            .filter(|item| self.is_kept(item))
            .copied()
            .collect();

        assert!(items.len() <= limit && (!batch.has_more || items.len() == limit));
        assert!(
            items.iter().all(|item| kept.contains(item)),
            "{items:?} of {kept:?}"
        );
        match (self.is_small, is_gap) {
            // It may have thrown away whole keys.
            (true, true) => {
                assert!(items.is_sorted_by_key(|item| item.id));
                let is_behind = place.is_some_and(|place| self.has_lost_something_after(place));
                assert!(is_behind, "a gap, and nothing is missing");
            }
            (true, false) if place.is_none() => {}
            (true, false) => assert_eq!(items, pushed, "nothing is missing in silence"),
            (false, _) => {
                let is_complete = |key: &u8| self.missing_after(after, *key).is_none();
                assert_eq!(items, kept);
                match place.is_some() && !keys.iter().all(is_complete) {
                    true => assert!(is_gap),
                    // Another key may have been thrown away since, as all of it was too old.
                    false => assert!(!is_gap || place.is_some_and(|place| self.is_old(place))),
                }
            }
        }
        let reader = &mut self.readers[reader];
        (reader.position, reader.place) = (batch.next, Some(next));
    }

    /// An item of a key after this place that is gone.
    fn missing_after(&self, place: usize, key: u8) -> Option<&Pushed> {
        let mut items = self.all[place..].iter().filter(|item| item.key == key);
        items.find(|item| !self.is_kept(item))
    }

    /// Whether an item after this place is no longer kept, whatever its key.
    fn has_lost_something_after(&self, place: usize) -> bool {
        let keys = Vec::from_iter(0..KEYS);
        let read = self.mailbox.read(&keys, &Position::default(), usize::MAX);
        let Read::Batch(kept) = read else {
            panic!("a reader without a position misses nothing");
        };
        let is_kept = |item: &Pushed| kept.items.iter().any(|kept| **kept == *item);
        !self.all[place..].iter().all(is_kept)
    }

    /// Whether an item after this place is too old.
    fn is_old(&self, place: usize) -> bool {
        let next = self.all.get(place);
        next.is_some_and(|item| self.clock.now() - item.at >= AGE)
    }

    /// Whether the limits of its key leave an item where it is.
    fn is_kept(&self, item: &Pushed) -> bool {
        let later = self.all[item.id - 1..]
            .iter()
            .filter(|other| other.key == item.key);
        let (len, bytes) = later.fold((0, 0), |(len, bytes), item| (len + 1, bytes + item.bytes));
        len <= LEN
            && bytes <= BYTES_PER_KEY
            && self.clock.now() - item.at < AGE
            && item.id > self.forgotten[usize::from(item.key)]
    }
}

/// How many keys and bytes a mailbox keeps, as it shows them.
fn size(mailbox: &Mailbox<u8, Pushed>) -> (usize, usize) {
    let shown = format!("{mailbox:?}");
    let mut numbers = shown.split(|letter: char| !letter.is_ascii_digit());
    let mut next = || numbers.find_map(|text| text.parse().ok()).unwrap();
    (next(), next())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bytes = prop_oneof![20 => 1..9_usize, 1 => Just(BYTES_PER_KEY + 1)];
    let step = prop_oneof![
        8 => (0..KEYS, bytes).prop_map(|(key, bytes)| Step::Push { key, bytes }),
        2 => (1..8_u64).prop_map(|seconds| Step::Pass(Duration::from_secs(seconds))),
        6 => (0..READERS, 1..7_usize).prop_map(|(reader, limit)| Step::Read { reader, limit }),
        1 => (0..KEYS, 0..READERS).prop_map(|(key, reader)| Step::Forget { key, reader }),
    ];
    vec(step, 1..150)
}

fn readers() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(subsequence(Vec::from_iter(0..KEYS), 1..4), READERS)
}

proptest! {
    #[test]
    fn what_is_read_is_what_a_list_of_all_pushes_says(readers in readers(), steps in steps()) {
        let mut world = World::new(readers, false);
        steps.into_iter().for_each(|step| world.take(step));
    }

    #[test]
    fn with_room_for_few_keys_nothing_is_missing_in_silence(readers in readers(), steps in steps()) {
        let mut world = World::new(readers, true);
        steps.into_iter().for_each(|step| world.take(step));
    }
}
