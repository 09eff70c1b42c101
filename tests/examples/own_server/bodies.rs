//! Bodies, of a length that is known and in chunks.

use super::{hold, last_words, notify, start};
use crate::server::Server;

/// Holds a poll, sends what follows the first lines of a notify, and returns what the poll is answered with.
fn heard(server: &Server, rest: &str) -> String {
    let mut poll = hold(server, "tea");
    let mut connection = server.connect();
    connection.send("POST /notify/tea HTTP/1.1\r\nhost: x\r\n");
    connection.send(rest);
    assert_eq!(connection.receive(), (200, "1".to_owned()));
    connection.get("/healthz");
    assert_eq!(connection.receive(), (200, "0".to_owned()), "it ends there");
    poll.receive().1
}

#[test]
fn a_body_comes_in_chunks() {
    let server = start(&[]);
    for chunks in [
        "5\r\nhello\r\n0\r\n\r\n",
        "1\r\nh\r\n0004\r\nello\r\n000\r\n\r\n",
        "2;a=b\r\nhe\r\n3 ;c\r\nllo\r\n0\r\nchecksum: 1\r\n\r\n",
    ] {
        let rest = format!("transfer-encoding: Chunked\r\n\r\n{chunks}");
        assert_eq!(heard(&server, &rest), "hello");
    }
}

#[test]
fn a_body_comes_byte_by_byte() {
    let server = start(&[]);
    for body in [
        "content-length: 5\r\n\r\nhello",
        "transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;a\r\nllo\r\n0\r\na: b\r\n\r\n",
    ] {
        let mut poll = hold(&server, "tea");
        let mut connection = server.connect();
        let request = format!("POST /notify/tea HTTP/1.1\r\nhost: x\r\n{body}");
        for byte in request.bytes() {
            connection.send([byte]);
        }
        assert_eq!(connection.receive(), (200, "1".to_owned()));
        assert_eq!(poll.receive(), (200, "hello".to_owned()));
    }
}

#[test]
fn a_client_that_expects_to_be_told_to_go_on_is_told() {
    let server = start(&[]);
    let mut poll = hold(&server, "tea");
    let mut connection = server.connect();
    connection.send(
        "POST /notify/tea HTTP/1.1\r\nhost: x\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\n",
    );
    assert_eq!(connection.read(25), "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send("hi");
    assert_eq!(connection.receive(), (200, "1".to_owned()));
    assert_eq!(poll.receive(), (200, "hi".to_owned()));
}

#[test]
fn a_body_may_have_2_mib_and_no_more() {
    let server = start(&[]);
    let large = "x".repeat(2 << 20);
    let mut poll = hold(&server, "tea");
    assert_eq!(notify(&server, "tea", &large), "1");
    assert!(poll.receive().1 == large);
    let chunked = format!(
        "transfer-encoding: chunked\r\n\r\n100000\r\n{0}\r\n100000\r\n{0}\r\n0\r\n\r\n",
        &large[1 << 20..]
    );
    assert!(heard(&server, &chunked) == large);

    let one_more = format!("100000\r\n{}\r\n100001\r\n", &large[1 << 20..]);
    for rest in [
        "content-length: 2097153\r\n\r\n".to_owned(),
        format!("content-length: 2097153\r\n\r\n{large}x"),
        "content-length: 99999999999999999999999\r\n\r\n".to_owned(),
        "expect: 100-continue\r\ncontent-length: 2097153\r\n\r\n".to_owned(),
        "transfer-encoding: chunked\r\n\r\n200001\r\n".to_owned(),
        "transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n".to_owned(),
        format!("transfer-encoding: chunked\r\n\r\n{one_more}"),
    ] {
        let mut connection = server.connect();
        connection.send(format!("POST /notify/tea HTTP/1.1\r\nhost: x\r\n{rest}"));
        connection.half_close();
        let said = connection.hung_up();
        assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    }
}

#[test]
fn a_poll_may_have_a_body_which_is_not_read_as_a_request() {
    let server = start(&[]);
    let smuggled = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let length = smuggled.len();
    let said = last_words(
        &server,
        format!(
            "GET /poll/tea?timeout_ms=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{smuggled}"
        ),
    );
    assert!(said.starts_with("HTTP/1.1 204 "), "{said}");
    assert!(!said.contains("content-length"), "{said}");
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
}
