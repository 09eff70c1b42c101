//! The chat on three nodes behind haproxy, with 500 clients: 450 poll and 50 stream. `.ci/nodes` runs these tests one
//! after another. Each starts a broker, two nodes on axum, one on actix, and haproxy.

mod client;
mod cluster;
mod story;

use std::time::Duration;

use client::{get, post};
use cluster::{Broker, Cluster, NATS, REDIS, SILENCE};
use futures::future::join_all;
use serde_json::{Value, json};
use story::{PER_ROOM, ROOMS, Speakers, Story};
use support::proxy::Mode;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const S: Duration = Duration::from_secs(1);

/// A test on Redis of each of the first stories, and on both brokers of the others.
macro_rules! stories {
    (on_redis: $($first:ident),*; on_both: $($both:ident),* $(,)?) => {
        mod redis {
            stories!(@REDIS: $($first,)* $($both,)*);
        }
        mod nats {
            stories!(@NATS: $($both,)*);
        }
    };
    (@$broker:ident: $($story:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(&super::$broker).await;
            }
        )*
    };
}

stories!(
    on_redis:
    a_line_reaches_all_tabs_except_its_own_with_one_request_per_node,
    an_idle_tab_asks_once_in_each_hold,
    half_a_request_does_not_keep_a_node_from_leaving,
    a_node_that_is_cut_off_loses_no_line;
    on_both:
    a_tab_that_is_far_behind_gets_all_lines_at_once,
    what_a_client_invents_is_answered,
    a_rolling_restart_under_500_clients_loses_no_line,
    a_node_that_is_killed_loses_no_line,
    a_broker_that_restarts_loses_no_line,
);

async fn a_line_reaches_all_tabs_except_its_own_with_one_request_per_node(broker: &'static Broker) {
    let cluster = Cluster::start(broker, 60).await;
    let story = Story::begin(&cluster, Speakers::First).await;
    sleep(8 * S).await;
    let end = story.end().await;
    assert_eq!(end.late, Vec::<String>::new());
    for room in 0..ROOMS {
        let lines = end.lines_of(room);
        // At the first visit of a node, a tab is answered once.
        let own = end.answers(room, 0);
        assert!(
            own <= 3,
            "the tab that has said {lines} lines was answered {own} times"
        );
        for tab in 1..PER_ROOM - 1 {
            let answers = end.answers(room, tab);
            assert!(
                answers <= 3 * lines + 3,
                "{answers} answers for {lines} lines"
            );
        }
    }
    assert_eq!(end.failures, 0);
}

async fn an_idle_tab_asks_once_in_each_hold(broker: &'static Broker) {
    let (hold, holds) = (4, 4);
    let cluster = Cluster::start(broker, hold).await;
    let story = Story::begin(&cluster, Speakers::None).await;
    let before = story.all_answers();
    sleep(holds as u32 * hold as u32 * S).await;
    let answers = story.all_answers() - before;
    let (tabs, end) = (ROOMS * (PER_ROOM - 1), story.end().await);
    println!("{answers} answers to {tabs} tabs in {holds} holds of {hold} s");
    // At the first visit of each other node, a tab is answered at once.
    let range = tabs * (holds - 1)..=tabs * (holds + 2);
    assert!(range.contains(&answers), "{answers} is not in {range:?}");
    assert_eq!(end.failures, 0);
}

async fn a_tab_that_is_far_behind_gets_all_lines_at_once(broker: &'static Broker) {
    let cluster = Cluster::start(broker, 60).await;
    for number in 0..250 {
        let line = json!({ "id": format!("a-{number}"), "tab": "a", "text": "hello" });
        let said = post(cluster.port, "/room", &line.to_string()).await;
        assert_eq!(said.unwrap(), 204);
    }
    let (mut last, mut seen) = (String::new(), String::new());
    for batch in [100, 100, 50] {
        let path = format!("/room?tab=b&last={last}&seen={seen}");
        let answer = timeout(10 * S, get(cluster.nodes[0].port, &path, "")).await;
        let (_, body) = answer.expect("it is answered at once").unwrap();
        let news: Value = serde_json::from_slice(&body).unwrap();
        [last, seen] = ["last", "seen"].map(|name| news[name].as_str().unwrap().into());
        assert_eq!(news["lines"].as_array().unwrap().len(), batch);
    }
}

async fn what_a_client_invents_is_answered(broker: &'static Broker) {
    let cluster = Cluster::start(broker, 60).await;
    for node in &cluster.nodes {
        let position = u64::MAX;
        let (status, _) = get(node.port, &format!("/room?tab=a&last={position}"), "")
            .await
            .unwrap();
        assert_eq!(status, 200);
        for (id, tab) in [("a\r\nb", "a"), ("", "a"), ("a", "a b"), ("a", "")] {
            let line = json!({ "id": id, "tab": tab, "text": "hello" });
            let said = post(node.port, "/room", &line.to_string()).await;
            assert_eq!(said.unwrap(), 400, "{line}");
        }
    }
}

async fn half_a_request_does_not_keep_a_node_from_leaving(broker: &'static Broker) {
    let mut cluster = Cluster::start(broker, 20).await;
    let halves = [0, 1]
        .map(|node| cluster.nodes[node].port)
        .map(async |port| {
            let mut half = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            half.write_all(b"POST /room HTTP/1.1\r\n").await.unwrap();
            half
        });
    let _halves = join_all(halves).await;
    for node in &mut cluster.nodes[..2] {
        node.terminate().await;
    }
    sleep(SILENCE + S).await;
    assert_eq!(cluster.nodes[2].gaps("silent").await, 0, "they have left");
}

async fn a_rolling_restart_under_500_clients_loses_no_line(broker: &'static Broker) {
    let mut cluster = Cluster::start(broker, 20).await;
    let story = Story::begin(&cluster, Speakers::All).await;
    for node in 0..3 {
        let fault = story.fault();
        cluster.nodes[node].terminate().await;
        sleep(S).await;
        cluster.nodes[node].start().await;
        story.is_over(fault);
    }
    sleep(S).await;
    let end = story.end().await;
    assert_eq!(end.late, Vec::<String>::new());
    for node in &cluster.nodes {
        assert_eq!(node.gaps("silent").await, 0, "a node that leaves is no gap");
    }
}

async fn a_node_that_is_killed_loses_no_line(broker: &'static Broker) {
    let mut cluster = Cluster::start(broker, 20).await;
    let story = Story::begin(&cluster, Speakers::All).await;
    for node in 0..2 {
        sleep(S).await;
        let fault = story.fault();
        cluster.nodes[node].kill().await;
        sleep(4 * S).await;
        cluster.nodes[node].start().await;
        story.is_over(fault);
    }
    sleep(S).await;
    assert_eq!(story.end().await.late, Vec::<String>::new());
    assert!(
        cluster.nodes[2].gaps("silent").await >= 1,
        "a node that vanishes is a gap"
    );
}

async fn a_broker_that_restarts_loses_no_line(broker: &'static Broker) {
    let mut cluster = Cluster::start(broker, 20).await;
    let story = Story::begin(&cluster, Speakers::All).await;
    sleep(S).await;
    let fault = story.fault();
    cluster.broker.stop("TERM");
    sleep(2 * S).await;
    cluster.broker.start_again().await;
    story.is_over(fault);
    sleep(3 * S).await;
    assert_eq!(story.end().await.late, Vec::<String>::new());
}

async fn a_node_that_is_cut_off_loses_no_line(broker: &'static Broker) {
    let cluster = Cluster::start(broker, 20).await;
    let story = Story::begin(&cluster, Speakers::All).await;
    for and_cut in [false, true] {
        sleep(S).await;
        let fault = story.fault();
        cluster.way.set(Mode::Stall);
        sleep(4 * S).await;
        if and_cut {
            cluster.way.cut();
        }
        cluster.way.set(Mode::Pass);
        story.is_over(fault);
        sleep(2 * S).await;
    }
    assert_eq!(story.end().await.late, Vec::<String>::new());
}
