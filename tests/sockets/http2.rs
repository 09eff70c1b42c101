//! HTTP/2: many requests on one connection.

use std::thread;

use dacapo::End;
use fastrand::Rng;
use support::until;

use crate::LONGEST_HOLD;
use crate::client::frames::{
    CANCEL, END_HEADERS, END_STREAM, GET, HEADERS, PREFACE, RST_STREAM, frame,
};
use crate::client::{Http2, Stream};
use crate::running::Running;
use crate::server;

/// Opens streams with requests that are held.
fn hold(running: &Running, client: &Http2, path: &str, streams: usize) -> Vec<Stream> {
    let held = running.hub.suspended_count();
    let opened = (0..streams).map(|_| client.get(path)).collect();
    running.until_suspended(held + streams);
    opened
}

test!(
    the_streams_of_a_connection_are_answered_each_by_itself,
    |running| {
        let client = running.connect_with_http2();
        let lobby = hold(&running, &client, "/wait/lobby", 50);
        let kitchen = hold(&running, &client, "/wait/kitchen", 50);
        assert_eq!(client.get("/now").receive(), (200, "now".into()));
        assert_eq!(running.hub.notify("kitchen"), 50);
        for stream in kitchen {
            assert_eq!(stream.receive(), (200, "resumed in pass 2".into()));
        }
        assert_eq!(running.hub.notify("lobby"), 50);
        for stream in lobby {
            assert_eq!(stream.receive(), (200, "resumed in pass 2".into()));
        }
        running.until_all_have_gone(&["lobby", "kitchen"]);
    }
);

test!(
    the_body_of_a_stream_is_there_in_the_second_pass,
    |running| {
        let client = running.connect_with_http2();
        let mut stream = client.post("/echo/lobby");
        stream.send("da ");
        stream.send("capo");
        stream.finish();
        running.until_suspended(1);
        running.hub.notify("lobby");
        assert_eq!(stream.receive(), (200, "da capo".into()));
    }
);

#[test]
fn a_stream_that_is_reset_while_it_is_held_is_forgotten_on_axum() {
    let running = Running::on(server::axum);
    let client = running.connect_with_http2();
    let given_up = hold(&running, &client, "/wait/lobby", 50);
    let kept = hold(&running, &client, "/wait/lobby", 50);
    given_up.into_iter().for_each(Stream::reset);
    running.until_suspended(50);
    assert_eq!(running.hub.notify("lobby"), 50);
    for stream in kept {
        assert_eq!(stream.receive(), (200, "resumed in pass 2".into()));
    }
    running.until_all_have_gone(&["lobby"]);
}

#[test]
fn all_streams_of_a_connection_that_breaks_are_forgotten_on_axum() {
    let running = Running::on(server::axum);
    let client = running.connect_with_http2();
    let held = hold(&running, &client, "/wait/lobby", 150);
    drop(client);
    running.until_all_have_gone(&["lobby"]);
    assert_eq!(running.application.books.ends(), vec![End::Cancelled; 150]);
    drop(held);
}

#[test]
fn a_stream_that_is_reset_in_the_middle_of_a_pass_is_forgotten_on_axum() {
    let running = Running::on(server::axum);
    let client = running.connect_with_http2();
    let first_pass = client.get("/news/lobby");
    running.until_at_the_gate(1);
    let later_pass = hold(&running, &client, "/job/lobby", 1);
    assert_eq!(running.hub.notify("lobby"), 1);
    running.until_at_the_gate(2);
    first_pass.reset();
    later_pass.into_iter().for_each(Stream::reset);
    running.until_all_have_gone(&["lobby"]);
    let ends = running.application.books.ends();
    assert_eq!(ends, [End::Cancelled, End::Cancelled]);
}

test!(
    a_stream_that_ends_in_the_middle_of_its_body_leaves_nothing,
    |mut running| {
        let client = running.connect_with_http2();
        let [mut given_up, mut lost] = [(); 2].map(|()| client.post("/echo/lobby"));
        given_up.send("da ");
        lost.send("ca");
        running.let_the_server_look();
        given_up.reset();
        drop(client);
        running.server.stop();
        until("the server has ended", || running.server.has_ended());
        let arrived = running.application.books.arrived();
        assert_eq!(arrived, 0, "no handler has seen half a body");
        running.assert_empty(&["lobby"]);
    }
);

/// Opens streams and resets each soon after, until the server closes the connection.
fn reset_rapidly(running: &Running, dice: &mut Rng) {
    let mut connection = running.connect();
    connection.send(PREFACE);
    (1..200).step_by(2).all(|stream| {
        let is_open = connection.offer(frame(HEADERS, END_HEADERS | END_STREAM, stream, GET));
        (0..dice.u8(..10)).for_each(|_| thread::yield_now());
        is_open && connection.offer(frame(RST_STREAM, 0, stream, CANCEL))
    });
}

test!(
    streams_that_are_reset_as_soon_as_they_are_opened_leave_nothing,
    |running| {
        let mut dice = Rng::with_seed(0);
        for _ in 0..20 {
            reset_rapidly(&running, &mut dice);
        }
        running.assert_good();
        running.outlast_all(&["lobby"]);
    }
);

/// As documented: actix does not notice.
#[test]
fn streams_that_are_reset_are_held_until_the_longest_hold_is_over_on_actix() {
    let running = Running::on(server::actix);
    let client = running.connect_with_http2();
    let given_up = hold(&running, &client, "/stay/lobby", 50);
    let broken = running.connect_with_http2();
    let lost = hold(&running, &broken, "/stay/lobby", 50);
    given_up.into_iter().for_each(Stream::reset);
    drop((broken, lost));
    running.let_the_server_look();
    assert_eq!(running.clock.advance(LONGEST_HOLD), 100);
    running.until_all_have_gone(&["lobby"]);
}

/// As documented.
#[test]
fn a_notify_one_may_be_spent_on_a_stream_that_was_reset_on_actix() {
    let running = Running::on(server::actix);
    let client = running.connect_with_http2();
    let given_up = hold(&running, &client, "/wait/jobs", 1);
    let next = hold(&running, &client, "/wait/jobs", 1);
    given_up.into_iter().for_each(Stream::reset);
    running.let_the_server_look();
    assert_eq!(running.hub.notify_one("jobs"), 1);
    running.until_suspended(1);
    assert_eq!(running.hub.notify_one("jobs"), 1);
    for stream in next {
        assert_eq!(stream.receive(), (200, "resumed in pass 2".into()));
    }
    running.until_all_have_gone(&["jobs"]);
}

test!(
    a_graceful_shutdown_answers_the_streams_that_are_held,
    |mut running| {
        let client = running.connect_with_http2();
        let held = hold(&running, &client, "/wait/lobby", 100);
        assert_eq!(running.hub.shutdown(), 100);
        running.server.stop();
        for stream in held {
            assert_eq!(stream.receive().0, 503);
        }
        drop(client);
        running.server.ended();
        assert!(running.application.books.balance());
    }
);
