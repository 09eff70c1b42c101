//! Bodies: the same in every pass, and within their limits.

use std::time::Duration;

use support::until;

use crate::client::Connection;
use crate::files;
use crate::running::Running;
use crate::server;

/// The default limit of the adapters on a body.
const LIMIT: usize = 2 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);

fn head(path: &str, framing: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n")
}

fn chunk(length: usize) -> String {
    format!("{length:x}\r\n{}\r\n", "x".repeat(length))
}

test!(
    a_body_that_ends_before_it_is_whole_reaches_no_handler,
    |running| {
        for (framing, beginning) in [
            ("content-length: 1000", "da capo"),
            ("transfer-encoding: chunked", "7\r\nda capo\r\n"),
            ("transfer-encoding: chunked", "7\r\nda c"),
        ] {
            let mut connection = running.connect();
            connection.send(head("/echo/lobby", framing));
            connection.send(beginning);
            connection.half_close();
            // Some servers send nothing to a client that has disconnected.
            let said = connection.hung_up();
            assert!(
                said.is_empty() || said.starts_with("HTTP/1.1 400 "),
                "{said}"
            );
        }
        assert_eq!(running.application.books.arrived(), 0);
    }
);

/// By default, actix goes on when a client has closed its half of the connection.
#[test]
fn a_body_that_ends_before_it_is_whole_is_a_400_on_actix_by_default() {
    let running = Running::on(server::actix_by_default);
    for (framing, beginning) in [
        ("content-length: 1000", "da capo"),
        ("transfer-encoding: chunked", "7\r\nda capo\r\n"),
    ] {
        let mut connection = running.connect();
        connection.send(head("/echo/lobby", framing));
        connection.send(beginning);
        connection.half_close();
        assert_eq!(connection.receive().0, 400);
    }
    assert_eq!(running.application.books.arrived(), 0);
}

/// The adapter's text: those of the frameworks differ.
fn is_too_large((status, sentence): (u16, String)) -> bool {
    status == 413 && sentence == "the body of this request is larger than this server takes"
}

test!(the_body_of_a_post_is_there_in_the_second_pass, |running| {
    let mut connection = running.connect();
    connection.send(head("/echo/lobby", "content-length: 7"));
    connection.send("da ");
    connection.send("capo");
    running.until_suspended(1);
    running.hub.notify("lobby");
    assert_eq!(connection.receive(), (200, "da capo".into()));

    connection.send(head("/echo/lobby", "transfer-encoding: chunked"));
    connection.send("3\r\nda \r\n4\r\ncapo\r\n0\r\n\r\n");
    running.until_suspended(1);
    running.hub.notify("lobby");
    assert_eq!(connection.receive(), (200, "da capo".into()));
});

/// Sends a body with a trailer, and returns when its request is held or refused.
fn send_with_a_trailer(running: &Running) -> Connection {
    let mut connection = running.connect();
    connection.send(head(
        "/echo/lobby",
        "transfer-encoding: chunked\r\ntrailer: x-sum",
    ));
    connection.send("3\r\nda \r\n4\r\ncapo\r\n0\r\nx-sum: 7\r\n\r\n");
    until("it is held or refused", || {
        running.hub.suspended_count() == 1 || connection.is_answered()
    });
    connection
}

fn assert_has_lost_its_trailer(running: &Running, mut connection: Connection) {
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(connection.receive(), (200, "da capo".into()));
    connection.get("/now");
    assert_eq!(connection.receive(), (200, "now".into()));
}

/// Cf. jetty #4383.
#[test]
fn a_body_is_there_in_the_second_pass_without_its_trailer_on_axum() {
    let running = Running::on(server::axum);
    assert_has_lost_its_trailer(&running, send_with_a_trailer(&running));
}

/// Versions of actix-http that know no trailers take one for a broken body.
#[test]
fn a_body_with_a_trailer_is_whole_or_reaches_no_handler_on_actix() {
    let running = Running::on(server::actix);
    let mut connection = send_with_a_trailer(&running);
    match running.hub.suspended_count() {
        1 => assert_has_lost_its_trailer(&running, connection),
        _ => assert_eq!(connection.receive().0, 400),
    }
}

test!(a_body_that_says_it_is_too_large_is_a_413, |running| {
    let mut connection = running.connect();
    let length = format!("content-length: {}", LIMIT + 1);
    connection.send(head("/echo/lobby", &length));
    assert!(is_too_large(connection.receive()));
    assert_eq!(running.application.books.arrived(), 0);
});

test!(a_body_that_turns_out_to_be_too_large_is_a_413, |running| {
    let mut connection = running.connect();
    connection.send(head("/echo/lobby", "transfer-encoding: chunked"));
    connection.send(chunk(LIMIT));
    // Not a byte more than the server reads: otherwise the answer would be lost with the connection.
    connection.send("1\r\nx");
    assert!(is_too_large(connection.receive()));
    assert_eq!(running.application.books.arrived(), 0);
});

/// actix asks for every body, before any code has looked at the request.
#[test]
fn a_body_over_the_limit_is_not_even_asked_for_on_axum() {
    let running = Running::on(server::axum);
    let ask = |length| {
        let mut connection = running.connect();
        let framing = format!("content-length: {length}\r\nexpect: 100-continue");
        connection.send(head("/echo/lobby", &framing));
        connection.receive().0
    };
    assert_eq!(ask(LIMIT + 1), 413);
    assert_eq!(ask(LIMIT), 100);
}

test!(a_limit_that_the_framework_has_set_is_a_413_too, |running| {
    let mut connection = running.connect();
    connection.send(head("/limited/lobby", "content-length: 5"));
    connection.send("xxxxx");
    assert_eq!(connection.receive().0, 413);

    let mut connection = running.connect();
    connection.send(head("/limited/lobby", "transfer-encoding: chunked"));
    connection.send("5\r\nxxxxx\r\n0\r\n\r\n");
    assert_eq!(connection.receive().0, 413);

    let mut connection = running.connect();
    connection.send(head("/limited/lobby", "content-length: 4"));
    connection.send("fine");
    running.until_suspended(1);
    running.hub.notify("lobby");
    assert_eq!(connection.receive(), (200, "fine".into()));
});

/// Advances the time until the server has answered, because the test cannot see when the wait begins.
fn until_answered(running: &Running, connection: &Connection) {
    until("the time is up", || {
        running.clock.advance(TIMEOUT);
        connection.is_answered()
    });
}

fn is_too_slow((status, sentence): (u16, String)) -> bool {
    status == 408 && sentence == "the body of this request has not arrived in time"
}

test!(a_body_that_does_not_arrive_in_time_is_a_408, |running| {
    for framing in ["content-length: 7", "transfer-encoding: chunked"] {
        let mut connection = running.connect();
        connection.send(head("/echo/lobby", framing));
        until_answered(&running, &connection);
        assert!(is_too_slow(connection.receive()));
    }
    assert_eq!(running.application.books.arrived(), 0);
    running.assert_empty(&["lobby"]);
});

test!(those_who_send_slowly_do_not_hold_up_the_others, |running| {
    let crowd = files::crowd(100);
    let slow = |_| {
        let mut connection = running.connect();
        connection.send(head("/echo/lobby", "content-length: 7"));
        connection.send("da ");
        connection
    };
    let slow: Vec<Connection> = (0..crowd.clients).map(slow).collect();
    let mut held = running.hold("/wait/lobby");
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
    for mut slow in slow {
        until_answered(&running, &slow);
        assert!(is_too_slow(slow.receive()));
    }
    running.assert_empty(&["lobby"]);
});
