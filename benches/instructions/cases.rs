//! The operations that are counted, the same for both contenders.
//!
//! The secret of a hub decides how its keys are spread, so this differs in each run. The number of keys is high
//! enough that the differences nearly cancel.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::callgrind::counted;
use crate::contender::{self, Contender, publish};

type Request<C> = contender::Request<<C as Contender>::Answer>;

/// A request that is answered at once, from its arrival to its end.
pub(crate) fn answer<C: Contender>() {
    let contender = C::new();
    let keys = keys();
    publish();
    counted(|| {
        keys.into_iter()
            .for_each(|key| end::<C>(contender.request(key, LONG_POLL)))
    });
    assert!(contender.is_empty());
}

/// A request is made.
pub(crate) fn arrive<C: Contender>() {
    let contender = C::new();
    let (keys, mut requests) = (keys(), Vec::with_capacity(MANY));
    let request = |key| contender.request(key, LONG_POLL);
    counted(|| requests.extend(keys.into_iter().map(request)));
}

/// Its first poll: it begins to wait. The same number of requests is held already.
pub(crate) fn suspend<C: Contender>() {
    let contender = C::new();
    let _others = held(&contender, keys());
    let mut requests = requests(&contender, keys());
    counted(|| requests.iter_mut().for_each(hold::<C>));
}

/// A poll after a needless wake.
pub(crate) fn suspend_again<C: Contender>() {
    let contender = C::new();
    let keys = keys();
    let mut requests = held(&contender, keys.clone());
    keys.iter().for_each(|key| contender.notify(key));
    counted(|| requests.iter_mut().for_each(hold::<C>));
}

pub(crate) fn cancel<C: Contender>() {
    let contender = C::new();
    let others = held(&contender, keys());
    let requests = held(&contender, keys());
    counted(|| drop(requests));
    drop(others);
    assert!(contender.is_empty());
}

/// A key without a waiter.
pub(crate) fn notify_none<C: Contender>() {
    let contender = C::new();
    let _others = held(&contender, keys());
    let keys = keys();
    counted(|| keys.iter().for_each(|key| contender.notify(key)));
}

/// Each request waits for a different key.
pub(crate) fn notify_each<C: Contender>() {
    let contender = C::new();
    let keys = keys();
    let requests = held(&contender, keys.clone());
    publish();
    counted(|| keys.iter().for_each(|key| contender.notify(key)));
    requests.into_iter().for_each(end::<C>);
}

/// All requests wait for the same key.
pub(crate) fn notify_all<C: Contender>() {
    let contender = C::new();
    let requests = held(&contender, vec![KEY.to_owned(); MANY]);
    publish();
    counted(|| contender.notify(KEY));
    requests.into_iter().for_each(end::<C>);
}

/// The poll after a notify: the answer, and the end of the request.
pub(crate) fn finish<C: Contender>() {
    finish_all::<C>(keys());
}

/// The same for requests that have waited for the same key.
pub(crate) fn finish_crowd<C: Contender>() {
    finish_all::<C>(vec![KEY.to_owned(); MANY]);
}

fn finish_all<C: Contender>(keys: Vec<String>) {
    let contender = C::new();
    let requests = held(&contender, keys.clone());
    publish();
    keys.iter().for_each(|key| contender.notify(key));
    counted(|| requests.into_iter().for_each(end::<C>));
    assert!(contender.is_empty());
}

/// A request from its first poll to its answer: it waits, and a notify ends the wait.
pub(crate) fn whole<C: Contender>() {
    let contender = C::new();
    let keys = keys();
    let mut requests = requests(&contender, keys.clone());
    counted(|| {
        requests.iter_mut().for_each(hold::<C>);
        publish();
        keys.iter().for_each(|key| contender.notify(key));
        requests.into_iter().for_each(end::<C>);
    });
    assert!(contender.is_empty());
}

/// All requests expire in one tick.
pub(crate) fn expire_in_a_tick<C: Contender>() {
    expire::<C>(TICK);
}

pub(crate) fn expire_in_30s<C: Contender>() {
    expire::<C>(Duration::from_secs(30));
}

/// All requests expire within this time.
fn expire<C: Contender>(within: Duration) {
    let contender = C::new();
    let timeout = |number: usize| LONG_POLL + within.mul_f64(number as f64 / MANY as f64);
    let requests = (0..)
        .zip(keys())
        .map(|(number, key)| contender.request(key, timeout(number)));
    let mut requests: Vec<_> = requests.collect();
    requests.iter_mut().for_each(hold::<C>);
    contender.advance(LONG_POLL - TICK);
    counted(|| contender.advance(within + Duration::from_secs(1)));
    requests.into_iter().for_each(end::<C>);
    assert!(contender.is_empty());
}

fn requests<C: Contender>(contender: &C, keys: Vec<String>) -> Vec<Request<C>> {
    let request = |key| contender.request(key, LONG_POLL);
    keys.into_iter().map(request).collect()
}

fn held<C: Contender>(contender: &C, keys: Vec<String>) -> Vec<Request<C>> {
    let mut requests = requests(contender, keys);
    requests.iter_mut().for_each(hold::<C>);
    requests
}

fn hold<C: Contender>(request: &mut Request<C>) {
    assert!(poll::<C>(request).is_pending());
}

fn end<C: Contender>(mut request: Request<C>) {
    assert!(poll::<C>(&mut request).is_ready());
}

fn poll<C: Contender>(request: &mut Request<C>) -> Poll<C::Answer> {
    request
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

/// All keys differ, also between two calls.
fn keys() -> Vec<String> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let key = |_| format!("{:016}", NEXT.fetch_add(1, Ordering::Relaxed));
    (0..MANY).map(key).collect()
}

pub(crate) const MANY: usize = 10_000;

/// As long as the other keys.
const KEY: &str = "the key of crowd";

pub(crate) const LONG_POLL: Duration = Duration::from_secs(30);

/// The precision of both timers.
const TICK: Duration = Duration::from_millis(1);
