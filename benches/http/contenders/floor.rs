//! The floor: one thread on epoll that does nothing else.
//!
//! It holds requests and answers them, and nothing else is in its way: no tasks, no router, no limits, and no care for
//! requests that are not well made. It is a yardstick, and not a server.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use support::measure::Watch;

use crate::message::Message;

pub(super) fn serve(port: u16) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(([127, 0, 0, 1], port).into())?;
    let registry = poll.registry();
    registry.register(&mut listener, LISTENER, Interest::READABLE)?;
    let (mut floor, mut events) = (Floor::new(), Events::with_capacity(1024));
    let mut piece = vec![0; 64 << 10];
    loop {
        match poll.poll(&mut events, floor.until_next_expiry()) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        floor.expire();
        for event in &events {
            match event.token() {
                LISTENER => floor.accept(&listener, &poll)?,
                Token(number) => floor.read(number, &mut piece),
            }
        }
    }
}

const LISTENER: Token = Token(usize::MAX);

struct Floor {
    connections: Slab<Connection>,
    /// The held requests, by key.
    keys: HashMap<String, Vec<usize>>,
    /// When the time of each request is up.
    deadlines: BTreeSet<(Duration, usize)>,
    watch: Watch,
}

struct Connection {
    stream: TcpStream,
    /// The first part of a request that has not arrived completely.
    part: Vec<u8>,
    held: Option<Held>,
}

/// Where a connection stands in the lists.
struct Held {
    key: String,
    index: usize,
    deadline: Duration,
}

impl Floor {
    fn new() -> Self {
        Self {
            connections: Slab::new(),
            keys: HashMap::new(),
            deadlines: BTreeSet::new(),
            watch: Watch::start(),
        }
    }

    fn until_next_expiry(&self) -> Option<Duration> {
        let (deadline, _) = self.deadlines.first()?;
        let left = deadline.saturating_sub(self.watch.elapsed());
        // epoll counts in milliseconds, and must not return before it is time.
        Some(left + Duration::from_millis(1))
    }

    fn expire(&mut self) {
        let now = self.watch.elapsed();
        while let Some(&(deadline, number)) = self.deadlines.first() {
            if deadline > now {
                break;
            }
            self.let_go(number);
            self.answer(number, b"HTTP/1.1 204 No Content\r\n\r\n");
        }
    }

    fn accept(&mut self, listener: &TcpListener, poll: &Poll) -> io::Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let vacant = self.connections.vacant_entry();
            let token = Token(vacant.key());
            poll.registry()
                .register(&mut stream, token, Interest::READABLE)?;
            vacant.insert(Connection {
                stream,
                part: Vec::new(),
                held: None,
            });
        }
    }

    fn read(&mut self, number: usize, piece: &mut [u8]) {
        let Some(connection) = self.connections.get_mut(number) else {
            return;
        };
        let length = match connection.stream.read(piece) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Ok(0) | Err(_) => return self.hang_up(number),
            Ok(length) => length,
        };
        // As a rule a request comes in one piece, and none of it has to be kept.
        if connection.part.is_empty() {
            return self.take(number, &piece[..length]);
        }
        connection.part.extend_from_slice(&piece[..length]);
        let part = std::mem::take(&mut connection.part);
        self.take(number, &part);
    }

    fn take(&mut self, number: usize, bytes: &[u8]) {
        match Message::parse(bytes) {
            Ok(Some(request)) => self.execute(number, &request),
            Ok(None) => self.connections[number].part = bytes.to_vec(),
            Err(_) => self.hang_up(number),
        }
    }

    fn execute(&mut self, number: usize, request: &Message<'_>) {
        let target = request.second_word();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if let Some(key) = path.strip_prefix("/poll/") {
            let timeout = query.strip_prefix("timeout_ms=");
            let timeout = timeout.and_then(|timeout| timeout.parse().ok());
            self.hold(
                number,
                key,
                Duration::from_millis(timeout.unwrap_or(30_000)),
            );
        } else if let Some(key) = path.strip_prefix("/notify/") {
            let held = self.notify(key, request.body);
            self.answer(number, &ok(held.to_string().as_bytes()));
        } else {
            let held = self.deadlines.len();
            self.answer(number, &ok(held.to_string().as_bytes()));
        }
    }

    fn hold(&mut self, number: usize, key: &str, timeout: Duration) {
        let deadline = self.watch.elapsed() + timeout;
        self.deadlines.insert((deadline, number));
        let key = key.to_owned();
        let waiting = match self.keys.get_mut(&key) {
            Some(waiting) => waiting,
            None => self.keys.entry(key.clone()).or_default(),
        };
        self.connections[number].held = Some(Held {
            key,
            index: waiting.len(),
            deadline,
        });
        waiting.push(number);
    }

    /// Answers all requests that wait for a key, and returns how many.
    fn notify(&mut self, key: &str, message: &[u8]) -> usize {
        let (waiting, answer) = (self.keys.remove(key).unwrap_or_default(), ok(message));
        for &number in &waiting {
            if let Some(held) = self.connections[number].held.take() {
                self.deadlines.remove(&(held.deadline, number));
            }
            self.answer(number, &answer);
        }
        waiting.len()
    }

    /// A client that cannot take a few bytes is one that has gone, and says so when it is read.
    fn answer(&mut self, number: usize, answer: &[u8]) {
        let _ = self.connections[number].stream.write(answer);
    }

    fn hang_up(&mut self, number: usize) {
        self.let_go(number);
        self.connections.remove(number);
    }

    /// Takes a connection out of the lists, if it is held.
    fn let_go(&mut self, number: usize) {
        let Some(held) = self.connections[number].held.take() else {
            return;
        };
        self.deadlines.remove(&(held.deadline, number));
        let Some(waiting) = self.keys.get_mut(&held.key) else {
            return;
        };
        waiting.swap_remove(held.index);
        match waiting.get(held.index) {
            Some(&moved) => {
                let moved = self.connections[moved].held.as_mut();
                moved.expect("it is in the list").index = held.index;
            }
            None if waiting.is_empty() => drop(self.keys.remove(&held.key)),
            None => {}
        }
    }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}
