//! Rooms with their lines in a mailbox, and clients that poll them.

use bytes::Bytes;
use dacapo::mailbox::{Batch, Mailbox, MailboxBuilder, Position, Read};
use dacapo::{Continuation, Hub, MockClock, Outcome};
use futures::FutureExt;
use http::{Request, Response};
use support::{Application, Body, Framework, Mount, Pending, Server};

use crate::HOLD;

/// Its handler answers a poll with the lines that its client has not seen, and that the client has not said.
#[derive(Clone)]
pub(crate) struct Chat {
    pub(crate) hub: Hub<String>,
    pub(crate) lines: Mailbox<String, Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) from: &'static str,
    pub(crate) text: String,
}

impl Chat {
    pub(crate) fn new() -> (Self, MockClock) {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(
        limits: impl FnOnce(MailboxBuilder<String, Line>) -> MailboxBuilder<String, Line>,
    ) -> (Self, MockClock) {
        let (hub, clock) = Hub::with_mock_clock();
        let builder = Mailbox::builder(&hub).weigh(|line: &Line| line.text.len());
        let lines = limits(builder).build();
        (Self { hub, lines }, clock)
    }

    pub(crate) fn say(&self, room: &str, text: impl ToString) {
        self.say_as("somebody", room, text);
    }

    pub(crate) fn say_as(&self, from: &'static str, room: &str, text: impl ToString) {
        let text = text.to_string();
        self.lines.push(room, Line { from, text }).unwrap();
    }

    pub(crate) fn serve<F: Framework>(&self, on: F, mount: Mount) -> Server {
        let chat = self.clone();
        let app = Application::held(mount, &self.hub, move |c, request| {
            let chat = chat.clone();
            async move { chat.poll(&c, &request) }
        });
        on.serve(app)
    }

    fn poll(&self, c: &Continuation<String>, request: &Request<Bytes>) -> Outcome<Response<Bytes>> {
        let header = |name| request.headers()[name].to_str().unwrap();
        let rooms: Vec<_> = request.uri().path()[1..].split('+').collect();
        let after: Position = header("x-after").parse().unwrap();
        let limit = header("x-limit").parse().unwrap();
        let mut read = self.lines.read(rooms.iter().copied(), &after, limit);
        let (Read::Batch(batch) | Read::Gap(batch)) = &mut read;
        batch.items.retain(|line| line.from != header("x-name"));
        match read {
            Read::Batch(batch) if batch.items.is_empty() && !batch.has_more && !c.is_expired() => {
                Err(c.suspend_any(rooms, HOLD))
            }
            Read::Batch(batch) => Ok(answer(&batch, "batch")),
            Read::Gap(kept) => Ok(answer(&kept, "gap")),
        }
    }
}

fn answer(batch: &Batch<Line>, kind: &str) -> Response<Bytes> {
    let lines: Vec<_> = batch.items.iter().map(|line| line.text.as_str()).collect();
    let response = Response::builder()
        .header("x-next", batch.next.to_string())
        .header("x-kind", kind);
    response.body(lines.join(",").into()).unwrap()
}

/// A client that sends back the position that it got.
#[derive(Clone)]
pub(crate) struct Client {
    path: String,
    pub(crate) name: &'static str,
    pub(crate) after: String,
    pub(crate) limit: usize,
    /// Whether its latest answer was a gap.
    pub(crate) missed: bool,
}

impl Client {
    /// One that has read nothing. `rooms` are joined by `+`.
    pub(crate) fn of(rooms: &str) -> Self {
        Self {
            path: format!("/{rooms}"),
            name: "a client",
            after: String::new(),
            limit: 100,
            missed: false,
        }
    }

    /// Begins a poll.
    pub(crate) fn send(&self, server: &Server) -> Pending {
        let request = Request::get(&self.path)
            .header("x-after", &self.after)
            .header("x-limit", self.limit)
            .header("x-name", self.name);
        server.send(request.body(Body::empty()).unwrap())
    }

    /// Takes an answer, and returns its lines.
    pub(crate) fn take(&mut self, answer: &Response<Bytes>) -> String {
        assert_eq!(answer.status(), 200);
        let header = |name| answer.headers()[name].to_str().unwrap();
        self.after = header("x-next").to_owned();
        self.missed = header("x-kind") == "gap";
        String::from_utf8(answer.body().to_vec()).unwrap()
    }

    /// Polls. Returns the lines, or nothing if the poll is held.
    pub(crate) fn poll(&mut self, server: &Server) -> Option<String> {
        let answer = self.send(server).now_or_never()?;
        Some(self.take(&answer))
    }
}
