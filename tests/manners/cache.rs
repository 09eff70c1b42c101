//! A cache between clients and a server: it collapses equal requests, and keeps what it may keep.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use dacapo::MockClock;
use futures::FutureExt;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response};
use support::{Body, Pending, Server};

/// From when on the age of an answer counts: both are found among caches.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Age {
    FromRequest,
    FromResponse,
}

pub(crate) const AGES: [Age; 2] = [Age::FromRequest, Age::FromResponse];

pub(crate) struct Cache {
    server: Server,
    clock: MockClock,
    age: Age,
    strips_queries: bool,
    stored: Vec<Stored>,
    /// Requests that wait for the server, each in place of all equal ones.
    flights: Vec<Rc<RefCell<Flight>>>,
    /// How many requests the server has got.
    pub(crate) forwarded: usize,
}

/// A request on its way through the cache.
pub(crate) struct Asked {
    key: String,
    headers: HeaderMap,
    flight: Option<Rc<RefCell<Flight>>>,
    is_leader: bool,
}

struct Stored {
    key: String,
    vary: Vec<(HeaderName, Option<HeaderValue>)>,
    answer: Response<Bytes>,
    fresh_until: Duration,
}

struct Flight {
    key: String,
    headers: HeaderMap,
    sent: Duration,
    pending: Pending,
    answer: Option<(Response<Bytes>, bool)>,
}

impl Cache {
    pub(crate) fn new(server: Server, clock: &MockClock, age: Age) -> Self {
        Self {
            server,
            clock: clock.clone(),
            age,
            strips_queries: false,
            stored: Vec::new(),
            flights: Vec::new(),
            forwarded: 0,
        }
    }

    /// All queries of a path are the same to it.
    pub(crate) fn strips_queries(self) -> Self {
        let strips_queries = true;
        Self {
            strips_queries,
            ..self
        }
    }

    pub(crate) fn ask(&self, uri: &str, headers: HeaderMap) -> Asked {
        Asked {
            key: uri.to_owned(),
            headers,
            flight: None,
            is_leader: false,
        }
    }

    /// The answer, if it is there.
    pub(crate) fn poll(&mut self, asked: &mut Asked) -> Option<Response<Bytes>> {
        if asked.flight.is_none() {
            if let Some(answer) = self.fresh(asked) {
                return Some(answer);
            }
            self.join_or_forward(asked, true);
        }
        let (answer, is_stored) = self.arrived(asked.flight.as_ref()?)?;
        if is_stored || asked.is_leader {
            return Some(answer);
        }
        self.join_or_forward(asked, false); // the answer was meant for another
        self.poll(asked)
    }

    fn fresh(&self, asked: &Asked) -> Option<Response<Bytes>> {
        let now = self.clock.now();
        let mut stored = self.stored.iter().rev();
        let is_good = |stored: &&Stored| {
            let mut vary = stored.vary.iter();
            stored.key == self.key(&asked.key)
                && stored.fresh_until > now
                && vary.all(|(name, value)| asked.headers.get(name) == value.as_ref())
        };
        stored.find(is_good).map(|stored| stored.answer.clone())
    }

    fn join_or_forward(&mut self, asked: &mut Asked, joins: bool) {
        let key = self.key(&asked.key);
        let is_equal = |flight: &&Rc<RefCell<Flight>>| {
            let flight = flight.borrow();
            flight.key == key && flight.headers == asked.headers
        };
        let joined = self
            .flights
            .iter()
            .find(is_equal)
            .filter(|_| joins)
            .cloned();
        asked.is_leader = joined.is_none();
        asked.flight = Some(joined.unwrap_or_else(|| self.forward(asked)));
    }

    fn forward(&mut self, asked: &Asked) -> Rc<RefCell<Flight>> {
        self.forwarded += 1;
        let mut request = Request::get(&asked.key).body(Body::empty()).unwrap();
        request.headers_mut().clone_from(&asked.headers);
        let flight = Rc::new(RefCell::new(Flight {
            key: self.key(&asked.key),
            headers: asked.headers.clone(),
            sent: self.clock.now(),
            pending: self.server.send(request),
            answer: None,
        }));
        self.flights.push(Rc::clone(&flight));
        flight
    }

    fn arrived(&mut self, flight: &Rc<RefCell<Flight>>) -> Option<(Response<Bytes>, bool)> {
        let mut open = flight.borrow_mut();
        if open.answer.is_none() {
            let answer = open.pending.as_mut().now_or_never()?;
            let lifetime = max_age(&answer);
            if let Some(lifetime) = lifetime {
                self.stored.push(Stored {
                    key: open.key.clone(),
                    vary: varying(&answer, &open.headers),
                    answer: answer.clone(),
                    fresh_until: lifetime
                        + match self.age {
                            Age::FromRequest => open.sent,
                            Age::FromResponse => self.clock.now(),
                        },
                });
            }
            open.answer = Some((answer, lifetime.is_some()));
            self.flights.retain(|other| !Rc::ptr_eq(other, flight));
        }
        open.answer.clone()
    }

    fn key(&self, uri: &str) -> String {
        let path = uri.split('?').next().unwrap();
        if self.strips_queries { path } else { uri }.to_owned()
    }
}

/// For how long an answer may be kept, if at all.
fn max_age(answer: &Response<Bytes>) -> Option<Duration> {
    let control = answer.headers().get("cache-control")?.to_str().unwrap();
    let mut directives = control.split(", ");
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age="))?;
    Some(Duration::from_secs(seconds.parse().unwrap()))
}

fn varying(
    answer: &Response<Bytes>,
    request: &HeaderMap,
) -> Vec<(HeaderName, Option<HeaderValue>)> {
    let named = answer.headers().get_all("vary").iter();
    let name = |value: &HeaderValue| HeaderName::from_bytes(value.as_bytes()).unwrap();
    let names = named.map(name);
    names
        .map(|name| (name.clone(), request.get(name).cloned()))
        .collect()
}
