//! The bridge on a real NATS, which each test starts. `.ci/nodes` runs these tests one after another. They do not run
//! with the others: without the server they fail, because a check that is skipped looks like one that has passed.

use std::path::Path;
use std::process::Command;

use async_nats::ConnectOptions;
use dacapo_nats::Nats;
use support::{Kind, Node, QUICK, Server, faults, on_broker};

struct OfDebian;

impl Kind for OfDebian {
    type Broker = Nats;

    fn command(port: u16, _: &Path) -> Command {
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", &port.to_string()]);
        command
    }

    /// With a subscription that holds few messages, so that some are lost.
    fn broker(port: u16) -> Nats {
        Nats::new(move || {
            ConnectOptions::new()
                .subscription_capacity(64)
                .max_reconnects(1)
                .connect(address(port))
        })
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

    on_broker!(super::Roomy:
        figures::from_notify_to_the_answer_of_another_node,
        figures::lines_per_second,
    );
}

/// As a user has it.
struct Roomy;

impl Kind for Roomy {
    type Broker = Nats;

    fn command(port: u16, folder: &Path) -> Command {
        OfDebian::command(port, folder)
    }

    fn broker(port: u16) -> Nats {
        Nats::new(move || {
            ConnectOptions::new()
                .max_reconnects(1)
                .connect(address(port))
        })
    }
}

struct WithoutEcho;

impl Kind for WithoutEcho {
    type Broker = Nats;

    fn command(port: u16, folder: &Path) -> Command {
        OfDebian::command(port, folder)
    }

    fn broker(port: u16) -> Nats {
        Nats::new(move || ConnectOptions::new().no_echo().connect(address(port)))
    }
}

#[tokio::test]
async fn a_client_that_hides_its_own_messages_is_reported() {
    let server = Server::start::<WithoutEcho>().await;
    let mut node = Node::new::<WithoutEcho>(server.port, QUICK);
    let (_, why) = node.is_down().await;
    assert!(
        why.starts_with("the bridge does not hear its own line"),
        "{why}"
    );
}

#[tokio::test]
async fn a_message_of_another_client_wakes_a_request() {
    let server = Server::start::<OfDebian>().await;
    let node = Node::up_at::<OfDebian>(server.port, QUICK).await;
    let waiting = tokio::spawn(node.wait_for("room:7"));
    node.holds(1).await;
    let client = async_nats::connect(address(server.port)).await.unwrap();
    client
        .publish("dacapo", "x 0 k - room:7".into())
        .await
        .unwrap();
    waiting.await.unwrap();
}

#[tokio::test]
async fn two_subjects_do_not_hear_each_other() {
    faults::two_names_do_not_hear_each_other::<OfDebian, OnAnotherSubject>().await;
}

struct OnAnotherSubject;

impl Kind for OnAnotherSubject {
    type Broker = Nats;

    fn command(port: u16, folder: &Path) -> Command {
        OfDebian::command(port, folder)
    }

    fn broker(port: u16) -> Nats {
        OfDebian::broker(port).subject("another")
    }
}

#[tokio::test]
async fn a_line_that_the_server_does_not_take_is_a_gap() {
    let server = Server::start::<OfDebian>().await;
    let mut here = Node::up_at::<OfDebian>(server.port, QUICK).await;
    let there = Node::up_at::<OfDebian>(server.port, QUICK).await;
    let waiting = tokio::spawn(there.wait_for("room"));
    there.holds(1).await;
    here.relay.notify("x".repeat(2 << 20).as_str()); // max_payload is 1 MiB
    waiting.await.unwrap();
    assert_eq!(here.reported(), []);
    assert_eq!(there.hub.stats().relayed.gaps.announced, 1);
}

fn address(port: u16) -> String {
    format!("nats://127.0.0.1:{port}")
}
