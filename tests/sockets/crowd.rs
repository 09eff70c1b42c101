//! Clients that connect, are held and disconnect at random, in every possible way. At the end nothing is left of
//! them, and every client that has stayed has got an answer.
//!
//! For a long run of about a minute on each server: `ROUNDS=60 cargo test --all-features --test sockets crowd`. The
//! default is one round.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use support::until;

use crate::LONGEST_HOLD;
use crate::client::Connection;
use crate::files;
use crate::running::Running;

/// The number of clients in a round, if there are enough files.
const CLIENTS: usize = 2000;

const HOSTS: usize = 4;

const KEYS: [&str; 8] = [
    "lobby", "kitchen", "library", "cellar", "attic", "garden", "garage", "bath",
];

/// The paths that a client may ask for.
const REQUESTS: [&str; 6] = [
    "GET /wait/{} HTTP/1.1\r\nhost: x\r\n\r\n",
    "GET /stay/{} HTTP/1.1\r\nhost: x\r\n\r\n",
    "GET /news/{} HTTP/1.1\r\nhost: x\r\n\r\n",
    "GET /job/{} HTTP/1.1\r\nhost: x\r\n\r\n",
    "POST /echo/{} HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\nda capo",
    "POST /echo/{} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n7\r\nda capo\r\n0\r\n\r\n",
];

/// Bytes that a client may send behind its request. They hide from axum that the client disconnects.
const STRAY: [&str; 3] = ["\r\n", "G", "GET /stay/attic HTTP/1.1\r\nhost: x\r\n\r\n"];

/// Sends clients, and tells them when to disconnect.
struct Host<'a> {
    running: &'a Running,
    dice: Rng,
    /// Clients that stay until they are answered.
    staying: Vec<Connection>,
    /// Clients that stay connected, but may never be answered.
    silent: Vec<Connection>,
    /// A client that checks from time to time whether the server still answers.
    pulse: Connection,
}

impl<'a> Host<'a> {
    fn new(running: &'a Running, seed: u64) -> Self {
        Self {
            running,
            dice: Rng::with_seed(seed),
            staying: Vec::new(),
            silent: Vec::new(),
            pulse: running.connect(),
        }
    }

    /// Connects this number of clients, and disconnects others.
    fn receive(&mut self, clients: usize) {
        let mut to_come = clients;
        while to_come > 0 {
            match self.dice.u8(..4) {
                0 | 1 => {
                    self.arrive();
                    to_come -= 1;
                }
                2 => self.leave(),
                _ => self.disturb(),
            }
        }
    }

    fn arrive(&mut self) {
        let mut connection = self.running.connect();
        let key = self.one_of(&KEYS);
        let request = self.one_of(&REQUESTS).replace("{}", key);
        if self.dice.u8(..8) == 0 {
            let part = self.dice.usize(..request.len());
            connection.send(&request[..part]);
            return self.silent.push(connection);
        }
        connection.send(request);
        self.staying.push(connection);
    }

    fn leave(&mut self) {
        if self.staying.is_empty() {
            return;
        }
        let number = self.dice.usize(..self.staying.len());
        let mut client = self.staying.swap_remove(number);
        if self.dice.bool() {
            // The server may have refused it already, and hung up.
            client.offer(self.one_of(&STRAY));
        }
        match self.dice.u8(..3) {
            0 => client.close(),
            1 => client.reset(),
            _ => {
                client.half_close();
                self.silent.push(client);
            }
        }
    }

    fn disturb(&mut self) {
        let (hub, key) = (&self.running.hub, self.one_of(&KEYS));
        match self.dice.u8(..16) {
            0 => _ = hub.notify(key),
            1..8 => _ = hub.notify_one(key),
            8..12 => _ = self.running.clock.advance(Duration::from_millis(100)),
            _ => self.feel_the_pulse(),
        }
    }

    fn feel_the_pulse(&mut self) {
        self.pulse.get("/now");
        assert_eq!(self.pulse.receive(), (200, "now".into()));
    }

    /// Waits for the answers of the clients that have stayed: one each.
    fn see_off(mut self) {
        self.silent.clear();
        while let Some(mut client) = self.staying.pop() {
            match client.receive().0 {
                200 | 503 => self.pulse = client,
                // The time jumps, and some bodies are in transit at that moment.
                408 => {}
                status => panic!("a held request is answered with {status}"),
            }
            self.feel_the_pulse();
        }
    }

    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        self.dice.choice(all).expect("there are some")
    }
}

/// Makes events all the time, until the other end is dropped.
fn answer_everybody(running: &Running, is_over: &Receiver<()>) {
    while is_over.try_recv() == Err(TryRecvError::Empty) {
        for key in KEYS {
            running.hub.notify(key);
        }
        running.clock.advance(LONGEST_HOLD);
        thread::yield_now();
    }
}

fn round(running: &Running, seed: u64, clients: usize) {
    let mut hosts: Vec<_> = (1..=HOSTS as u64)
        .map(|host| Host::new(running, seed << 8 | host))
        .collect();
    thread::scope(|scope| {
        for host in &mut hosts {
            scope.spawn(|| host.receive(clients / HOSTS));
        }
    });
    thread::scope(|scope| {
        let (_over, is_over) = channel();
        scope.spawn(move || answer_everybody(running, &is_over));
        hosts.into_iter().for_each(Host::see_off);
    });
    running.outlast_all(&KEYS);
}

fn rounds() -> u64 {
    let rounds = std::env::var("ROUNDS");
    rounds.map_or(1, |rounds| rounds.parse().expect("ROUNDS is a number"))
}

test!(nothing_is_left_of_a_crowd_that_vanishes, |mut running| {
    let crowd = files::crowd(CLIENTS);
    running.application.gate.open();
    for seed in 1..=rounds() {
        round(&running, seed, crowd.clients);
    }
    // The server would wait here for a client that it still knew.
    running.server.stop();
    until("the server has ended", || {
        running.clock.advance(LONGEST_HOLD);
        running.server.has_ended()
    });
    assert!(running.application.books.balance());
    running.assert_empty(&KEYS);
});
