//! All clients: one thread on epoll. The server has the same processors, so what is computed here is its loss.

mod connection;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context;
use mio::{Events, Interest, Poll, Token};
use support::measure::Watch;

use connection::Connection;

pub(crate) struct Client {
    server: SocketAddr,
    connections: Vec<Connection>,
    /// What has come and was not taken yet.
    answers: Vec<Answer>,
    watch: Watch,
    poll: Poll,
    events: Events,
    /// Where each piece is read to, before it is known what it is.
    piece: Box<[u8]>,
}

/// What a connection was answered.
pub(crate) struct Answer {
    pub(crate) connection: usize,
    pub(crate) sent: Duration,
    pub(crate) received: Duration,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(server: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            server,
            connections: Vec::new(),
            answers: Vec::new(),
            watch: Watch::start(),
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            piece: vec![0; 64 << 10].into(),
        })
    }

    /// How long there have been clients: the time of all answers.
    pub(crate) fn now(&self) -> Duration {
        self.watch.elapsed()
    }

    /// Opens more connections: this number.
    pub(crate) fn connect(&mut self, more: usize) -> anyhow::Result<()> {
        for number in self.connections.len()..self.connections.len() + more {
            let stream = TcpStream::connect(self.server)
                .with_context(|| format!("connection {number} to {}", self.server))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = mio::net::TcpStream::from_std(stream);
            let registry = self.poll.registry();
            registry.register(&mut stream, Token(number), Interest::READABLE)?;
            self.connections.push(Connection::new(stream));
            if number % A_FEW == 0 {
                self.look(A_MOMENT)?;
            }
        }
        Ok(())
    }

    pub(crate) fn hang_up(&mut self) {
        self.connections.clear();
    }

    pub(crate) fn send(&mut self, connection: usize, request: &[u8]) -> anyhow::Result<Duration> {
        let now = self.now();
        self.connections[connection]
            .send(request, now)
            .with_context(|| format!("request on connection {connection}"))?;
        Ok(now)
    }

    /// Takes in what comes, and waits for it so long at the most.
    pub(crate) fn look(&mut self, patience: Duration) -> anyhow::Result<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &self.events {
            let Token(number) = event.token();
            let read = self.connections[number].read(&mut self.piece, event.is_read_closed());
            let came = read.with_context(|| format!("answer on connection {number}"))?;
            self.answers.extend(came.map(|(sent, status, body)| Answer {
                connection: number,
                sent,
                received: self.watch.elapsed(),
                status,
                body,
            }));
        }
        Ok(())
    }

    pub(crate) fn answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.answers)
    }
}

/// Connections that are opened at once, so that the server's accept queue does not overflow.
const A_FEW: usize = 128;

const A_MOMENT: Duration = Duration::from_millis(3);
