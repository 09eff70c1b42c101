//! Two threads at once.

use std::sync::Barrier;
use std::thread;

use support::contenders::{Contender, Poll};
use tokio::runtime::Handle;

use super::notify::come_and_go;
use crate::case::{Case, each, short};
use crate::crowd::{Crowd, hold};

/// In both threads, requests arrive, are woken and answered, for the same few keys.
pub(crate) struct FewKeys;

impl Case for FewKeys {
    fn rows(&self) -> Vec<String> {
        rows("few-keys")
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowds = crowds::<C>(1000);
        let keys = crowds[0].strangers(FEW);
        let prepare = |_: &mut Crowd<C>| ();
        let work = move |crowd: &mut Crowd<C>, ()| {
            let turns = keys.iter().cycle().take(SOME);
            turns.for_each(|key| come_and_go(crowd, key));
        };
        Box::new(move || alone_and_together(&mut crowds, &prepare, &work))
    }
}

/// Both threads hold many requests, and replace some of them.
pub(crate) struct ManyKeys {
    pub(crate) held: usize,
}

/// The requests that leave, and the keys of those that replace them.
type Turn = (Vec<usize>, Vec<Poll>);

impl Case for ManyKeys {
    fn rows(&self) -> Vec<String> {
        rows(&format!("{}-keys", short(self.held)))
    }

    fn prepare<C: Contender>(&self) -> Box<dyn FnMut() -> Vec<f64>> {
        let mut crowds = crowds::<C>(self.held / 2);
        let at_once = self.held.div_ceil(20).min(SOME);
        let turn = move |crowd: &mut Crowd<C>| {
            let places = crowd.sample(at_once);
            let polls = crowd.polls(&places);
            (places, polls)
        };
        let prepare = move |crowd: &mut Crowd<C>| -> Vec<Turn> {
            (0..SOME / at_once).map(|_| turn(crowd)).collect()
        };
        let work = |crowd: &mut Crowd<C>, turns: Vec<Turn>| {
            for (places, polls) in turns {
                drop(crowd.take(&places));
                let requests = hold(&crowd.contender, polls);
                crowd.put(&places, requests);
            }
        };
        Box::new(move || alone_and_together(&mut crowds, &prepare, &work))
    }
}

fn rows(keys: &str) -> Vec<String> {
    let row = |threads: &str| format!("{threads}-{keys}");
    ["one-thread", "two-threads"].map(row).into()
}

/// A crowd for each thread, with the same contender.
fn crowds<C: Contender>(size: usize) -> [Crowd<C>; 2] {
    let contender = C::new();
    [(); 2].map(|()| Crowd::new(contender.clone(), size, size))
}

/// The time per request of all requests, on one thread and on two.
fn alone_and_together<C: Contender, T>(
    crowds: &mut [Crowd<C>; 2],
    prepare: &(impl Fn(&mut Crowd<C>) -> T + Sync),
    work: &(impl Fn(&mut Crowd<C>, T) + Sync),
) -> Vec<f64> {
    let [warm_up, prepared] = [(); 2].map(|()| prepare(&mut crowds[0]));
    work(&mut crowds[0], warm_up);
    let (alone, ()) = each(SOME, || work(&mut crowds[0], prepared));
    let (runtime, start) = (Handle::current(), Barrier::new(2));
    let took = thread::scope(|scope| {
        let threads = crowds.each_mut().map(|crowd| {
            scope.spawn(|| {
                let _entered = runtime.enter();
                let prepared = prepare(crowd);
                start.wait();
                each(2 * SOME, || work(crowd, prepared)).0
            })
        });
        threads.map(|thread| thread.join().expect("it does not panic"))
    });
    vec![alone, took[0].max(took[1])]
}

const FEW: usize = 8;

/// Requests of each thread in a round.
const SOME: usize = 20_000;
