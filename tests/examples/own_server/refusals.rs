//! Bad requests. Where the next one begins is not known after most of them, so the connection ends with the answer.

use super::{HEALTH, last_words, start};
use crate::server::Server;

/// Sends something, and a good request behind it, which must not be answered.
fn is_refused(server: &Server, bytes: impl AsRef<[u8]>, status: u16) {
    let bytes = bytes.as_ref();
    let mut connection = server.connect();
    connection.send([bytes, HEALTH.as_bytes()].concat());
    connection.half_close();
    let (said, sent) = (connection.hung_up(), String::from_utf8_lossy(bytes));
    let beginning = format!("HTTP/1.1 {status} ");
    assert!(
        said.starts_with(&beginning),
        "{status} for {sent:.99}: {said}"
    );
    assert!(said.contains("\r\nconnection: close\r\n"), "{said}");
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{sent:.99}: {said}");
}

#[test]
fn nonsense_is_refused() {
    let server = start(&[]);
    for nonsense in [
        "hello\r\n\r\n",
        "\0\0\0\0",
        "GET /healthz\r\n\r\n",
        "GET healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nhost: x\r\na: \0\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\u{7f}\x03\x03",
    ] {
        is_refused(&server, nonsense, 400);
    }
}

#[test]
fn another_version_is_refused() {
    let server = start(&[]);
    is_refused(&server, "GET /healthz HTTP/1.2\r\nhost: x\r\n\r\n", 505);
    is_refused(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
}

#[test]
fn a_request_has_one_host() {
    let server = start(&[]);
    for hosts in ["", "host: x\r\nhost: x\r\n", "host: x\r\nHost: y\r\n"] {
        is_refused(
            &server,
            format!("GET /healthz HTTP/1.1\r\n{hosts}\r\n"),
            400,
        );
    }
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = start(&[]);
    let long = "x".repeat(8 << 10);
    let lines: String = (0..64).map(|n| format!("a{n}: b\r\n")).collect();
    for head in [
        format!("GET /poll/{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
        format!("GET /poll/{long}"),
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\na: {long}\r\n\r\n"),
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\na: {long}"),
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{lines}\r\n"),
        format!(
            "POST /notify/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: {long}"
        ),
    ] {
        is_refused(&server, head, 431);
    }
}

#[test]
fn a_refusal_of_a_head_request_says_only_how_long_it_would_be() {
    let server = start(&["--head-ms", "50", "--body-ms", "50"]);
    for (rest, status) in [
        ("\r\n", 400),
        ("no colon\r\n\r\n", 400),
        ("host: x\r\nexpect: a miracle\r\n\r\n", 417),
        ("host: x\r\ncontent-length: 9999999\r\n\r\n", 413),
        ("host: x\r\ncontent-length: 3\r\n\r\n", 408),
        ("host: x\r\n", 408),
    ] {
        let said = last_words(&server, format!("\r\nHEAD /healthz HTTP/1.1\r\n{rest}"));
        let beginning = format!("HTTP/1.1 {status} ");
        assert!(said.starts_with(&beginning), "{rest}: {said}");
        assert!(said.contains("\r\ncontent-length: "), "{said}");
        assert!(said.ends_with("\r\n\r\n"), "{said}");
    }
}

#[test]
fn a_body_that_two_servers_may_understand_in_two_ways_is_refused() {
    let server = start(&[]);
    for lines in [
        "content-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        "content-length: 0\r\ncontent-length: 5\r\n\r\n",
        "content-length: 5, 5\r\n\r\n",
        "content-length: +5\r\n\r\n",
        "content-length: 0x5\r\n\r\n",
        "content-length:\r\n\r\n",
        "content-length: -1\r\n\r\n",
        "content-length : 5\r\n\r\n",
        "a: b\r\n content-length: 5\r\n\r\n",
        "a: b\r\n\tc\r\n\r\n",
    ] {
        is_refused(
            &server,
            format!("POST /notify/tea HTTP/1.1\r\nhost: x\r\n{lines}"),
            400,
        );
    }
    let old = "POST /notify/tea HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    is_refused(&server, old, 400);
}

#[test]
fn two_lengths_that_are_the_same_are_one() {
    let server = start(&[]);
    let mut connection = server.connect();
    connection.send(
        "POST /notify/tea HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nhi",
    );
    connection.send(HEALTH);
    assert_eq!(connection.receive(), (200, "0".to_owned()));
    assert_eq!(connection.receive(), (200, "0".to_owned()));
}

#[test]
fn chunks_that_cannot_be_understood_are_refused() {
    let server = start(&[]);
    let extension = "x".repeat(300);
    for chunks in [
        "x\r\n",
        "\r\n\r\n",
        ";\r\n\r\n",
        "-1\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "2\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello..0\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "11111111111111111\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        &format!("5;{extension}\r\nhello\r\n0\r\n\r\n"),
    ] {
        let request = format!(
            "POST /notify/tea HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"
        );
        is_refused(&server, request, 400);
    }
}

#[test]
fn what_is_not_implemented_is_refused() {
    let server = start(&[]);
    let post = "POST /notify/tea HTTP/1.1\r\nhost: x\r\n";
    for coding in [
        "gzip",
        "gzip, chunked",
        "chunked, chunked",
        "identity",
        "xchunked",
    ] {
        is_refused(
            &server,
            format!("{post}transfer-encoding: {coding}\r\n\r\n"),
            501,
        );
    }
    let twice = "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    is_refused(&server, format!("{post}{twice}"), 501);
    is_refused(&server, format!("{post}expect: a miracle\r\n\r\n"), 417);
}

/// Sends a request, and returns all of its response; the connection goes on.
fn answer(server: &Server, method: &str, target: &str) -> (u16, String) {
    let mut connection = server.connect();
    connection.send(format!(
        "{method} {target} HTTP/1.1\r\nhost: x\r\n\r\n{HEALTH}"
    ));
    let answer = connection.receive();
    assert_eq!(
        connection.receive(),
        (200, "0".to_owned()),
        "behind {target}"
    );
    answer
}

#[test]
fn an_unknown_path_is_not_found() {
    let server = start(&[]);
    for target in [
        "/",
        "/poll",
        "/poll/",
        "/poll/a/b",
        "/notify/",
        "/healthz/",
        "/healthz/a",
        "//poll/a",
        "/?/healthz",
    ] {
        assert_eq!(answer(&server, "GET", target).0, 404, "{target}");
    }
}

#[test]
fn an_unknown_method_is_told_those_that_there_are() {
    let server = start(&[]);
    for (method, target, allowed) in [
        ("POST", "/poll/tea", "GET, HEAD"),
        ("get", "/poll/tea", "GET, HEAD"),
        ("GET", "/notify/tea", "POST"),
        ("DELETE", "/healthz", "GET, HEAD"),
    ] {
        assert_eq!(answer(&server, method, target).0, 405, "{method} {target}");
        let mut connection = server.connect();
        connection.send(format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        ));
        let said = connection.hung_up();
        assert!(
            said.contains(&format!("\r\nallow: {allowed}\r\n")),
            "{said}"
        );
    }
}

#[test]
fn a_key_that_cannot_be_read_is_refused() {
    let server = start(&[]);
    for target in [
        "/poll/%",
        "/poll/%4",
        "/poll/a%zz",
        "/poll/%+4",
        "/poll/%ff",
        "/poll/%c3%28",
        "/poll/%\u{e4}",
    ] {
        let (status, sentence) = answer(&server, "GET", target);
        assert_eq!(status, 400, "{target}");
        assert!(sentence.contains("a key is UTF-8"), "{sentence}");
    }
}

#[test]
fn a_timeout_that_is_no_number_is_refused() {
    let server = start(&[]);
    for value in ["soon", "", "-1", "+1", "1.5", "1s", "%31"] {
        let target = format!("/poll/tea?timeout_ms={value}");
        let (status, sentence) = answer(&server, "GET", &target);
        assert_eq!(status, 400, "{target}");
        assert!(
            sentence.contains("timeout_ms is a number of milliseconds"),
            "{sentence}"
        );
    }
}
