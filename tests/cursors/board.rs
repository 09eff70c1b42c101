//! A board of messages, and clients that poll it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dacapo::{Continuation, Cursor, Hub, MockClock, OnClientLimit, Outcome};
use http::{Request, Response};
use support::{Application, Body, Framework, Mount, Pending, Server};

use crate::HOLD;

/// Messages under keys. The handler answers a poll with the messages that its client has not seen.
#[derive(Clone)]
pub(crate) struct Board {
    pub(crate) hub: Hub<String>,
    messages: Arc<Mutex<Vec<(String, String)>>>,
}

impl Board {
    pub(crate) fn new() -> (Self, MockClock) {
        Self::with_revisions(100_000)
    }

    pub(crate) fn with_revisions(keys: usize) -> (Self, MockClock) {
        let builder = Hub::builder().revisions(keys);
        let builder = builder.max_per_client(1, OnClientLimit::EvictOldest);
        let (hub, clock) = builder.build_with_mock_clock();
        let messages = Arc::default();
        (Self { hub, messages }, clock)
    }

    /// The same messages behind another hub, as after a restart or on another node.
    pub(crate) fn restarted(&self) -> (Self, MockClock) {
        let (other, clock) = Self::new();
        let messages = Arc::clone(&self.messages);
        (Self { messages, ..other }, clock)
    }

    pub(crate) fn post(&self, key: &str, message: &str) {
        self.store(key, message);
        self.hub.notify(key);
    }

    pub(crate) fn post_by(&self, actor: &str, key: &str, message: &str) {
        self.store(key, message);
        self.hub.notify_by(key, actor);
    }

    /// Only the change: its notify is lost.
    pub(crate) fn store(&self, key: &str, message: &str) {
        let message = (key.to_owned(), message.to_owned());
        self.messages.lock().unwrap().push(message);
    }

    pub(crate) fn serve<F: Framework>(&self, on: F, mount: Mount) -> Server {
        let board = self.clone();
        let app = Application::held(mount, &self.hub, move |c, request| {
            let board = board.clone();
            async move { board.poll(&c, &request) }
        });
        on.serve(app)
    }

    fn poll(&self, c: &Continuation<String>, request: &Request<Bytes>) -> Outcome<Response<Bytes>> {
        let header = |name| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let keys: Vec<String> = request.uri().path()[1..]
            .split('+')
            .map(str::to_owned)
            .collect();
        let seen: Cursor = header("x-cursor").unwrap_or_default().parse().unwrap();
        let since = match header("x-actor") {
            Some(actor) => seen.except(actor),
            None => seen.clone(),
        };
        if !c.changed_any(&keys, &since) && !c.is_expired() {
            let token = c.suspend_any(&keys, HOLD);
            return Err(match header("x-client") {
                Some(client) => token.client(client),
                None => token,
            });
        }
        let (read, messages) = self.read(&keys, header("x-read").unwrap_or("0").parse().unwrap());
        let response = Response::builder().header("x-cursor", c.advance(seen).to_string());
        let response = response.header("x-read", read);
        Ok(response.body(messages.join(",").into()).unwrap())
    }

    /// The messages after the first `read`, and the number of all messages.
    fn read(&self, keys: &[String], read: usize) -> (usize, Vec<String>) {
        let messages = self.messages.lock().unwrap();
        let wanted = messages[read..]
            .iter()
            .filter(|(key, _)| keys.contains(key));
        (
            messages.len(),
            wanted.map(|(_, message)| message.clone()).collect(),
        )
    }
}

/// A client that sends back what it got.
#[derive(Clone)]
pub(crate) struct Client {
    path: String,
    pub(crate) cursor: String,
    read: String,
    pub(crate) actor: Option<&'static str>,
    pub(crate) name: Option<&'static str>,
}

impl Client {
    /// A client that has seen nothing. `keys` are joined by `+`.
    pub(crate) fn of(keys: &str) -> Self {
        Self {
            path: format!("/{keys}"),
            cursor: String::new(),
            read: "0".to_owned(),
            actor: None,
            name: None,
        }
    }

    /// Begins a poll.
    pub(crate) fn send(&self, server: &Server) -> Pending {
        let mut request = Request::get(&self.path)
            .header("x-cursor", &self.cursor)
            .header("x-read", &self.read);
        for (name, value) in [("x-actor", self.actor), ("x-client", self.name)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        server.send(request.body(Body::empty()).unwrap())
    }

    /// Reads an answer, and returns its messages.
    pub(crate) fn take(&mut self, answer: &Response<Bytes>) -> String {
        assert_eq!(answer.status(), 200);
        let header = |name| answer.headers()[name].to_str().unwrap().to_owned();
        (self.cursor, self.read) = (header("x-cursor"), header("x-read"));
        String::from_utf8(answer.body().to_vec()).unwrap()
    }

    /// Polls. Returns the messages, or nothing if the poll is held.
    pub(crate) fn poll(&mut self, server: &Server) -> Option<String> {
        let answer = futures::FutureExt::now_or_never(self.send(server))?;
        Some(self.take(&answer))
    }
}
