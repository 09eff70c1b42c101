//! Through pgbouncer.

use dacapo_postgres::Down;

use crate::database::{client_with, port_of};
use crate::node::{Node, QUICK};

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_detected() {
    client_with("rows", 1).await;
    let mut node = Node::new(port_of("TRANSACTION_POOLER"), QUICK);
    for _ in 0..3 {
        let (_, why) = node.is_down().await;
        assert!(matches!(why, Down::Pooled), "{why}");
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_serves() {
    let client = client_with("rows", 1).await;
    let node = Node::up_at(port_of("SESSION_POOLER"), QUICK).await;
    let waiting = tokio::spawn(node.wait_for("rows:0"));
    node.holds(1).await;
    client
        .execute("UPDATE rows SET version = 1", &[])
        .await
        .unwrap();
    waiting.await.unwrap();
}
