//! Four readers, ten thousand messages, and connections that break: nothing is lost, nothing comes twice, all in order.

use std::thread;

use dacapo::mailbox::{Mailbox, Position};
use dacapo::{Hub, Outcome};
use fastrand::Rng;
use futures::FutureExt;
use futures::executor::block_on;
use support::{Mount, Pending, Server, on_each_framework};

use crate::chat::{Chat, Client};
use crate::{HOLD, batch};

const READERS: u64 = 4;
const MESSAGES: usize = 10_000;
const ROOMS: [&str; 3] = ["tea", "milk", "sugar"];

on_each_framework!(
    four_readers_get_ten_thousand_messages_once_each_in_order_through_disconnects,
    |on| {
        let (chat, clock) =
            Chat::with(|limits| limits.max_len(MESSAGES).max_bytes_per_key(1 << 20));
        let server = chat.serve(on, Mount::InAHandler);
        let mut dice = Rng::with_seed(5);
        let mut readers = Vec::from_iter((0..READERS).map(|_| Reader::new()));
        let mut said = 0;
        while readers.iter().any(|reader| reader.got < MESSAGES) {
            match dice.u8(..20) {
                0 => _ = clock.advance(HOLD / 3),
                1..10 if said < MESSAGES => {
                    chat.say(dice.choice(ROOMS).unwrap(), said);
                    said += 1;
                }
                _ => dice.choice(&mut readers).unwrap().step(&server, &mut dice),
            }
        }
        assert!(readers.iter().all(|reader| reader.got == MESSAGES));
    }
);

/// A client, its poll if it has one, and how many messages it has got.
struct Reader {
    client: Client,
    poll: Option<Pending>,
    got: usize,
}

impl Reader {
    fn new() -> Self {
        let mut client = Client::of(&ROOMS.join("+"));
        client.limit = 20;
        Self {
            client,
            poll: None,
            got: 0,
        }
    }

    /// Polls, or goes on polling. One connection in ten breaks, sometimes with the answer in it.
    fn step(&mut self, server: &Server, dice: &mut Rng) {
        let mut poll = self.poll.take().unwrap_or_else(|| self.client.send(server));
        let answer = poll.as_mut().now_or_never();
        if dice.u8(..10) == 0 {
            return;
        }
        match answer {
            None => self.poll = Some(poll),
            Some(answer) => {
                let text = self.client.take(&answer);
                assert!(!self.client.missed);
                for message in text.split(',').filter(|text| !text.is_empty()) {
                    assert_eq!(message, self.got.to_string());
                    self.got += 1;
                }
            }
        }
    }
}

/// What a thread pushes: its number, and how many it has pushed before.
type Message = (usize, usize);

#[test]
fn in_threads_four_readers_get_the_messages_of_two_writers_once_each_in_order() {
    let hub = Hub::<&str>::new();
    let mailbox: Mailbox<&str, Message> = Mailbox::builder(&hub)
        .max_len(MESSAGES)
        .max_bytes_per_key(1 << 20)
        .build();
    let got: Vec<Vec<Message>> = thread::scope(|scope| {
        let readers = Vec::from_iter((0..READERS).map(|seed| {
            let (hub, mailbox) = (&hub, &mailbox);
            scope.spawn(move || read_all(hub, mailbox, seed))
        }));
        for writer in 0..2 {
            let mailbox = &mailbox;
            scope.spawn(move || {
                let mut dice = Rng::with_seed(100 + writer as u64);
                for number in 0..MESSAGES / 2 {
                    let room = dice.choice(ROOMS).unwrap();
                    mailbox.push(&room, (writer, number)).unwrap();
                }
            });
        }
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect()
    });
    for writer in 0..2 {
        let of_writer = got[0].iter().filter(|message| message.0 == writer);
        assert!(of_writer.map(|message| message.1).eq(0..MESSAGES / 2));
    }
    assert!(got.iter().all(|messages| *messages == got[0]));
}

/// Polls until it has all messages. Some polls are dropped while they are held.
fn read_all(
    hub: &Hub<&'static str>,
    mailbox: &Mailbox<&'static str, Message>,
    seed: u64,
) -> Vec<Message> {
    let (mut dice, mut got, mut after) = (Rng::with_seed(seed), Vec::new(), Position::default());
    while got.len() < MESSAGES {
        let limit = dice.usize(1..50);
        let mut poll = Box::pin(hub.run(async |c| -> Outcome<_> {
            let read = batch(mailbox.read(&ROOMS, &after, limit));
            match read.items.is_empty() {
                true => Err(c.suspend_any(&ROOMS, HOLD)),
                false => Ok(read),
            }
        }));
        let answer = match dice.u8(..4) {
            0 => poll.as_mut().now_or_never(),
            _ => Some(block_on(&mut poll)),
        };
        let Some(answer) = answer else { continue };
        if dice.u8(..10) > 0 {
            let read = answer.unwrap().into_inner().unwrap();
            got.extend(read.items.iter().map(|item| **item));
            drop(poll);
            after = read.next;
        }
    }
    got
}
