//! Bytes, as the allocator counts them.

use std::rc::Rc;
use std::time::Duration;

use support::allocator::Mark;
use support::contenders::Contender;
use support::contenders::Ours;
use tokio::runtime::{Builder, Runtime};

use crate::crowd::Crowd;

/// The memory of a hub for each waiter, without the request.
pub(crate) fn of_a_waiter(size: usize, runtime: &Rc<Runtime>) {
    for (keys, name) in [(size, "one key each"), (size / 10_000, "10k per key")] {
        let mut crowd = crowd::<Ours>(size, keys, runtime);
        let nobody = Mark::here();
        crowd.arrive();
        let requests = Mark::here();
        crowd.wait();
        let each = |bytes: usize| bytes as f64 / size as f64;
        let fresh = each(requests.bytes());
        println!("| bytes per waiter, {name} | {fresh:.1} | ≤ 112 |");
        crowd.churn(10 * size);
        let churned = each(requests.bytes());
        println!(
            "| – after ten times as many | {churned:.1} | ≤ {:.1} |",
            fresh * 1.1
        );
        crowd.leave();
        let left = each(nobody.bytes());
        println!("| – per former waiter, when all have left | {left:.1} | ≤ 16 |");
    }
}

/// The memory of a request, with its future.
pub(crate) fn of_a_request<C: Contender>(size: usize, runtime: &Rc<Runtime>) {
    let mut crowd = crowd::<C>(size, size, runtime);
    let nobody = Mark::here();
    crowd.arrive();
    crowd.wait();
    let bytes = nobody.bytes() as f64 / size as f64;
    println!("| bytes per request in all, {} | {bytes:.0} | |", C::NAME);
}

/// The memory of a notify, during the call and afterwards.
pub(crate) fn of_a_notify_that_nobody_hears(runtime: &Rc<Runtime>) {
    let (ours, _) = Ours::simulated(Rc::clone(runtime));
    let keys: Vec<_> = (0..1000).map(|key| format!("{key:016}")).collect();
    let mark = Mark::here();
    keys.iter().for_each(|key| ours.notify(key));
    println!(
        "| allocations of a notify without a waiter | {} | 0 |",
        mark.allocations() / keys.len()
    );
}

fn crowd<C: Contender>(size: usize, keys: usize, runtime: &Rc<Runtime>) -> Crowd<C> {
    let (contender, _) = C::simulated(Rc::clone(runtime));
    Crowd::new(contender, size, keys, LONG_POLL)
}

/// A runtime with a paused clock.
pub(crate) fn paused() -> Rc<Runtime> {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    Rc::new(runtime.expect("a runtime"))
}

const LONG_POLL: Duration = Duration::from_secs(30);
