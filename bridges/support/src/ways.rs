//! Ways to a server that break again and again.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::node::MS;
use crate::proxy::{Mode, Proxy};

/// A time during which a way was broken.
#[derive(Clone, Copy)]
pub struct Fault {
    pub node: usize,
    pub begin: Instant,
    pub end: Instant,
}

/// Breaks this number of ways in this time, at random and at a steady pace, and at the end each of them.
pub async fn break_ways(proxies: Vec<Proxy>, count: usize, within: Duration) -> Vec<Fault> {
    let begin = Instant::now();
    let mut faults = Vec::new();
    for number in 0..(count - proxies.len()) as u32 {
        sleep_until(begin + within * number / count as u32).await;
        faults.push(break_way(&proxies, fastrand::usize(..proxies.len())).await);
    }
    sleep_until(begin + within.saturating_sub(LAST)).await;
    let last = (0..proxies.len()).map(|node| break_way(&proxies, node));
    faults.extend(futures::future::join_all(last).await);
    faults.sort_by_key(|fault| fault.begin);
    faults
}

async fn break_way(proxies: &[Proxy], node: usize) -> Fault {
    let (proxy, begin) = (&proxies[node], Instant::now());
    match fastrand::u8(..3) {
        0 => {
            proxy.set(Mode::Refuse);
            proxy.cut();
            sleep(fastrand::u32(100..600) * MS).await;
        }
        1 => {
            proxy.set(Mode::Stall);
            sleep(fastrand::u32(100..1800) * MS).await;
        }
        _ => {
            proxy.set(Mode::Stall);
            sleep(fastrand::u32(600..1800) * MS).await;
            proxy.cut();
        }
    }
    proxy.set(Mode::Pass);
    Fault {
        node,
        begin,
        end: Instant::now(),
    }
}

/// How long before the end each way is broken once more.
const LAST: Duration = Duration::from_secs(1);
