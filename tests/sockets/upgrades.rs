//! WebSockets and their like: what follows the head is no body, and nothing waits for its end. And what asks for an upgrade
//! that no server makes.

use crate::client::Connection;
use crate::running::Running;

const HANDSHAKE: &str = "connection: upgrade\r\nupgrade: WebSocket";

fn shake_hands(running: &Running, path: &str, beginning: &str) -> Connection {
    let mut connection = running.connect();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{HANDSHAKE}\r\n\r\n{beginning}");
    connection.send(request);
    connection
}

/// Checks that the protocol has changed: both sides can now send at any time.
fn assert_is_an_echo(mut connection: Connection, beginning: &str) {
    assert_eq!(connection.receive_after("GET"), (101, String::new()));
    assert_eq!(connection.read(beginning.len()), beginning);
    for frame in ["da", " ", "capo"] {
        connection.send(frame);
        assert_eq!(connection.read(frame.len()), frame);
    }
}

test!(a_handshake_is_not_kept_waiting_for_a_body, |running| {
    assert_is_an_echo(shake_hands(&running, "/upgrade/now", ""), "");
});

test!(
    an_upgrade_that_was_held_begins_with_the_first_byte_behind_its_head,
    |running| {
        let connection = shake_hands(&running, "/upgrade/later", "before");
        running.until_suspended(1);
        assert_eq!(running.hub.notify("later"), 1);
        assert_is_an_echo(connection, "before");
    }
);

test!(a_poll_beside_a_websocket_is_held_as_usual, |running| {
    let mut held = running.hold("/wait/lobby");
    assert_is_an_echo(shake_hands(&running, "/upgrade/now", ""), "");
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
});

/// What ordinary clients say that would rather have HTTP/2: Java's, `curl --http2` (jetty #3235, helidon #9354).
const H2C: &str = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA";

test!(
    a_client_that_would_rather_have_http2_is_held_and_answered_all_the_same,
    |running| {
        let mut connection = running.connect();
        for (head, body, answer) in [
            ("GET /wait/lobby HTTP/1.1", "\r\n", "resumed in pass 2"),
            (
                "POST /echo/lobby HTTP/1.1\r\ncontent-length: 7",
                "\r\nda capo",
                "da capo",
            ),
            (
                "POST /echo/lobby HTTP/1.1\r\ntransfer-encoding: chunked",
                "\r\n3\r\nda \r\n4\r\ncapo\r\n0\r\n\r\n",
                "da capo",
            ),
        ] {
            connection.send(format!("{head}\r\nhost: x\r\n{H2C}\r\n{body}"));
            running.until_suspended(1);
            assert_eq!(running.hub.notify("lobby"), 1);
            assert_eq!(connection.receive(), (200, answer.into()));
            connection.get("/now");
            assert_eq!(connection.receive(), (200, "now".into()));
        }
    }
);

test!(
    a_client_that_would_rather_have_http2_and_goes_is_forgotten,
    |running| {
        for go in Connection::WAYS_TO_GO {
            let mut connection = running.connect();
            connection.send(format!(
                "GET /wait/lobby HTTP/1.1\r\nhost: x\r\n{H2C}\r\n\r\n"
            ));
            running.until_suspended(1);
            go(connection);
            running.until_all_have_gone(&["lobby"]);
        }
    }
);
