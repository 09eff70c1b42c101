//! Pushing to a mailbox and reading from it, beside a map of tokio's broadcast channels.

use std::collections::HashMap;
use std::sync::Mutex;

use dacapo::Hub;
use dacapo::mailbox::{Mailbox, Position, Read};
use tokio::sync::broadcast::{self, Receiver, Sender};

use crate::case::each;

/// `push`: an item is pushed to one of many keys, each with one reader; `read-nothing`: a reader finds nothing new;
/// `read-one`: it finds the one item that is.
///
/// A channel cannot be read by a client that comes with a position: its reader keeps a receiver, which is at hand here.
/// A client of a mailbox keeps nothing but text, and each read looks up its key.
pub(crate) fn rows() -> Vec<String> {
    let row = |what| format!("mailbox-{what}");
    ["push", "read-nothing", "read-one"].map(row).into()
}

/// What both do.
pub(crate) trait Queues {
    fn new(keys: &[String]) -> Self;

    fn push(&self, key: &str, item: u64);

    /// How many items the reader of the key with this number finds.
    fn read(&mut self, number: usize, key: &str) -> usize;
}

pub(crate) fn prepare<Q: Queues + 'static>() -> Box<dyn FnMut() -> Vec<f64>> {
    let keys: Vec<_> = (0..KEYS).map(|key| format!("{key:016x}")).collect();
    let mut queues = Q::new(&keys);
    Box::new(move || {
        let (mut pushes, mut reads) = (0.0, 0.0);
        for _ in 0..TURNS {
            pushes += each(KEYS, || push_all(&queues, &keys)).0;
            reads += each(KEYS, || read_all(&mut queues, &keys, 1)).0;
        }
        let (nothing, ()) = each(KEYS, || read_all(&mut queues, &keys, 0));
        let turns = TURNS as f64;
        vec![pushes / turns, nothing, reads / turns]
    })
}

fn push_all(queues: &impl Queues, keys: &[String]) {
    keys.iter().for_each(|key| queues.push(key, 7));
}

fn read_all(queues: &mut impl Queues, keys: &[String], items: usize) {
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(queues.read(number, key), items);
    }
}

/// The mailbox of this crate, with its default limits.
pub(crate) struct OurMailbox {
    mailbox: Mailbox<String, u64>,
    positions: Vec<Position>,
}

impl Queues for OurMailbox {
    fn new(keys: &[String]) -> Self {
        let mailbox = Mailbox::new(&Hub::new());
        let positions = vec![mailbox.position(); keys.len()];
        Self { mailbox, positions }
    }

    fn push(&self, key: &str, item: u64) {
        self.mailbox.push(key, item).expect("it fits");
    }

    fn read(&mut self, number: usize, key: &str) -> usize {
        let position = &mut self.positions[number];
        match self.mailbox.read([key], position, 100) {
            Read::Batch(batch) => {
                *position = batch.next;
                batch.items.len()
            }
            Read::Gap(_) => unreachable!("nothing is missing"),
        }
    }
}

/// The same by hand, for readers that keep their receivers.
pub(crate) struct Channels {
    senders: Mutex<HashMap<String, Sender<u64>>>,
    receivers: Vec<Receiver<u64>>,
}

impl Queues for Channels {
    fn new(keys: &[String]) -> Self {
        let (mut senders, mut receivers) = (HashMap::new(), Vec::new());
        for key in keys {
            let (sender, receiver) = broadcast::channel(256);
            senders.insert(key.clone(), sender);
            receivers.push(receiver);
        }
        Self {
            senders: Mutex::new(senders),
            receivers,
        }
    }

    fn push(&self, key: &str, item: u64) {
        let senders = self.senders.lock().expect("no panic");
        senders[key].send(item).expect("there is a reader");
    }

    fn read(&mut self, number: usize, _key: &str) -> usize {
        let receiver = &mut self.receivers[number];
        std::iter::from_fn(|| receiver.try_recv().ok()).count()
    }
}

const KEYS: usize = 1000;

/// Rounds of pushes and reads in a round.
const TURNS: usize = 20;
