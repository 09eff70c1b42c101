//! Clients that disconnect while they are held. They are forgotten at once if the server can know, and otherwise
//! after the longest hold.

use std::time::Duration;

use dacapo::End;

use crate::LONGEST_HOLD;
use crate::client::Connection;
use crate::running::Running;
use crate::server;

test!(
    a_client_that_closes_while_it_is_held_is_forgotten,
    |running| {
        running.hold("/wait/lobby").close();
        running.until_all_have_gone(&["lobby"]);
        assert_eq!(running.application.books.ends(), [End::Cancelled]);
    }
);

test!(
    a_client_that_resets_while_it_is_held_is_forgotten,
    |running| {
        running.hold("/wait/lobby").reset();
        running.until_all_have_gone(&["lobby"]);
        assert_eq!(running.application.books.ends(), [End::Cancelled]);
    }
);

test!(
    a_client_that_goes_after_its_body_was_read_is_forgotten,
    |running| {
        for go in Connection::WAYS_TO_GO {
            let mut connection = running.connect();
            connection
                .send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\nda capo");
            running.until_suspended(1);
            go(connection);
            running.until_all_have_gone(&["lobby"]);
        }
    }
);

test!(
    a_client_that_half_closes_while_it_is_held_is_taken_for_one_who_has_gone,
    |running| {
        let mut held = running.hold("/wait/lobby");
        held.half_close();
        running.until_all_have_gone(&["lobby"]);
        assert_eq!(held.hung_up(), "");
    }
);

/// Bytes that hide from some servers that a client has disconnected.
const PIPELINED: [&str; 3] = [
    "\r\n",
    "GET /now HTTP/1.1\r\nhost: x\r\n\r\n",
    "GET /stay/lobby HTTP/1.1\r\nhost: x\r\n\r\n",
];

fn hold_with(running: &Running, pipelined: &str) -> Connection {
    let mut connection = running.connect();
    connection.send(format!(
        "GET /stay/lobby HTTP/1.1\r\nhost: x\r\n\r\n{pipelined}"
    ));
    running.until_suspended(1);
    connection
}

test!(
    a_client_that_goes_behind_a_pipelined_request_is_held_for_the_longest_hold_at_most,
    |running| {
        for go in Connection::WAYS_TO_GO {
            for pipelined in PIPELINED {
                go(hold_with(&running, pipelined));
                // The second request may begin when the first one ends.
                running.outlast_all(&["lobby"]);
            }
        }
    }
);

#[test]
fn actix_notices_even_a_client_that_goes_behind_a_pipelined_request() {
    let running = Running::on(server::actix);
    for go in Connection::WAYS_TO_GO {
        for pipelined in PIPELINED {
            go(hold_with(&running, pipelined));
            running.until_all_have_gone(&["lobby"]);
        }
    }
}

#[test]
fn by_default_actix_answers_a_client_that_has_half_closed() {
    let running = Running::on(server::actix_by_default);
    let mut held = running.hold("/wait/lobby");
    held.half_close();
    running.let_the_server_look();
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
}

#[test]
fn by_default_actix_holds_a_client_that_has_closed_until_the_longest_hold_is_over() {
    let running = Running::on(server::actix_by_default);
    running.hold("/stay/lobby").close();
    running.let_the_server_look();
    let tick = Duration::from_millis(1);
    assert_eq!(running.clock.advance(LONGEST_HOLD - tick), 0);
    assert_eq!(running.clock.advance(tick), 1);
    running.until_all_have_gone(&["lobby"]);
}

#[test]
fn even_by_default_actix_notices_a_reset() {
    let running = Running::on(server::actix_by_default);
    running.hold("/stay/lobby").reset();
    running.until_all_have_gone(&["lobby"]);
    assert_eq!(running.application.books.ends(), [End::Cancelled]);
}
