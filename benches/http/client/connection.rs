//! A connection, with one request under way at the most.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use mio::net::TcpStream;

use crate::message::Message;

pub(super) struct Connection {
    stream: TcpStream,
    state: State,
    /// The first part of an answer that has not arrived completely.
    part: Vec<u8>,
}

/// ```text
/// Idle ── send ──▶ Waiting { since }
///   ▲                  │
///   └──── answer ──────┘     either ── the server hangs up ──▶ Closed
/// ```
enum State {
    Idle,
    Waiting { since: Duration },
    Closed,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            state: State::Idle,
            part: Vec::new(),
        }
    }

    /// Writes a request, which is small enough for the buffer of a socket that has none yet.
    pub(super) fn send(&mut self, request: &[u8], now: Duration) -> anyhow::Result<()> {
        match self.state {
            State::Idle => {}
            State::Waiting { .. } => bail!("the last one has no answer yet"),
            State::Closed => bail!("the server has closed the connection"),
        }
        let written = self.stream.write(request)?;
        ensure!(written == request.len(), "there is no room for it");
        self.state = State::Waiting { since: now };
        Ok(())
    }

    /// Reads what is there; returns when the request was sent, the status and the body, if the answer is whole.
    pub(super) fn read(
        &mut self,
        piece: &mut [u8],
        is_closed: bool,
    ) -> anyhow::Result<Option<(Duration, u16, Vec<u8>)>> {
        let mut answer = None;
        loop {
            let length = match self.stream.read(piece) {
                Ok(0) => return self.closed().map(|()| answer),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(answer),
                Err(error) => return Err(error.into()),
            };
            answer = self.take(&piece[..length])?;
            // A short piece is all there was, so there is no need to ask again.
            if length < piece.len() && !is_closed {
                return Ok(answer);
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> anyhow::Result<Option<(Duration, u16, Vec<u8>)>> {
        let State::Waiting { since } = self.state else {
            bail!("there is no request to this answer");
        };
        self.part.extend_from_slice(bytes);
        let Some(message) = Message::parse(&self.part)? else {
            return Ok(None);
        };
        let status = message.second_word().parse();
        let answer = (since, status.context("its status")?, message.body.to_vec());
        self.state = State::Idle;
        self.part.clear();
        Ok(Some(answer))
    }

    /// A server may close a connection that waits for nothing.
    fn closed(&mut self) -> anyhow::Result<()> {
        let was_waiting = matches!(self.state, State::Waiting { .. });
        self.state = State::Closed;
        ensure!(!was_waiting, "the server has hung up instead");
        Ok(())
    }
}
