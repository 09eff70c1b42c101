//! A way that stalls while the listener starts.

use dacapo_postgres::{Down, Step};

use crate::database::{client_with, port};
use crate::node::{QUICK, node};
use support::proxy::{Mode, Proxy};

#[tokio::test]
async fn a_way_that_stalls_at_any_step_is_given_up_and_tried_again() {
    let client = client_with("rows", 1).await;
    let steps = [
        Step::Connect,   // the start of the connection
        Step::Listen,    // LISTEN to its own channel
        Step::Probe,     // the start of the second connection
        Step::Probe,     // NOTIFY from there
        Step::Listen,    // LISTEN to the changes
        Step::Heartbeat, // the first heartbeat
    ];
    for (messages, expected) in (0..).zip(steps) {
        let proxy = Proxy::to(port()).await;
        proxy.stall_after(messages);
        let mut node = node(proxy.port, QUICK);
        let (_, why) = node.is_down().await;
        let no_answer = Down::NoAnswer(expected).to_string();
        assert_eq!(why, no_answer, "after {messages} messages");
        let waiting = tokio::spawn(node.wait_for("rows:0"));
        node.holds(1).await;
        client
            .execute("UPDATE rows SET version = version + 1", &[])
            .await
            .unwrap();
        proxy.set(Mode::Pass);
        waiting.await.unwrap();
    }
}
