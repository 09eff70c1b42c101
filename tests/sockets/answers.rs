//! Requests that are held and answered.

use std::time::Duration;

use crate::LONG_POLL;
use crate::files;
use crate::running::Running;

test!(a_notify_answers_a_held_request, |running| {
    let mut held = running.hold("/wait/lobby");
    assert_eq!(running.hub.notify("kitchen"), 0);
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
});

test!(one_notify_answers_all_who_are_held, |running| {
    let crowd = files::crowd(100);
    let held = (0..crowd.clients).map(|_| running.hold("/wait/lobby"));
    let held: Vec<_> = held.collect();
    assert_eq!(running.hub.notify("lobby"), crowd.clients);
    for mut held in held {
        assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
    }
});

test!(an_expiry_answers_a_held_request, |running| {
    let mut held = running.hold("/wait/lobby");
    let tick = Duration::from_millis(1);
    assert_eq!(running.clock.advance(LONG_POLL - tick), 0);
    assert_eq!(running.clock.advance(tick), 1);
    assert_eq!(held.receive(), (200, "expired in pass 2".into()));
});

test!(
    an_answer_from_outside_leaves_the_connection_whole_whatever_its_status_and_framing,
    |running| {
        let statuses = [200, 204, 304, 404];
        let headers = [
            None,
            Some(("content-length", "2")),
            Some(("x-said-by", "the test")),
        ];
        let mut connection = running.connect();
        for status in statuses {
            for header in headers {
                for method in ["GET", "HEAD"] {
                    connection.send(format!("{method} /wait/lobby HTTP/1.1\r\nhost: x\r\n\r\n"));
                    running.until_suspended(1);
                    let mut answer = http::Response::builder().status(status);
                    if let Some((name, value)) = header {
                        answer = answer.header(name, value);
                    }
                    let answer = answer.body("it".into()).unwrap();
                    assert_eq!(running.hub.respond("lobby", answer).unwrap(), 1);
                    let body = match (method, status) {
                        ("HEAD", _) | (_, 204 | 304) => "",
                        _ => "it",
                    };
                    assert_eq!(connection.receive_after(method), (status, body.into()));
                    connection.get("/now");
                    assert_eq!(connection.receive(), (200, "now".into()));
                }
            }
        }
    }
);

test!(
    a_connection_is_good_for_more_requests_after_a_held_one,
    |running| {
        let mut connection = running.connect();
        for _ in 0..3 {
            connection.get("/wait/lobby");
            running.until_suspended(1);
            running.hub.notify("lobby");
            assert_eq!(connection.receive(), (200, "resumed in pass 2".into()));
            connection.get("/now");
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
        let mut held = running.hold("/portable/lobby");
        running.hub.notify("lobby");
        assert_eq!(
            held.receive(),
            (200, "GET /portable/lobby in pass 2".into())
        );
    }
);

test!(a_quiet_key_sleeps_through_the_storm_of_another, |running| {
    let mut quiet = running.hold("/wait/library");
    let _loud = running.hold("/stay/lobby");
    for _ in 0..100_000 {
        running.hub.notify("lobby");
    }
    running.clock.advance(LONG_POLL);
    assert_eq!(quiet.receive(), (200, "expired in pass 2".into()));
});
