//! Clients that go while they are held, and servers that go.

use support::Connection;

use super::{HEALTH, hold, start, with_one_thread_and_with_two};

#[test]
fn a_client_that_goes_is_forgotten_at_once() {
    with_one_thread_and_with_two(|server| {
        for go in Connection::WAYS_TO_GO {
            go(hold(server, "tea"));
            server.until_it_holds(0);
        }
    });
}

#[test]
fn a_client_that_goes_behind_a_pipelined_request_is_forgotten_as_well() {
    let server = start(&[]);
    for go in Connection::WAYS_TO_GO {
        for pipelined in ["\r\n", HEALTH, "GET /poll/milk HTTP/1.1\r\nho"] {
            let mut connection = hold(&server, "tea");
            connection.send(pipelined);
            go(connection);
            server.until_it_holds(0);
        }
    }
}

#[test]
fn a_client_that_half_closes_while_it_is_held_is_taken_for_one_that_has_gone() {
    let server = start(&[]);
    let mut connection = hold(&server, "tea");
    connection.half_close();
    server.until_it_holds(0);
    assert_eq!(connection.hung_up(), "");
}

#[test]
fn a_shutdown_waits_for_no_client() {
    let server = start(&[]);
    let held = hold(&server, "tea");
    let idle = server.connect();
    let mut between = server.connect();
    between.get("/healthz");
    between.receive();
    let [mut head, mut body] = [server.connect(), server.connect()];
    head.send("GET /healthz HT");
    body.send(
        "POST /notify/tea HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n",
    );
    assert_eq!(body.read(25), "HTTP/1.1 100 Continue\r\n\r\n");

    server.send("TERM");
    let said = held.hung_up();
    assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
    assert!(said.contains("\r\nconnection: close\r\n"), "{said}");
    assert!(said.contains("\r\nretry-after: "), "{said}");
    assert!(body.hung_up().starts_with("HTTP/1.1 503 "));
    for connection in [idle, between, head] {
        connection.hung_up();
    }
    server.last_words();
}
