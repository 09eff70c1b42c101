//! The bridge on a real Redis, which each test starts. `.ci/nodes` runs these tests one after another. They do not run
//! with the others: without the server they fail, because a check that is skipped looks like one that has passed.

use std::path::Path;
use std::process::Command;

use dacapo_redis::Redis;
use support::{Kind, Node, QUICK, Server, faults, on_broker};

struct OfDebian;

impl Kind for OfDebian {
    type Broker = Redis;

    fn command(port: u16, folder: &Path) -> Command {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", ""])
            .args(["--port", &port.to_string()])
            .arg("--dir")
            .arg(folder);
        command
    }

    fn broker(port: u16) -> Redis {
        client(port).into()
    }
}

on_broker!(OfDebian:
    faults::a_change_on_one_node_wakes_the_request_of_another,
    faults::the_actor_of_a_change_does_not_hear_of_it_on_any_node,
    faults::a_connection_that_is_cut_comes_back_with_a_gap,
    faults::a_silent_connection_is_noticed_within_a_beat_and_the_patience,
    faults::a_short_silence_loses_nothing_and_raises_no_alarm,
    faults::a_broker_that_restarts_comes_back_with_a_gap,
    faults::a_node_that_vanishes_is_a_gap_after_its_silence,
    faults::a_node_that_leaves_is_no_gap,
    faults::a_reader_that_is_too_slow_leaves_no_request_behind,
    faults::a_bridge_that_is_dropped_leaves_no_connection,
    chaos::three_nodes_with_25_faults_leave_no_request_behind,
    chaos::a_bridge_that_ignores_gaps_leaves_requests_behind,
);

/// By `.ci/nodes figures`.
mod figures {
    use support::on_broker;

    on_broker!(super::OfDebian:
        figures::from_notify_to_the_answer_of_another_node,
        figures::lines_per_second,
    );
}

#[tokio::test]
async fn a_subscriber_that_the_server_kills_comes_back_with_a_gap() {
    let server = Server::start::<OfDebian>().await;
    let mut node = Node::up_at::<OfDebian>(server.port, QUICK).await;
    let waiting = tokio::spawn(node.wait_for("room"));
    node.holds(1).await;
    let mut admin = client(server.port).get_connection().unwrap();
    let kill = redis::cmd("CLIENT")
        .arg("KILL")
        .arg("TYPE")
        .arg("pubsub")
        .query::<i64>(&mut admin);
    assert_eq!(kill.unwrap(), 1);
    assert_eq!(
        node.is_down().await.1,
        "carrying lines: the connection has ended"
    );
    node.is_up().await;
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_line_of_redis_cli_wakes_a_request() {
    let server = Server::start::<OfDebian>().await;
    let node = Node::up_at::<OfDebian>(server.port, QUICK).await;
    let waiting = tokio::spawn(node.wait_for("room:7"));
    node.holds(1).await;
    let mut admin = client(server.port).get_connection().unwrap();
    let publish = redis::cmd("PUBLISH")
        .arg("dacapo")
        .arg("x 0 k - room:7")
        .query::<i64>(&mut admin);
    assert_eq!(publish.unwrap(), 1);
    waiting.await.unwrap();
}

#[tokio::test]
async fn two_channels_do_not_hear_each_other() {
    faults::two_names_do_not_hear_each_other::<OfDebian, OnAnotherChannel>().await;
}

struct OnAnotherChannel;

impl Kind for OnAnotherChannel {
    type Broker = Redis;

    fn command(port: u16, folder: &Path) -> Command {
        OfDebian::command(port, folder)
    }

    fn broker(port: u16) -> Redis {
        Redis::new(client(port)).channel("another")
    }
}

#[tokio::test]
async fn a_replica_is_refused() {
    let primary = Server::start::<OfDebian>().await;
    let replica = Server::start::<OfDebian>().await;
    let mut admin = client(replica.port).get_connection().unwrap();
    redis::cmd("REPLICAOF")
        .arg("127.0.0.1")
        .arg(primary.port)
        .query::<()>(&mut admin)
        .unwrap();
    let mut node = Node::new::<OfDebian>(replica.port, QUICK);
    let (_, why) = node.is_down().await;
    assert!(
        why.starts_with("connecting failed: the server is a replica"),
        "{why}"
    );
}

#[tokio::test]
async fn a_user_that_may_only_publish_and_subscribe_is_enough() {
    let server = Server::start::<OfDebian>().await;
    let mut admin = client(server.port).get_connection().unwrap();
    let rights = "SETUSER default -@all +publish +subscribe resetchannels &dacapo";
    redis::cmd("ACL")
        .arg(rights.split(' ').collect::<Vec<_>>())
        .query::<()>(&mut admin)
        .unwrap();
    Node::up_at::<OfDebian>(server.port, QUICK).await;
}

#[tokio::test]
async fn a_user_that_may_not_publish_is_reported() {
    let server = Server::start::<OfDebian>().await;
    let mut admin = client(server.port).get_connection().unwrap();
    let rights = ["SETUSER", "default", "-publish"];
    redis::cmd("ACL")
        .arg(&rights)
        .query::<()>(&mut admin)
        .unwrap();
    let mut node = Node::new::<OfDebian>(server.port, QUICK);
    let (_, why) = node.is_down().await;
    assert!(
        why.starts_with("the probe failed: ") && why.contains("NoPerm"),
        "{why}"
    );
}

fn client(port: u16) -> redis::Client {
    redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap()
}
