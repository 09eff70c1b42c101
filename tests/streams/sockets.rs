//! Event streams over TCP on the loopback interface.

use support::{Axum, Connection, Listening, on_each_framework, until};

use super::served::{LARGE, LOGGED_OUT, Serve};
use super::*;

struct Running {
    log: Log,
    clock: MockClock,
    server: Listening,
}

impl Running {
    fn on(framework: impl Serve) -> Self {
        let (log, clock) = Log::new();
        let server = framework.listen_log(log.clone());
        Self { log, clock, server }
    }

    /// Opens a stream, and reads to its first byte.
    fn open(&self, head: &str) -> Connection {
        let mut connection = Connection::to(self.server.address);
        connection.send(format!("GET /lines HTTP/1.1\r\nhost: x\r\n{head}\r\n"));
        let head = connection.read_until("\r\n\r\n").to_lowercase();
        assert!(head.starts_with("http/1.1 200 ok"));
        assert!(head.contains("content-type: text/event-stream\r\n"));
        assert!(head.contains("cache-control: no-store\r\n"));
        assert!(head.contains("x-accel-buffering: no\r\n"));
        connection.read_until(":\n\n");
        connection
    }

    fn until_suspended(&self, streams: usize) {
        let what = format!("{streams} streams wait");
        until(&what, || self.log.hub.suspended_count() == streams);
    }
}

on_each_framework!(
    the_first_byte_comes_at_once_and_items_as_they_are_made,
    |on| {
        let running = Running::on(on);
        let mut reader = running.open("");
        for number in 10..20 {
            running.until_suspended(1);
            running.log.post(number);
            let event = format!("id: {}\ndata: {number}\n\n", number - 9);
            assert!(reader.read_until("\n\n").ends_with(&event));
        }
    }
);

on_each_framework!(a_heartbeat_is_a_comment, |on| {
    let running = Running::on(on);
    let mut reader = running.open("");
    for _ in 0..3 {
        running.until_suspended(1);
        running.clock.advance(HOLD);
        assert!(reader.read_until("\n\n").ends_with("\r\n:\n\n"));
    }
    assert_eq!(running.log.passes(), 1);
});

on_each_framework!(a_reader_that_comes_back_misses_nothing, |on| {
    let running = Running::on(on);
    running.log.store(10);
    let mut reader = running.open("");
    assert!(reader.read_until("\n\n").ends_with("id: 1\ndata: 10\n\n"));
    reader.reset();
    running.log.post(11);
    let mut reader = running.open("last-event-id: 1\r\n");
    assert!(reader.read_until("\n\n").ends_with("id: 2\ndata: 11\n\n"));
});

on_each_framework!(a_client_that_goes_is_forgotten, |on| {
    let running = Running::on(on);
    for (gone, go) in (1..).zip(Connection::WAYS_TO_GO) {
        let reader = running.open("");
        running.until_suspended(1);
        go(reader);
        running.until_suspended(0);
        until("its end is told", || {
            running.log.hub.stats().ended.cancelled == gone
        });
        assert_empty(&running.log.hub, &running.clock);
    }
});

on_each_framework!(a_shutdown_ends_the_body_and_lets_the_server_end, |on| {
    let mut running = Running::on(on);
    let mut reader = running.open("");
    running.until_suspended(1);
    assert_eq!(running.log.hub.shutdown(), 1);
    assert!(reader.read_until("0\r\n\r\n").ends_with("\r\n0\r\n\r\n"));
    reader.close(); // actix waits for those that may ask for more
    running.server.stop();
    running.server.ended();
});

on_each_framework!(an_error_of_the_closure_breaks_the_body_off, |on| {
    let running = Running::on(on);
    let reader = running.open("");
    running.until_suspended(1);
    running.log.post(LOGGED_OUT);
    let said = reader.hung_up();
    assert!(!said.contains("0\r\n\r\n"), "{said}");
    assert_empty(&running.log.hub, &running.clock);
});

on_each_framework!(what_was_sent_before_an_error_reaches_the_client, |on| {
    let running = Running::on(on);
    running.log.store(10);
    running.log.store(LOGGED_OUT);
    let mut reader = running.open("");
    assert!(reader.read_until("\n\n").ends_with("id: 1\ndata: 10\n\n"));
    // It has nothing before its error but the head and the first byte.
    running.open("last-event-id: 1\r\n").hung_up();
});

on_each_framework!(a_client_that_does_not_read_is_not_run_ahead_of, |on| {
    const READ: usize = 16;
    /// How many items sockets and server keep for a client.
    const KEPT: usize = 128;
    let running = Running::on(on);
    (0..10_000).for_each(|number| running.log.store(number));
    let mut reader = Connection::to(running.server.address);
    reader.get("/large");
    for read in 1..=READ {
        reader.read(LARGE);
        let passes = running.log.passes();
        assert!(passes <= read + KEPT, "{passes} passes for {read} items");
    }
    reader.reset();
    until("it is forgotten", || {
        running.log.hub.stats().ended.cancelled == 1
    });
});

#[test]
fn one_hub_holds_polls_and_streams() {
    let running = Running::on(Axum);
    let mut reader = running.open("");
    let poll = running
        .log
        .hub
        .run(async |c: Continuation<u8>| match running.log.read(0) {
            Some((number, _)) => Ok(number),
            None => Err(c.suspend(&KEY, HOLD)),
        });
    let mut poll = Box::pin(poll);
    assert!(futures::FutureExt::now_or_never(poll.as_mut()).is_none());
    running.until_suspended(2);
    running.log.store(10);
    assert_eq!(running.log.hub.notify(&KEY), 2);
    assert!(reader.read_until("\n\n").ends_with("data: 10\n\n"));
    assert_eq!(futures::FutureExt::now_or_never(poll).unwrap().unwrap(), 10);
}
