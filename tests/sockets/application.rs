//! The application of both servers: its handlers, and what they share with the test.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, End, Hub, Outcome};
use http::{Request, Response};
use tokio::sync::Semaphore;

use crate::LONG_POLL;

pub(crate) struct Application {
    pub(crate) hub: Hub<String>,
    pub(crate) books: Arc<Books>,
    pub(crate) gate: Gate,
    /// The keys with news.
    news: Mutex<HashSet<String>>,
}

impl Application {
    pub(crate) fn new(hub: Hub<String>) -> Self {
        Self {
            hub,
            books: Arc::default(),
            gate: Gate::shut(),
            news: Mutex::default(),
        }
    }

    /// Makes news for a key, and returns how many requests it has woken.
    pub(crate) fn publish(&self, key: &str) -> usize {
        self.news.lock().unwrap().insert(key.to_owned());
        self.hub.notify(key)
    }

    pub(crate) async fn act(
        &self,
        c: &Continuation<String>,
        act: &str,
        key: &str,
    ) -> Outcome<String> {
        self.books.enter(c);
        match act {
            "wait" => self.wait(c, key, LONG_POLL),
            "until" => self.wait(c, key, Duration::from_millis(key.parse().unwrap())),
            "stay" => Err(c.suspend(key, Duration::MAX)),
            "news" => self.news(c, key).await,
            "job" => self.job(c, key).await,
            "panic" if !c.is_initial() => panic!("a bad handler"),
            "panic" => self.wait(c, key, LONG_POLL),
            other => panic!("nobody knows how to {other}"),
        }
    }

    fn wait(&self, c: &Continuation<String>, key: &str, timeout: Duration) -> Outcome<String> {
        if c.is_initial() {
            return Err(c.suspend(key, timeout));
        }
        let why = if c.is_expired() { "expired" } else { "resumed" };
        Ok(format!("{why} in pass {}", c.pass()))
    }

    /// Stops between the check and the suspension.
    async fn news(&self, c: &Continuation<String>, key: &str) -> Outcome<String> {
        let is_news = self.news.lock().unwrap().contains(key);
        self.gate.pass().await;
        match is_news {
            true => Ok("news".to_owned()),
            false if c.is_expired() => Ok("nothing new".to_owned()),
            false => Err(c.suspend(key, LONG_POLL)),
        }
    }

    /// Stops in the pass after its wait.
    async fn job(&self, c: &Continuation<String>, key: &str) -> Outcome<String> {
        if c.is_initial() {
            return Err(c.suspend(key, LONG_POLL));
        }
        self.gate.pass().await;
        Ok("job".to_owned())
    }

    /// Begins an upgrade, in its second pass if its key is `later`.
    pub(crate) fn upgrade(&self, c: &Continuation<String>, key: &str) -> Outcome<()> {
        self.books.enter(c);
        match key {
            "later" if c.is_initial() => Err(c.suspend(key, LONG_POLL)),
            _ => Ok(()),
        }
    }

    pub(crate) fn echo(&self, c: &Continuation<String>, key: &str, body: Bytes) -> Outcome<Bytes> {
        self.books.enter(c);
        if c.is_initial() {
            Err(c.suspend(key, LONG_POLL))
        } else {
            Ok(body)
        }
    }
}

/// Is never held.
pub(crate) async fn panics() -> &'static str {
    panic!("another bad handler");
}

pub(crate) async fn portable(
    c: Continuation<String>,
    request: Request<Bytes>,
) -> Outcome<Response<Bytes>> {
    let path = request.uri().path();
    if c.is_initial() {
        return Err(c.suspend(path.trim_start_matches("/portable/"), LONG_POLL));
    }
    let answer = format!("{} {path} in pass {}", request.method(), c.pass());
    Ok(Response::new(answer.into()))
}

/// The requests that have arrived, and how they have ended.
#[derive(Default)]
pub(crate) struct Books {
    arrived: AtomicUsize,
    ends: Mutex<Vec<End>>,
    /// The number of requests that have dropped their attributes.
    left: AtomicUsize,
}

/// An attribute of every request.
struct Guest(Arc<Books>);

impl Books {
    fn enter(self: &Arc<Self>, c: &Continuation<String>) {
        if !c.is_initial() {
            return;
        }
        self.arrived.fetch_add(1, Ordering::SeqCst);
        c.set_attribute(Guest(Arc::clone(self)));
        let books = Arc::clone(self);
        c.on_end(move |end| books.ends.lock().unwrap().push(end));
    }

    pub(crate) fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    pub(crate) fn ends(&self) -> Vec<End> {
        self.ends.lock().unwrap().clone()
    }

    /// Whether all requests have ended and been dropped.
    pub(crate) fn balance(&self) -> bool {
        let left = self.left.load(Ordering::SeqCst);
        let ended = self.ends.lock().unwrap().len();
        (left, ended) == (self.arrived(), self.arrived())
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.left.fetch_add(1, Ordering::SeqCst);
    }
}

/// Passes stop here until the test lets them through.
pub(crate) struct Gate {
    reached: AtomicUsize,
    permits: Semaphore,
}

impl Gate {
    fn shut() -> Self {
        Self {
            reached: AtomicUsize::new(0),
            permits: Semaphore::new(0),
        }
    }

    async fn pass(&self) {
        self.reached.fetch_add(1, Ordering::SeqCst);
        // A pass can be given up here even if the gate is open.
        tokio::task::yield_now().await;
        if let Ok(permit) = self.permits.acquire().await {
            permit.forget();
        }
    }

    /// The number of passes that have reached it.
    pub(crate) fn reached(&self) -> usize {
        self.reached.load(Ordering::SeqCst)
    }

    /// Lets this number of passes through.
    pub(crate) fn let_through(&self, passes: usize) {
        self.permits.add_permits(passes);
    }

    /// Lets all passes through from now on.
    pub(crate) fn open(&self) {
        self.permits.close();
    }
}
