//! Plays a story on a framework.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Hub, MockClock};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};

use super::stage::{NUMBER, Stage, handler};
use super::story::{Asked, Event, Limits, Piece, Story};
use crate::{Application, Body, Framework, Layer, Lost, Pending, Server};

#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

impl Answer {
    /// A request to `CONNECT` has no body. axum removes it; actix leaves that to its server.
    fn new(method: &Method, response: Response<Bytes>) -> Self {
        let is_tunnel = *method == Method::CONNECT && response.status().is_success();
        Self {
            status: response.status().into(),
            body: match is_tunnel {
                true => Bytes::new(),
                false => response.into_body(),
            },
        }
    }
}

/// How each request was answered, and after which event. A request that was dropped has no answer.
pub type Fates = Vec<Option<(usize, Answer)>>;

pub fn play(on: impl Framework, story: &Story) -> Fates {
    let mut theatre = Theatre::new(on, story);
    for event in &story.events {
        theatre.happen(*event);
        theatre.settle();
        theatre.events += 1;
    }
    theatre.close()
}

struct Theatre<'s> {
    story: &'s Story,
    hub: Hub<u8>,
    clock: MockClock,
    stage: Arc<Stage>,
    server: Server,
    visits: Vec<Visit>,
    /// The number of requests so far.
    events: usize,
}

/// A request on its way through the server.
struct Visit {
    pending: Option<Pending>,
    woken: Arc<Woken>,
    /// The target, and the body that its client is going to send.
    pieces: VecDeque<Piece>,
    ends: bool,
    sender: Option<UnboundedSender<Result<Bytes, Lost>>>,
    method: Method,
    fate: Option<(usize, Answer)>,
}

impl<'s> Theatre<'s> {
    fn new(on: impl Framework, story: &'s Story) -> Self {
        let limits = &story.limits;
        let builder = Hub::builder().max_suspended(limits.suspended);
        let (hub, clock) = builder
            .max_keys(limits.keys)
            .max_passes(limits.passes)
            .build_with_mock_clock();
        let stage = Arc::<Stage>::default();
        let layer = Layer::of(&hub)
            .max_body_size(limits.body)
            .body_timeout(limits.body_timeout)
            .max_hold(limits.hold);
        let app = Application::of(handler(Arc::clone(&stage)));
        Self {
            server: on.serve(app.layer(layer)),
            story,
            hub,
            clock,
            stage,
            visits: Vec::new(),
            events: 0,
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive => self.arrive(),
            Event::Send(which) => self.with(which, |theatre, at| theatre.visits[at].send()),
            Event::Drop(which) => self.with(which, |theatre, at| theatre.visits[at].pending = None),
            Event::Resume(which) => self.with(which, |theatre, at| {
                theatre.stage.handle(at).map(|handle| handle.resume());
            }),
            Event::Complete(which) => self.with(which, |theatre, at| {
                let handle = theatre.stage.handle(at);
                handle.map(|handle| handle.complete(Response::new("completed".into())).is_ok());
            }),
            Event::SetTimeout(which, to) => self.with(which, |theatre, at| {
                theatre
                    .stage
                    .handle(at)
                    .map(|handle| handle.set_timeout(to));
            }),
            Event::Notify(key) => _ = self.hub.notify(&key),
            Event::NotifyWith(key) => _ = self.hub.notify_value(&key, "news"),
            Event::NotifyOne(key) => _ = self.hub.notify_one(&key),
            Event::Respond(key) => {
                _ = self
                    .hub
                    .respond(&key, Response::new("completed".into()))
                    .unwrap()
            }
            Event::Advance(by) => _ = self.clock.advance(by),
            Event::Shutdown => _ = self.hub.shutdown(),
        }
    }

    fn with(&mut self, which: u8, act: impl FnOnce(&mut Self, usize)) {
        if let Some(at) = usize::from(which).checked_rem(self.visits.len()) {
            act(self, at);
        }
    }

    fn arrive(&mut self) {
        let number = self.visits.len();
        let Some(asked) = self.story.requests.get(number) else {
            return;
        };
        self.stage.enter(asked);
        let (sender, pieces) = unbounded();
        let body = match asked.length {
            _ if !asked.has_body() => Body::empty(),
            None => Body::from_stream(pieces),
            Some(length) => Body::from_stream(pieces).announced(length),
        };
        let request = head(asked, number).map(|()| body);
        let mut visit = Visit {
            pending: Some(self.server.send(request)),
            woken: Arc::default(),
            pieces: asked.pieces.iter().cloned().collect(),
            ends: asked.ends,
            sender: Some(sender),
            method: asked.method.clone(),
            fate: None,
        };
        visit.end_sending();
        self.visits.push(visit);
    }

    /// Polls all requests that have been woken, and no others.
    fn settle(&mut self) {
        while self.visits.iter_mut().any(|visit| visit.poll(self.events)) {}
    }

    /// All timeouts are over: every request has an answer, and nothing is left.
    fn close(mut self) -> Fates {
        let Limits {
            body_timeout, hold, ..
        } = self.story.limits;
        self.clock
            .advance(body_timeout.max(hold) + Duration::from_millis(1));
        self.settle();
        for (number, visit) in self.visits.iter().enumerate() {
            assert!(visit.pending.is_none(), "a request is still held");
            let handle = self.stage.handle(number);
            assert!(handle.is_none_or(|handle| !handle.resume()), "it has ended");
        }
        assert_eq!(self.hub.suspended_count(), 0);
        assert!((0..4_u8).all(|key| self.hub.notify(&key) == 0));
        assert_eq!(self.clock.advance(Duration::MAX), 0);
        self.visits.into_iter().map(|visit| visit.fate).collect()
    }
}

impl Visit {
    fn send(&mut self) {
        if let (Some(sender), Some(piece)) = (&self.sender, self.pieces.pop_front()) {
            // The last callback must have been dropped.
            let piece = match piece {
                Piece::Data(bytes) => Ok(bytes),
                Piece::Broken => Err(Lost),
            };
            sender.unbounded_send(piece).ok();
        }
        self.end_sending();
    }

    fn end_sending(&mut self) {
        if self.pieces.is_empty() && self.ends {
            self.sender = None;
        }
    }

    /// Returns `true` if it had been woken.
    fn poll(&mut self, events: usize) -> bool {
        let Some(pending) = &mut self.pending else {
            return false;
        };
        if !self.woken.0.swap(false, Ordering::Relaxed) {
            return false;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        if let Poll::Ready(answer) = pending.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.fate = Some((events, Answer::new(&self.method, answer)));
            self.pending = None;
        }
        true
    }
}

fn head(asked: &Asked, number: usize) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = asked.method.clone();
    *request.uri_mut() = asked.uri.clone();
    *request.headers_mut() = asked.headers.clone();
    request.headers_mut().insert(NUMBER, number.into());
    if let Some(length) = asked.length {
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    request
}

struct Woken(AtomicBool);

/// A new task is polled once.
impl Default for Woken {
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
