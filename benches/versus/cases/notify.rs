//! Notifying a key, with one waiter, several or none.

use support::contenders::{Answer, Contender};

use crate::case::{Case, each, on_average, short};
use crate::crowd::{Crowd, finish_all, look};

/// `notify`: one of many requests, each with a different key, is woken. `finish`: it is polled to its answer.
pub(crate) struct NotifyOne {
    pub(crate) held: usize,
}

impl Case for NotifyOne {
    fn rows(&self) -> Vec<String> {
        let held = short(self.held);
        vec![format!("notify-1-of-{held}"), format!("finish-1-of-{held}")]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowd = Crowd::new(C::new(), self.held, self.held);
        let some = self.held.div_ceil(10).min(SOME);
        on_average(SOME / some, move || {
            let places = crowd.sample(some);
            let keys = crowd.keys(&places);
            crowd.board.publish();
            let notify = || keys.iter().for_each(|key| crowd.contender.notify(key));
            let (notify, ()) = each(some, notify);
            let requests = crowd.take(&places);
            let (finished, ()) = each(some, || finish_all(requests, Answer::News));
            crowd.fill(&places);
            vec![notify, finished]
        })
    }
}

/// While a number of requests is held, another one arrives, is woken and answered; then the next.
pub(crate) struct RoundTrip {
    pub(crate) held: usize,
}

impl Case for RoundTrip {
    fn rows(&self) -> Vec<String> {
        vec![format!("suspend-notify-finish-{}", short(self.held))]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowd = Crowd::new(C::new(), self.held, self.held);
        Box::new(move || {
            let keys = crowd.strangers(SOME);
            vec![
                each(SOME, || {
                    keys.iter().for_each(|key| come_and_go(&crowd, key))
                })
                .0,
            ]
        })
    }
}

/// One request from its arrival to its answer.
pub(crate) fn come_and_go<C: Contender>(crowd: &Crowd<C>, key: &str) {
    let mut request = crowd.contender.held(crowd.poll(key));
    // Another thread may notify the key at the same moment, so the answer may come at once or a little later.
    if look(&mut request).is_none() {
        crowd.board.publish();
        crowd.contender.notify(key);
        while look(&mut request).is_none() {
            std::hint::spin_loop();
        }
    }
}

/// A number of requests is held, and none of them waits for the key.
pub(crate) struct NotifyNobody {
    pub(crate) held: usize,
}

impl Case for NotifyNobody {
    fn rows(&self) -> Vec<String> {
        vec![format!("notify-0-of-{}", short(self.held))]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowd = Crowd::new(C::new(), self.held, self.held);
        let keys = crowd.strangers(FEW);
        Box::new(move || {
            // Captures the whole crowd, because the other requests must be held during the measurement.
            let crowd = &crowd;
            let turns = keys.iter().cycle().take(SOME);
            vec![each(SOME, || turns.for_each(|key| crowd.contender.notify(key))).0]
        })
    }
}

/// All `waiting` requests of one key are woken at once. Other requests wait for the other keys.
pub(crate) struct NotifyMany {
    pub(crate) waiting: usize,
    pub(crate) keys: usize,
}

impl Case for NotifyMany {
    fn rows(&self) -> Vec<String> {
        let all = short(self.waiting * self.keys);
        let of = format!("{}-of-{all}", short(self.waiting));
        vec![format!("notify-{of}"), format!("finish-{of}")]
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let Self { waiting, keys } = *self;
        let mut crowd = Crowd::new(C::new(), waiting * keys, keys);
        let mut turns = (0..keys).cycle();
        on_average(SOME.div_ceil(waiting), move || {
            let first = turns.next().unwrap_or_default();
            let places: Vec<_> = (first..waiting * keys).step_by(keys).collect();
            let key = crowd.keys(&places[..1]).remove(0);
            crowd.board.publish();
            let (notify, ()) = each(waiting, || crowd.contender.notify(&key));
            let requests = crowd.take(&places);
            let (finished, ()) = each(waiting, || finish_all(requests, Answer::News));
            crowd.fill(&places);
            vec![notify, finished]
        })
    }
}

/// Requests in a round.
const SOME: usize = 20_000;

/// Keys without waiters: few enough to stay in the cache.
const FEW: usize = 1000;
