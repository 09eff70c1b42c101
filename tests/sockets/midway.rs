//! Clients that disconnect in the middle of a pass, of their head or of their body.

use std::sync::Arc;

use dacapo::End;
use support::until;

use crate::client::Connection;
use crate::running::Running;

test!(
    a_client_that_goes_in_the_middle_of_its_first_pass_is_forgotten,
    |running| {
        for (gone, go) in Connection::WAYS_TO_GO.iter().enumerate() {
            let mut connection = running.connect();
            connection.get("/news/lobby");
            running.until_at_the_gate(gone + 1);
            go(connection);
            running.until_all_have_gone(&["lobby"]);
        }
        assert_eq!(
            running.application.books.ends(),
            [End::Cancelled, End::Cancelled]
        );
    }
);

test!(
    a_client_that_goes_in_the_middle_of_a_later_pass_is_forgotten,
    |running| {
        for (gone, go) in Connection::WAYS_TO_GO.iter().enumerate() {
            let held = running.hold("/job/lobby");
            assert_eq!(running.hub.notify("lobby"), 1);
            running.until_at_the_gate(gone + 1);
            go(held);
            running.until_all_have_gone(&["lobby"]);
        }
        assert_eq!(
            running.application.books.ends(),
            [End::Cancelled, End::Cancelled]
        );
    }
);

/// Makes clients send a part of a request, and disconnect when the server has read it.
fn break_off(running: &Running, parts: &[&str]) {
    for go in Connection::WAYS_TO_GO {
        let send = |part| {
            let mut connection = running.connect();
            connection.send(part);
            connection
        };
        let connections: Vec<_> = parts.iter().map(send).collect();
        running.let_the_server_look();
        connections.into_iter().for_each(go);
    }
}

/// The server would wait here for a client that it still knew.
fn assert_forgotten(mut running: Running) {
    running.assert_good();
    running.server.stop();
    until("the server has ended", || running.server.has_ended());
    assert!(running.application.books.balance());
    running.assert_empty(&["lobby"]);
}

test!(
    a_client_that_goes_in_the_middle_of_its_request_leaves_nothing,
    |running| {
        let parts = [
            "G",
            "GET /wait/lobby HTTP/1.1\r\nhost: x\r\n",
            "POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\n",
            "POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\nda c",
        ];
        break_off(&running, &parts);
        let books = Arc::clone(&running.application.books);
        assert_forgotten(running);
        assert_eq!(books.arrived(), 0, "no handler has seen half a body");
    }
);

// Before 3.12, actix-http treats the break as the end, and a handler may see the part that has arrived.
test!(
    a_client_that_goes_in_the_middle_of_a_body_without_a_length_leaves_nothing,
    |running| {
        let head = "POST /echo/lobby HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
        for body in ["", "3\r\nda \r\n", "3\r\nda \r\n4\r\nca"] {
            break_off(&running, &[&format!("{head}{body}")]);
        }
        assert_forgotten(running);
    }
);
