//! Both adapters under real servers, over TCP on the loopback interface.

mod client;
mod server;
mod told;

use std::thread;
use std::time::Duration;

use dacapo::{Hub, MockClock};

use client::Connection;
use server::{Server, Start};

const LONG_POLL: Duration = Duration::from_secs(30);

/// A test for both servers: `test!(name_as_a_sentence, |server: Running| { … })`.
macro_rules! test {
    ($name:ident, $test:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn on_axum() {
                let test: fn(Running) = $test;
                test(Running::start(server::axum));
            }

            #[test]
            fn on_actix() {
                let test: fn(Running) = $test;
                test(Running::start(server::actix));
            }
        }
    };
}

/// A server whose requests wait in a hub with a clock that stands still.
struct Running {
    hub: Hub<String>,
    clock: MockClock,
    server: Server,
}

impl Running {
    fn start(start: Start) -> Self {
        let (hub, clock) = Hub::manual();
        let server = start(hub.clone());
        Self { hub, clock, server }
    }

    fn connect(&self) -> Connection {
        Connection::to(self.server.address)
    }

    /// Opens a connection whose request is held.
    fn hold(&self, key: &str) -> Connection {
        let held = self.hub.suspended();
        let mut connection = self.connect();
        connection.send(&format!("GET /wait/{key} HTTP/1.1\r\nhost: x\r\n\r\n"));
        self.until_suspended(held + 1);
        connection
    }

    fn until_suspended(&self, requests: usize) {
        // Bounded, so that a lost request fails the test instead of hanging it.
        for _ in 0..200_000_000_u64 {
            if self.hub.suspended() == requests {
                return;
            }
            thread::yield_now();
        }
        panic!(
            "{} requests are suspended, not {requests}",
            self.hub.suspended()
        );
    }
}

test!(a_notify_answers_a_held_request, |running| {
    let mut held = running.hold("lobby");
    assert_eq!(running.hub.notify("kitchen"), 0);
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
});

test!(one_notify_answers_all_who_are_held, |running| {
    let mut held: Vec<_> = (0..50).map(|_| running.hold("lobby")).collect();
    assert_eq!(running.hub.notify("lobby"), 50);
    for held in &mut held {
        assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
    }
});

test!(an_expiry_answers_a_held_request, |running| {
    let mut held = running.hold("lobby");
    assert_eq!(
        running.clock.advance(LONG_POLL - Duration::from_millis(1)),
        0
    );
    assert_eq!(running.clock.advance(Duration::from_millis(1)), 1);
    assert_eq!(held.receive(), (200, "expired in pass 2".into()));
});

test!(
    a_client_that_closes_while_it_is_held_is_forgotten,
    |running| {
        let held = running.hold("lobby");
        drop(held);
        running.until_suspended(0);
        assert_eq!(
            (
                running.hub.notify("lobby"),
                running.clock.advance(LONG_POLL)
            ),
            (0, 0)
        );
    }
);

test!(
    a_client_that_resets_while_it_is_held_is_forgotten,
    |running| {
        let held = running.hold("lobby");
        held.reset();
        running.until_suspended(0);
        assert_eq!(
            (
                running.hub.notify("lobby"),
                running.clock.advance(LONG_POLL)
            ),
            (0, 0)
        );
    }
);

test!(
    a_client_that_closes_after_its_body_was_read_is_forgotten,
    |running| {
        let mut connection = running.connect();
        connection.send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\nda capo");
        running.until_suspended(1);
        drop(connection);
        running.until_suspended(0);
    }
);

test!(the_body_of_a_post_is_there_in_the_second_pass, |running| {
    let mut connection = running.connect();
    connection.send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\n");
    connection.send("da ");
    connection.send("capo");
    running.until_suspended(1);
    running.hub.notify("lobby");
    assert_eq!(connection.receive(), (200, "da capo".into()));

    connection.send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    connection.send("3\r\nda \r\n4\r\ncapo\r\n0\r\n\r\n");
    running.until_suspended(1);
    running.hub.notify("lobby");
    assert_eq!(connection.receive(), (200, "da capo".into()));
});

test!(a_body_over_the_limit_is_a_413, |running| {
    let mut connection = running.connect();
    connection.send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n");
    assert_eq!(connection.receive().0, 413);
});

/// actix asks for every body, before anyone has looked at the request.
#[test]
fn a_body_over_the_limit_is_not_even_asked_for_on_axum() {
    let running = Running::start(server::axum);
    let mut connection = running.connect();
    connection.send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n");
    connection.send("expect: 100-continue\r\n\r\n");
    assert_eq!(connection.receive().0, 413);

    let mut connection = running.connect();
    connection.send("POST /echo/lobby HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n");
    connection.send("expect: 100-continue\r\n\r\n");
    assert_eq!(connection.receive().0, 100);
}

test!(
    a_connection_is_good_for_more_requests_after_a_held_one,
    |running| {
        let mut connection = running.connect();
        for _ in 0..3 {
            connection.send("GET /wait/lobby HTTP/1.1\r\nhost: x\r\n\r\n");
            running.until_suspended(1);
            running.hub.notify("lobby");
            assert_eq!(connection.receive(), (200, "resumed in pass 2".into()));
            connection.send("GET /now HTTP/1.1\r\nhost: x\r\n\r\n");
            assert_eq!(connection.receive(), (200, "now".into()));
        }
    }
);

test!(
    a_pipelined_request_is_answered_after_the_held_one,
    |running| {
        let mut connection = running.connect();
        connection.send(
            "GET /wait/lobby HTTP/1.1\r\nhost: x\r\n\r\nGET /now HTTP/1.1\r\nhost: x\r\n\r\n",
        );
        running.until_suspended(1);
        running.hub.notify("lobby");
        assert_eq!(connection.receive(), (200, "resumed in pass 2".into()));
        assert_eq!(connection.receive(), (200, "now".into()));
    }
);

test!(
    a_handler_that_knows_no_framework_is_held_like_any_other,
    |running| {
        let mut connection = running.connect();
        connection.send("GET /portable/lobby HTTP/1.1\r\nhost: x\r\n\r\n");
        running.until_suspended(1);
        running.hub.notify("lobby");
        assert_eq!(
            connection.receive(),
            (200, "GET /portable/lobby in pass 2".into())
        );
    }
);

test!(
    a_graceful_shutdown_returns_although_a_hundred_requests_are_held,
    |mut running| {
        let held: Vec<_> = (0..100).map(|n| running.hold(&n.to_string())).collect();
        assert_eq!(running.hub.shutdown(), 100);
        running.server.stop();
        for mut held in held {
            assert_eq!(held.receive().0, 503);
        }
        running.server.ended();
        assert_eq!(running.hub.suspended(), 0);
    }
);
