//! WebSockets and similar protocols: the bytes after the head are no body, and the server does not wait for their
//! end.

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
