//! Through pgbouncer.

use dacapo_postgres::Down;

use crate::database::{client_with, port_of};
use crate::node::{QUICK, node, node_at};

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_detected() {
    client_with("rows", 1).await;
    let mut node = node(port_of("TRANSACTION_POOLER"), QUICK);
    for _ in 0..3 {
        let (_, why) = node.is_down().await;
        assert_eq!(why, Down::Pooled.to_string());
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_serves() {
    let client = client_with("rows", 1).await;
    let node = node_at(port_of("SESSION_POOLER"), QUICK).await;
    let waiting = tokio::spawn(node.wait_for("rows:0"));
    node.holds(1).await;
    client
        .execute("UPDATE rows SET version = 1", &[])
        .await
        .unwrap();
    waiting.await.unwrap();
}
