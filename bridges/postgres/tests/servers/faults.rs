//! One fault at a time.

use std::time::Duration;

use dacapo::Cursor;
use dacapo_postgres::{Down, Step};
use tokio::time::{Instant, sleep, timeout};

use crate::database::{client as connect, client_with, pg_ctl, port};
use crate::node::{MS, QUICK, SLACK, Seen, Times, node_at};
use support::proxy::{Mode, Proxy};

#[tokio::test]
async fn a_change_wakes_the_request_that_waits_for_its_key() {
    let client = client_with("rows", 2).await;
    let node = node_at(port(), QUICK).await;
    let [one, other] = ["rows:0", "rows:1"].map(|key| tokio::spawn(node.wait_for(key)));
    node.holds(2).await;
    client
        .execute("UPDATE rows SET version = 1 WHERE id = 0", &[])
        .await
        .unwrap();
    one.await.unwrap();
    assert_eq!(node.hub.suspended_count(), 1);
    other.abort();
}

#[tokio::test]
async fn the_actor_of_a_transaction_does_not_hear_of_its_change() {
    let mut client = client_with("rows", 1).await;
    let node = node_at(port(), QUICK).await;
    let seen: Cursor = node.hub.cursor();
    let heard = tokio::spawn(node.wait_for("rows:0"));
    node.holds(1).await;
    let transaction = client.transaction().await.unwrap();
    transaction
        .execute("SELECT dacapo.by($1)", &[&"tab-7"])
        .await
        .unwrap();
    transaction
        .execute("UPDATE rows SET version = 1", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    heard.await.unwrap();
    assert!(!node.hub.changed("rows:0", &seen.except("tab-7")));
    assert!(node.hub.changed("rows:0", &seen.except("tab-8")));
}

#[tokio::test]
async fn a_line_that_it_cannot_read_and_a_bulk_change_wake_all() {
    let client = client_with("rows", 1).await;
    let node = node_at(port(), QUICK).await;
    for change in [
        "NOTIFY dacapo, 'z of a newer version'",
        "INSERT INTO rows SELECT generate_series(1, 1001)",
    ] {
        let other = tokio::spawn(node.wait_for("another key"));
        node.holds(1).await;
        client.batch_execute(change).await.unwrap();
        other.await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_comes_back_with_a_gap() {
    let times = Times {
        heartbeat: Duration::from_secs(600),
        ..QUICK
    };
    let proxy = Proxy::to(port()).await;
    let (client, mut node) = (
        client_with("rows", 1).await,
        node_at(proxy.port, times).await,
    );
    let waiting = tokio::spawn(node.wait_for("rows:0"));
    node.holds(1).await;
    proxy.set(Mode::Refuse);
    proxy.cut();
    node.is_down().await; // long before the next heartbeat
    client
        .execute("UPDATE rows SET version = 1", &[])
        .await
        .unwrap(); // which it does not hear
    proxy.set(Mode::Pass);
    let healed = Instant::now();
    let took = waiting.await.unwrap() - healed;
    assert!(
        took < QUICK.longest_pause + 2 * QUICK.spread + SLACK,
        "{took:?}"
    );
}

#[tokio::test]
async fn a_silent_connection_is_noticed_within_heartbeat_and_patience() {
    let proxy = Proxy::to(port()).await;
    let (client, mut node) = (
        client_with("rows", 1).await,
        node_at(proxy.port, QUICK).await,
    );
    for phase in [0, 150, 300, 450] {
        let waiting = tokio::spawn(node.wait_for("rows:0"));
        sleep(phase * MS + 2 * QUICK.spread).await;
        proxy.set(Mode::Stall);
        let since = Instant::now();
        client
            .execute("UPDATE rows SET version = version + 1", &[])
            .await
            .unwrap();
        let (at, why) = node.is_down().await;
        assert_eq!(why, Down::NoAnswer(Step::Heartbeat).to_string());
        let took = at - since;
        assert!(took < QUICK.heartbeat + QUICK.patience + SLACK, "{took:?}");
        proxy.cut();
        proxy.set(Mode::Pass);
        node.is_up().await;
        waiting.await.unwrap();
    }
}

#[tokio::test]
async fn a_short_silence_loses_nothing_and_raises_no_alarm() {
    let times = Times {
        patience: Duration::from_secs(10),
        ..QUICK
    };
    let proxy = Proxy::to(port()).await;
    let (client, mut node) = (
        client_with("rows", 1).await,
        node_at(proxy.port, times).await,
    );
    let waiting = tokio::spawn(node.wait_for("rows:0"));
    node.holds(1).await;
    proxy.set(Mode::Stall);
    client
        .execute("UPDATE rows SET version = 1", &[])
        .await
        .unwrap();
    sleep(2 * times.heartbeat).await;
    proxy.set(Mode::Pass);
    waiting.await.unwrap();
    assert!(node.reported().is_empty());
}

#[tokio::test]
async fn a_backend_that_is_terminated_comes_back_with_a_gap() {
    let (client, mut node) = (client_with("rows", 1).await, node_at(port(), QUICK).await);
    let waiting = tokio::spawn(node.wait_for("a key that nothing notifies"));
    node.holds(1).await;
    let terminate =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dacapo'";
    client.execute(terminate, &[]).await.unwrap();
    node.is_down().await;
    node.is_up().await;
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_server_that_restarts_comes_back_with_a_gap() {
    for mode in ["fast", "immediate"] {
        client_with("rows", 1).await;
        let mut node = node_at(port(), QUICK).await;
        let waiting = tokio::spawn(node.wait_for("rows:0"));
        node.holds(1).await;
        pg_ctl(&format!("stop -m {mode}")).await;
        node.is_down().await;
        pg_ctl("start").await;
        let started = Instant::now();
        connect()
            .await
            .execute("UPDATE rows SET version = 1", &[])
            .await
            .unwrap();
        let took = waiting.await.unwrap().saturating_duration_since(started);
        assert!(
            took < QUICK.longest_pause + 2 * QUICK.spread + SLACK,
            "{mode}: {took:?}"
        );
    }
}

/// Versions before 17 have a queue of 8 GB, which a test does not fill.
#[tokio::test]
#[ignore = "needs PostgreSQL 17: POSTGRES_BINARIES=/usr/lib/postgresql/17/bin .ci/nodes postgres"]
async fn a_full_queue_takes_it_down_and_an_emptied_one_brings_it_back() {
    let client = client_with("rows", 1).await;
    client
        .batch_execute("ALTER SYSTEM SET max_notify_queue_pages = 64")
        .await
        .unwrap();
    pg_ctl("restart -m fast").await;
    let (idle, client) = (connect().await, connect().await);
    idle.batch_execute("LISTEN dacapo").await.unwrap();
    idle.batch_execute("BEGIN; SELECT 1").await.unwrap(); // keeps the queue from being emptied
    let mut node = node_at(port(), QUICK).await;
    let fill = "SELECT pg_notify('other', repeat('x', 7000) || i) FROM generate_series(1, 30) i";
    while client.batch_execute(fill).await.is_ok() {}
    node.is_down().await;
    idle.batch_execute("COMMIT").await.unwrap();
    node.is_up().await;
    client
        .batch_execute("ALTER SYSTEM RESET max_notify_queue_pages")
        .await
        .unwrap();
    pg_ctl("restart -m fast").await;
}

#[tokio::test]
async fn a_listener_that_is_dropped_leaves_no_connection() {
    let client = client_with("rows", 1).await;
    let mut node = node_at(port(), QUICK).await;
    node.vanish().await;
    let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dacapo'";
    let gone = async {
        while client.query_one(left, &[]).await.unwrap().get::<_, i64>(0) > 0 {
            sleep(10 * MS).await;
        }
    };
    timeout(10 * SLACK, gone).await.unwrap();
    assert!(
        !matches!(node.reported().last(), Some(Seen::Down(_))),
        "it was dropped, not cut"
    );
}
