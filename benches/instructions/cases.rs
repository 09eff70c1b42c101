//! What is counted.
//!
//! Time is simulated, so that there is no thread beside. The keys of a hub fall where its secret wants, differently in
//! each run; there are so many of them that this is evened out.

use std::future::ready;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use dacapo::{Answer, Error, Hub, MockClock, Outcome};

use crate::callgrind::{COUNTED, Count, count, counted};

/// Something that is done many times.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// In which function it is counted.
    function: &'static str,
    /// How often it is done there.
    times: usize,
    run: fn(),
}

impl Case {
    const fn new(name: &'static str, run: fn()) -> Self {
        Self {
            name,
            function: COUNTED,
            times: MANY,
            run,
        }
    }

    /// What a notify does while the shard of its key is locked.
    const fn locked(name: &'static str, times: usize, run: fn()) -> Self {
        Self {
            name,
            function: "dacapo::engine::shard::*::notify",
            times,
            run,
        }
    }

    pub(crate) fn run(&self) {
        (self.run)();
    }

    /// What it takes each time.
    pub(crate) fn count(&self) -> Count {
        count(self.name, self.function, self.times)
    }
}

pub(crate) const CASES: [Case; 14] = [
    Case::new("answer", answer),
    Case::new("arrive", arrive),
    Case::new("suspend", suspend),
    Case::new("suspend-again", suspend_again),
    Case::new("cancel", cancel),
    Case::new("notify-0", notify_nobody),
    Case::new("notify-1", notify_each),
    Case::new("notify-10k", notify_all),
    Case::locked("locked-notify-1", MANY, notify_each),
    Case::locked("locked-notify-10k", 1, notify_all),
    Case::new("finish", finish),
    Case::new("finish-crowd", finish_crowd),
    Case::new("expire-in-a-tick", || expire(Duration::from_millis(1))),
    Case::new("expire-in-30s", || expire(Duration::from_secs(30))),
];

type Request = Pin<Box<dyn Future<Output = Result<Answer<()>, Error>>>>;

/// A request that is answered at once, from its arrival to its end.
fn answer() {
    let (hub, _clock) = hub();
    counted(|| (0..MANY).for_each(|_| end(Box::pin(hub.run(|_| ready(Outcome::Ok(())))))));
}

/// A request comes into being.
fn arrive() {
    let (hub, _clock) = hub();
    let (keys, mut requests) = (keys(), Vec::with_capacity(MANY));
    counted(|| requests.extend(keys.into_iter().map(|key| request(&hub, key, LONG_POLL))));
}

/// Its first poll: a pass of the handler, and the suspension. As many are held already.
fn suspend() {
    let (hub, _clock) = hub();
    let _others = held(&hub, keys());
    let mut requests = requests(&hub, keys());
    counted(|| requests.iter_mut().for_each(hold));
}

/// A poll after a wake that was in vain.
fn suspend_again() {
    let (hub, _clock) = hub();
    let mut requests: Vec<Request> = keys().into_iter().map(|key| patient(&hub, key)).collect();
    requests.iter_mut().for_each(hold);
    hub.notify_every_key(Duration::ZERO);
    counted(|| requests.iter_mut().for_each(hold));
}

fn cancel() {
    let (hub, _clock) = hub();
    let _others = held(&hub, keys());
    let requests = held(&hub, keys());
    counted(|| drop(requests));
}

fn notify_nobody() {
    let (hub, _clock) = hub();
    let _others = held(&hub, keys());
    let keys = keys();
    counted(|| keys.iter().for_each(|key| assert_eq!(hub.notify(key), 0)));
}

/// Each waits for a key of its own.
fn notify_each() {
    let (hub, _clock) = hub();
    let keys = keys();
    let _requests = held(&hub, keys.clone());
    counted(|| keys.iter().for_each(|key| assert_eq!(hub.notify(key), 1)));
}

/// All wait for the same key.
fn notify_all() {
    let (hub, _clock) = hub();
    let _requests = held(&hub, vec![KEY.to_owned(); MANY]);
    counted(|| assert_eq!(hub.notify(KEY), MANY));
}

/// The poll after a notify: the pass that answers, and the end of the request.
fn finish() {
    let (hub, _clock) = hub();
    let requests = held(&hub, keys());
    hub.notify_every_key(Duration::ZERO);
    counted(|| requests.into_iter().for_each(end));
}

/// The same for those who have waited for the same key.
fn finish_crowd() {
    let (hub, _clock) = hub();
    let requests = held(&hub, vec![KEY.to_owned(); MANY]);
    hub.notify(KEY);
    counted(|| requests.into_iter().for_each(end));
}

/// The time of all is up within so long, and the clock moves from one to the next.
fn expire(within: Duration) {
    let (hub, clock) = hub();
    let timeout = |number: usize| LONG_POLL + within.mul_f64(number as f64 / MANY as f64);
    let requests = (0..)
        .zip(keys())
        .map(|(number, key)| request(&hub, key, timeout(number)));
    let mut requests: Vec<_> = requests.collect();
    requests.iter_mut().for_each(hold);
    clock.advance(LONG_POLL - Duration::from_millis(1));
    counted(|| assert_eq!(clock.advance(within + Duration::from_secs(1)), MANY));
}

fn hub() -> (Hub<String>, MockClock) {
    Hub::builder().build_with_mock_clock()
}

/// A request that waits once.
fn request(hub: &Hub<String>, key: String, timeout: Duration) -> Request {
    Box::pin(hub.run(move |c| {
        ready(match c.is_initial() {
            true => Err(c.suspend(&key, timeout)),
            false => Ok(()),
        })
    }))
}

/// A request that waits for ever.
fn patient(hub: &Hub<String>, key: String) -> Request {
    Box::pin(hub.run(move |c| ready(Err(c.suspend(&key, LONG_POLL)))))
}

fn requests(hub: &Hub<String>, keys: Vec<String>) -> Vec<Request> {
    let request = |key| request(hub, key, LONG_POLL);
    keys.into_iter().map(request).collect()
}

fn held(hub: &Hub<String>, keys: Vec<String>) -> Vec<Request> {
    let mut requests = requests(hub, keys);
    requests.iter_mut().for_each(hold);
    requests
}

fn hold(request: &mut Request) {
    assert!(poll(request).is_pending());
}

fn end(mut request: Request) {
    assert!(poll(&mut request).is_ready());
}

fn poll(request: &mut Request) -> std::task::Poll<Result<Answer<()>, Error>> {
    request
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

/// No two are the same, and no two calls return the same ones.
fn keys() -> Vec<String> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let key = |_| format!("{:016}", NEXT.fetch_add(1, Ordering::Relaxed));
    (0..MANY).map(key).collect()
}

const MANY: usize = 10_000;

/// As long as the others.
const KEY: &str = "the key of crowd";

const LONG_POLL: Duration = Duration::from_secs(30);
