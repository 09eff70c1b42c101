//! One fault at a time.

use std::time::Duration;

use dacapo::Cursor;
use dacapo_transport::{Broker, Publisher};
use futures::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use crate::node::{LONGEST, MS, Node, QUICK, SLACK, Times};
use crate::proxy::{Mode, Proxy};
use crate::server::{Kind, Server};

pub async fn a_change_on_one_node_wakes_the_request_of_another<K: Kind>() {
    let server = Server::start::<K>().await;
    let here = Node::up_at::<K>(server.port, QUICK).await;
    let there = Node::up_at::<K>(server.port, QUICK).await;
    let [one, other] = ["one", "other"].map(|key| tokio::spawn(there.wait_for(key)));
    there.holds(2).await;
    here.relay.notify("one");
    one.await.unwrap();
    assert_eq!(there.hub.suspended_count(), 1);
    other.abort();
}

pub async fn the_actor_of_a_change_does_not_hear_of_it_on_any_node<K: Kind>() {
    let server = Server::start::<K>().await;
    let here = Node::up_at::<K>(server.port, QUICK).await;
    let there = Node::up_at::<K>(server.port, QUICK).await;
    let heard = tokio::spawn(there.wait_for("room"));
    there.holds(1).await;
    let seen: Vec<Cursor> = [&here, &there].map(|node| node.hub.cursor()).into();
    here.relay.notify_by("room", "tab-7");
    heard.await.unwrap();
    for (node, seen) in [&here, &there].into_iter().zip(&seen) {
        assert!(!node.hub.changed("room", &seen.except("tab-7")));
        assert!(node.hub.changed("room", &seen.except("tab-8")));
    }
}

pub async fn a_connection_that_is_cut_comes_back_with_a_gap<K: Kind>() {
    let server = Server::start::<K>().await;
    let proxy = Proxy::to(server.port).await;
    let here = Node::up_at::<K>(server.port, QUICK).await;
    let mut there = Node::up_at::<K>(proxy.port, QUICK).await;
    let waiting = tokio::spawn(there.wait_for("room"));
    there.holds(1).await;
    proxy.set(Mode::Refuse);
    proxy.cut();
    here.relay.notify("room"); // which it does not hear
    let since = Instant::now();
    let (at, _) = there.is_down().await;
    let took = at - since;
    assert!(
        took < QUICK.silence / 3 + QUICK.patience + SLACK,
        "{took:?}"
    );
    proxy.set(Mode::Pass);
    let healed = Instant::now();
    let took = waiting.await.unwrap() - healed;
    assert!(
        took < QUICK.longest_pause + 2 * QUICK.spread + SLACK,
        "{took:?}"
    );
}

pub async fn a_silent_connection_is_noticed_within_a_beat_and_the_patience<K: Kind>() {
    let server = Server::start::<K>().await;
    let proxy = Proxy::to(server.port).await;
    let here = Node::up_at::<K>(server.port, QUICK).await;
    let mut there = Node::up_at::<K>(proxy.port, QUICK).await;
    for phase in [0, 150, 300, 450] {
        let waiting = tokio::spawn(there.wait_for("room"));
        sleep(phase * MS + 2 * QUICK.spread).await;
        proxy.set(Mode::Stall);
        let since = Instant::now();
        here.relay.notify("room");
        let (at, why) = there.is_down().await;
        assert_eq!(why, "carrying lines: there is no answer");
        let took = at - since;
        assert!(
            took < QUICK.silence / 3 + QUICK.patience + SLACK,
            "{took:?}"
        );
        proxy.cut();
        proxy.set(Mode::Pass);
        there.is_up().await;
        waiting.await.unwrap();
    }
}

pub async fn a_short_silence_loses_nothing_and_raises_no_alarm<K: Kind>() {
    let times = Times {
        silence: Duration::from_secs(30),
        patience: Duration::from_secs(10),
        ..QUICK
    };
    let server = Server::start::<K>().await;
    let proxy = Proxy::to(server.port).await;
    let here = Node::up_at::<K>(server.port, times).await;
    let mut there = Node::up_at::<K>(proxy.port, times).await;
    let waiting = tokio::spawn(there.wait_for("room"));
    there.holds(1).await;
    proxy.set(Mode::Stall);
    here.relay.notify("room");
    sleep(Duration::from_secs(1)).await;
    proxy.set(Mode::Pass);
    waiting.await.unwrap();
    assert_eq!(there.reported(), []);
    assert_eq!(there.hub.stats().relayed.gaps.lost, 0);
}

pub async fn a_broker_that_restarts_comes_back_with_a_gap<K: Kind>() {
    let mut server = Server::start::<K>().await;
    let (mut here, mut there) = (
        Node::up_at::<K>(server.port, QUICK).await,
        Node::up_at::<K>(server.port, QUICK).await,
    );
    for signal in ["TERM", "KILL"] {
        let waiting = tokio::spawn(there.wait_for("room"));
        there.holds(1).await;
        server.stop(signal);
        here.is_down().await;
        there.is_down().await;
        here.relay.notify("room");
        server.start_again().await;
        let started = Instant::now();
        let took = waiting.await.unwrap().saturating_duration_since(started);
        assert!(took < QUICK.bound(), "{signal}: {took:?}");
        here.is_up().await;
        there.is_up().await;
        sleep(2 * QUICK.spread).await;
    }
}

pub async fn a_node_that_vanishes_is_a_gap_after_its_silence<K: Kind>() {
    let server = Server::start::<K>().await;
    let mut here = Node::up_at::<K>(server.port, QUICK).await;
    let there = Node::up_at::<K>(server.port, QUICK).await;
    there.hears_of(&here).await;
    here.vanish().await;
    let since = Instant::now();
    let took = there.wait_for("room").await - since;
    assert!(took < QUICK.silence + 2 * QUICK.spread + SLACK, "{took:?}");
    assert_eq!(there.hub.stats().relayed.gaps.silent, 1);
}

pub async fn a_node_that_leaves_is_no_gap<K: Kind>() {
    let server = Server::start::<K>().await;
    let mut here = Node::up_at::<K>(server.port, QUICK).await;
    let there = Node::up_at::<K>(server.port, QUICK).await;
    there.hears_of(&here).await;
    here.leave().await;
    sleep(QUICK.silence + SLACK).await;
    assert_eq!(there.hub.stats().relayed.gaps.silent, 0);
}

/// Another node says more than the network has room for while this one does not read. Whether the broker cuts it off,
/// drops lines or keeps them all, no request stays behind.
pub async fn a_reader_that_is_too_slow_leaves_no_request_behind<K: Kind>() {
    const LINES: usize = 200_000;
    let times = Times {
        silence: Duration::from_secs(6),
        patience: Duration::from_secs(5),
        ..QUICK
    };
    let server = Server::start::<K>().await;
    let proxy = Proxy::to(server.port).await;
    let there = Node::up_at::<K>(proxy.port, times).await;
    let (mut publisher, _lines) = K::broker(server.port).connect().await.unwrap();
    let line = |number: usize| {
        format!(
            "00000000000000ab {number} k - key {number} {}",
            "x".repeat(100)
        )
    };
    publisher.publish(&[line(1)]).await.unwrap();
    there.has_heard(1).await;
    let requests: Vec<_> = (0..100)
        .map(|number| {
            let key = format!("key {} {}", 2 + number * LINES / 101, "x".repeat(100));
            tokio::spawn(there.wait_for(&key))
        })
        .collect();
    there.holds(100).await;
    proxy.set(Mode::Stall);
    for batch in (2..LINES).collect::<Vec<_>>().chunks(256) {
        let batch: Vec<_> = batch.iter().map(|number| line(*number)).collect();
        publisher.publish(&batch).await.unwrap();
    }
    proxy.set(Mode::Pass);
    let since = Instant::now();
    publisher
        .publish(&[format!("00000000000000ab {} b", LINES - 1)])
        .await
        .unwrap();
    for request in requests {
        let took = request.await.unwrap().saturating_duration_since(since);
        assert!(took < times.bound() + times.silence, "{took:?}");
    }
    let relayed = there.hub.stats().relayed;
    println!(
        "{} of {LINES} lines heard, gaps: {:?}",
        relayed.heard, relayed.gaps
    );
}

/// A client may live in a task of its own.
pub async fn a_bridge_that_is_dropped_leaves_no_connection<K: Kind>() {
    let server = Server::start::<K>().await;
    let mut node = Node::up_at::<K>(server.port, QUICK).await;
    assert!(server.connections() > 0);
    node.vanish().await;
    let gone = async {
        while server.connections() > 0 {
            sleep(10 * MS).await;
        }
    };
    timeout(LONGEST, gone).await.expect("none is left");
}

/// Of two applications on one broker: `Other` is it under another name.
pub async fn two_names_do_not_hear_each_other<K: Kind, Other: Kind>() {
    let server = Server::start::<K>().await;
    let node = Node::up_at::<Other>(server.port, QUICK).await;
    let [room, end] = ["room", "end"].map(|key| tokio::spawn(node.wait_for(key)));
    node.holds(2).await;
    let (mut publisher, mut lines) = K::broker(server.port).connect().await.unwrap();
    publisher.publish(&["x 0 k - room".into()]).await.unwrap();
    let echo = timeout(LONGEST, lines.next()).await.unwrap();
    assert!(echo.is_some(), "the broker has passed it on");
    let (mut publisher, _lines) = Other::broker(server.port).connect().await.unwrap();
    publisher.publish(&["x 0 k - end".into()]).await.unwrap();
    end.await.unwrap();
    assert_eq!(node.hub.suspended_count(), 1);
    room.abort();
}

impl Node {
    /// Waits until it has heard of this one.
    async fn hears_of(&self, other: &Self) {
        let before = self.hub.stats().relayed.heard;
        other.relay.notify("a sign");
        self.has_heard(before + 1).await;
    }

    /// Waits until it has heard this number of lines.
    async fn has_heard(&self, lines: u64) {
        let heard = async {
            while self.hub.stats().relayed.heard < lines {
                sleep(MS).await;
            }
        };
        let timely = timeout(LONGEST, heard).await;
        timely.expect("the lines come within 30 s");
    }
}
