//! What a bridge takes.

use std::time::Duration;

use dacapo_transport::{Broker, Publisher};
use tokio::time::{Instant, sleep};

use crate::node::{MS, Node, Times};
use crate::server::{Kind, Server};

/// As a user gets it.
const USUAL: Times = Times {
    silence: Duration::from_secs(15),
    patience: Duration::from_secs(5),
    longest_pause: Duration::from_secs(5),
    spread: Duration::ZERO,
};

pub async fn from_notify_to_the_answer_of_another_node<K: Kind>() {
    let server = Server::start::<K>().await;
    let here = Node::up_at::<K>(server.port, USUAL).await;
    let there = Node::up_at::<K>(server.port, USUAL).await;
    let mut took = Vec::new();
    for _ in 0..2000 {
        let waiting = tokio::spawn(there.wait_for("room"));
        there.holds(1).await;
        let begin = Instant::now();
        here.relay.notify("room");
        took.push(waiting.await.unwrap() - begin);
    }
    took.sort();
    let percentile = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!(
        "notify to answer: p50 {:?}, p90 {:?}, p99 {:?}",
        percentile(0.5),
        percentile(0.9),
        percentile(0.99)
    );
}

/// Lines of a publisher that waits for the broker after each 256, and of a node that waits for its own line to come
/// back.
pub async fn lines_per_second<K: Kind>() {
    const LINES: usize = 200_000;
    const IN_FLIGHT: u64 = 10_000; // a client of NATS drops what it has no room for
    let server = Server::start::<K>().await;
    let node = Node::up_at::<K>(server.port, USUAL).await;
    let (mut publisher, _lines) = K::broker(server.port).connect().await.unwrap();
    let (begin, mut said) = (Instant::now(), 0);
    for batch in (0..LINES).collect::<Vec<_>>().chunks(256) {
        let line = |number: &usize| format!("x 0 k - room:{number}");
        let batch: Vec<_> = batch.iter().map(line).collect();
        publisher.publish(&batch).await.unwrap();
        said += batch.len() as u64;
        while node.hub.stats().notifies + IN_FLIGHT < said {
            tokio::task::yield_now().await;
        }
    }
    while node.hub.stats().notifies < LINES as u64 {
        sleep(MS).await;
    }
    let heard = LINES as f64 / begin.elapsed().as_secs_f64();
    let (here, before) = (
        Node::up_at::<K>(server.port, USUAL).await,
        node.hub.stats().notifies,
    );
    let begin = Instant::now();
    for number in 0..LINES {
        here.relay.notify(&format!("room:{number}"));
        if number % 512 == 0 {
            while node.hub.stats().notifies < before + number as u64 {
                tokio::task::yield_now().await;
            }
        }
    }
    let said = LINES as f64 / begin.elapsed().as_secs_f64();
    println!(
        "a node hears {heard:.0} lines per second, and a node says {said:.0}, each with a notify of its hub"
    );
}
