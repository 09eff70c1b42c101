//! The figures of the README, by `.ci/nodes figures`.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::database::{client, client_with, pg_ctl, port};
use crate::node::{MS, Times, node_at};
use support::proxy::{Mode, Proxy};

/// As a user gets it.
const USUAL: Times = Times {
    heartbeat: Duration::from_secs(5),
    patience: Duration::from_secs(5),
    longest_pause: Duration::from_secs(5),
    spread: Duration::ZERO,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_commit_to_answer() {
    let client = client_with("rows", 1).await;
    let node = node_at(port(), USUAL).await;
    for synchronous in ["on", "off"] {
        client
            .batch_execute(&format!("SET synchronous_commit = {synchronous}"))
            .await
            .unwrap();
        let (mut from_send, mut from_return) = (Vec::new(), Vec::new());
        for _ in 0..1000 {
            let waiting = tokio::spawn(node.wait_for("rows:0"));
            node.holds(1).await;
            let sent = Instant::now();
            client
                .batch_execute("UPDATE rows SET version = version + 1")
                .await
                .unwrap();
            let returned = Instant::now();
            let answered = waiting.await.unwrap();
            from_send.push(answered - sent);
            from_return.push(answered.saturating_duration_since(returned));
        }
        print(
            &format!("synchronous_commit={synchronous}: UPDATE sent to answer"),
            from_send,
        );
        print(
            &format!("synchronous_commit={synchronous}: UPDATE returned to answer"),
            from_return,
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_per_second() {
    let client = client_with("rows", 1).await;
    let node = node_at(port(), USUAL).await;
    let keys = 100_000;
    let last = tokio::spawn(node.wait_for("last"));
    node.holds(1).await;
    let begin = Instant::now();
    let burst = format!(
        "SELECT dacapo.notify('key:' || i) FROM generate_series(1, {keys}) i; SELECT dacapo.notify('last')"
    );
    client.batch_execute(&burst).await.unwrap();
    let committed = begin.elapsed();
    let heard = last.await.unwrap() - begin;
    println!(
        "{keys} keys in a transaction: committed after {committed:?}, heard after {heard:?}, so {:.0} keys/s in {:?} after the commit",
        f64::from(keys) / heard.saturating_sub(committed).as_secs_f64().max(0.001),
        heard.saturating_sub(committed)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery() {
    client_with("rows", 1).await;
    let terminate =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dacapo'";
    for fault in [
        "cut",
        "terminate",
        "restart fast",
        "restart immediate",
        "stall, 12 s",
    ] {
        let proxy = Proxy::to(port()).await;
        let mut node = node_at(proxy.port, USUAL).await;
        sleep(USUAL.longest_pause + 500 * MS).await;
        let begin = Instant::now();
        let repaired = match fault {
            "cut" => {
                proxy.cut();
                begin
            }
            "terminate" => {
                client().await.execute(terminate, &[]).await.unwrap();
                begin
            }
            "stall, 12 s" => {
                proxy.set(Mode::Stall);
                sleep(Duration::from_secs(12)).await;
                proxy.cut();
                proxy.set(Mode::Pass);
                Instant::now()
            }
            restart => {
                pg_ctl(&format!(
                    "restart -m {}",
                    restart.strip_prefix("restart ").unwrap()
                ))
                .await;
                Instant::now()
            }
        };
        let (down, why) = node.is_down().await;
        let up = node.is_up().await;
        println!(
            "{fault}: down after {:?} ({why}), up {:?} after it was repaired",
            down - begin,
            up.saturating_duration_since(repaired)
        );
    }
}

fn print(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let percentile = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!(
        "{what}: p50 {:?}, p90 {:?}, p99 {:?}",
        percentile(0.5),
        percentile(0.9),
        percentile(0.99)
    );
}
