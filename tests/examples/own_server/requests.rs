//! Good requests, one after the other on a connection.

use std::fs;
use std::process::Command;

use super::{HEALTH, hold, last_words, notify, post, start, with_one_thread_and_with_two};
use crate::server::{Server, built};

fn answer(status: u16, body: &str) -> (u16, String) {
    (status, body.to_owned())
}

#[test]
fn a_connection_stays_open_from_one_request_to_the_next() {
    with_one_thread_and_with_two(|server| {
        let mut connection = server.connect();
        connection.get("/healthz");
        assert_eq!(connection.receive(), answer(200, "0"));
        connection.send(post("tea", "unheard"));
        assert_eq!(connection.receive(), answer(200, "0"));
        connection.get("/poll/tea?timeout_ms=1");
        assert_eq!(connection.receive(), answer(204, ""));
        connection.get("/poll/tea?other=1&timeout_ms=0");
        assert_eq!(connection.receive(), answer(204, ""));
        connection.get("/healthz");
        assert_eq!(connection.receive(), answer(200, "0"));
    });
}

#[test]
fn a_notify_answers_all_polls_of_its_key_and_no_other() {
    with_one_thread_and_with_two(|server| {
        let mut polls = [server.connect(), server.connect(), server.connect()];
        for (poll, key) in polls.iter_mut().zip(["tea", "t%65a", "milk"]) {
            poll.get(&format!("/poll/{key}"));
        }
        server.until_it_holds(3);
        assert_eq!(notify(server, "tea", "it is ready"), "2");
        server.until_it_holds(1);
        assert_eq!(notify(server, "milk", ""), "1");
        let [one, two, three] = &mut polls;
        assert_eq!(one.receive(), answer(200, "it is ready"));
        assert_eq!(two.receive(), answer(200, "it is ready"));
        assert_eq!(three.receive(), answer(200, ""));
    });
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = start(&[]);
    let mut connection = server.connect();
    let (unknown, post) = (HEALTH.replace("healthz", "x"), post("tea", "unheard"));
    let poll = HEALTH.replace("healthz", "poll/tea?timeout_ms=1");
    connection.send([HEALTH, &unknown, &poll, &post, &poll].concat());
    let statuses = [(); 5].map(|()| connection.receive().0);
    assert_eq!(statuses, [200, 404, 204, 200, 204]);
}

#[test]
fn a_request_behind_a_poll_is_answered_after_it() {
    with_one_thread_and_with_two(|server| {
        let mut connection = hold(server, "tea");
        connection.send(HEALTH);
        assert_eq!(notify(server, "tea", "hello"), "1");
        assert_eq!(connection.receive(), answer(200, "hello"));
        assert_eq!(connection.receive(), answer(200, "0"));
    });
}

#[test]
fn what_is_behind_a_poll_waits_with_its_client_if_it_is_much() {
    let server = start(&[]);
    let mut connection = hold(&server, "tea");
    connection.send(HEALTH.repeat(3000));
    for _ in 0..100 {
        server.until_it_holds(1); // one thread does this as well: it reads what it wants to read
    }
    assert!(has_unread(&server), "100 kB are read ahead");
    assert_eq!(notify(&server, "tea", "hello"), "1");
    assert_eq!(connection.receive(), answer(200, "hello"));
    for _ in 0..3000 {
        assert_eq!(connection.receive(), answer(200, "0"));
    }
}

/// Whether there is something that this server has not read, as Linux tells.
fn has_unread(server: &Server) -> bool {
    let port = format!(":{:04X}", server.address.port());
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap();
    sockets.lines().any(|socket| {
        // The number, here, there, the state (1: established), the bytes not yet sent and the bytes not yet read.
        let fields: Vec<_> = socket.split_whitespace().collect();
        fields[1].ends_with(&port) && fields[3] == "01" && !fields[4].ends_with(":00000000")
    })
}

#[test]
fn a_connection_is_closed_when_its_client_asks_for_that() {
    let server = start(&[]);
    let close = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: te, Close\r\n\r\n";
    let said = last_words(&server, close.to_owned() + HEALTH);
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
    assert!(said.contains("\r\nconnection: close\r\n"), "{said}");
}

#[test]
fn http_1_0_needs_no_host_and_closes() {
    let said = last_words(&start(&[]), "GET /healthz HTTP/1.0\r\n\r\n");
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    assert!(said.ends_with("\r\nconnection: close\r\n\r\n0"), "{said}");
}

#[test]
fn a_client_that_half_closes_has_the_answers_to_what_it_has_sent() {
    let server = start(&[]);
    let mut connection = server.connect();
    connection.send([HEALTH, HEALTH].concat());
    connection.half_close();
    let said = connection.hung_up();
    assert_eq!(said.matches("\r\n\r\n0").count(), 2, "{said}");
}

#[test]
fn head_is_answered_without_a_body() {
    let said = last_words(
        &start(&[]),
        "HEAD /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    assert!(said.contains("\r\ncontent-length: 1\r\n"), "{said}");
    assert!(said.ends_with("\r\n\r\n"), "{said}");
}

#[test]
fn a_target_may_be_absolute_and_an_empty_line_may_come_first() {
    let server = start(&[]);
    let mut connection = server.connect();
    connection.send("\r\nGET http://x/healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(connection.receive(), answer(200, "0"));
    connection.send("GET http://x HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(connection.receive().0, 404);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let server = start(&[]);
    let port = server.address.port().to_string();
    let mut second = Command::new(built("own_server"));
    let ended = second.args(["--port", &port]).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success());
    assert!(
        said.contains(&port) && said.contains("choose another with --port"),
        "{said}"
    );
}
