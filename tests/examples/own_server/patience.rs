//! Clients that are slow.

use super::{HEALTH, last_words, start};
use crate::server::Server;

/// In milliseconds: nothing that is in time depends on it.
const LITTLE: &str = "50";

#[test]
fn a_head_that_does_not_end_is_cut() {
    for beginning in ["G", "GET /healthz HTTP/1.1\r\nhost: x\r\n", "\r\n"] {
        let said = last_words(&start(&["--head-ms", LITTLE]), beginning);
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    }
}

#[test]
fn a_body_that_does_not_end_is_cut() {
    let server = start(&["--body-ms", LITTLE]);
    for beginning in [
        "content-length: 3\r\n\r\nhi",
        "transfer-encoding: chunked\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n",
    ] {
        let request = format!("POST /notify/tea HTTP/1.1\r\nhost: x\r\n{beginning}");
        let said = last_words(&server, request);
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    }
}

/// The last words to a client that has asked before it was cut: one that this machine has kept waiting tries again.
fn said_in_time(server: &Server, request: &str) -> String {
    let mut tries = (0..100).map(|_| last_words(server, request));
    tries.find(|said| !said.is_empty()).unwrap()
}

#[test]
fn a_client_that_asks_for_nothing_is_cut_without_a_word() {
    let server = start(&["--idle-ms", LITTLE]);
    assert_eq!(last_words(&server, ""), "");
    let said = said_in_time(&server, HEALTH);
    assert!(said.ends_with("\r\n\r\n0"), "{said}");
}

#[test]
fn a_client_that_asks_and_never_reads_is_cut() {
    let server = start(&["--write-ms", LITTLE]);
    let mut connection = server.connect();
    let requests = HEALTH.repeat(1000);
    while connection.offer(&requests) {}
}

#[test]
fn a_client_that_is_turned_away_and_goes_on_sending_is_cut() {
    let server = start(&["--head-ms", LITTLE]);
    let mut connection = server.connect();
    connection.send("hello?\r\n\r\n");
    assert_eq!(connection.receive().0, 400);
    while connection.offer("hello?\r\n\r\n") {}
}

#[test]
fn a_poll_that_is_held_is_not_cut() {
    let patience = ["--idle-ms", "--head-ms", "--body-ms", "--write-ms"];
    let server = start(&patience.map(|option| [option, LITTLE]).concat());
    let poll = "GET /poll/tea?timeout_ms=500 HTTP/1.1\r\nhost: x\r\n\r\n";
    let said = said_in_time(&server, poll);
    assert!(said.starts_with("HTTP/1.1 204 "), "{said}");
}
