//! The body is read before the first pass, within its limits.

use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use futures::channel::mpsc;
use futures::stream;
use http::{Request, Response, StatusCode};
use support::{Application, Body, Framework, Layer, Pending, Server, ok, on_each_framework, poll};

use crate::{LONG_POLL, hub, says};

async fn echo(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL)),
        false => says(request.into_body()),
    }
}

fn server(on: impl Framework, hub: &Hub<String>) -> Server {
    let layer = Layer::of(hub)
        .max_body_size(8)
        .body_timeout(Duration::from_secs(5));
    on.serve(Application::of(echo).layer(layer))
}

fn send(on: impl Framework, hub: &Hub<String>, body: impl Into<Body>) -> Pending {
    server(on, hub).send(Request::post("/").body(body.into()).unwrap())
}

/// Sends a body with a header that gives this number of bytes.
fn send_as(on: impl Framework, hub: &Hub<String>, length: u64, body: impl Into<Body>) -> Pending {
    let request = Request::post("/").header("content-length", length);
    server(on, hub).send(request.body(body.into()).unwrap())
}

fn status(pending: &mut Pending) -> StatusCode {
    poll(pending).unwrap().0
}

on_each_framework!(a_body_in_pieces_is_put_together_for_every_pass, |on| {
    let (hub, _clock) = hub();
    let mut pending = send(on, &hub, Body::pieces(&["da", " ", "capo"]));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("go"), 1);
    assert_eq!(poll(&mut pending), ok("da capo"));
});

/// A body of several parts, as a browser sends it (spring-framework #33161).
const PARTS: &str = "--x\r\ncontent-disposition: form-data; name=\"one\"\r\n\r\nda\r\n--x--\r\n";

on_each_framework!(
    a_multipart_body_and_the_header_with_its_boundary_are_the_same_in_every_pass,
    |on| {
        let parts = async |c: Continuation<String>, request: Request<Bytes>| {
            let content_type = &request.headers()["content-type"];
            assert_eq!(content_type, "multipart/form-data; boundary=x");
            assert_eq!(request.body(), PARTS, "in pass {}", c.pass());
            match c.pass() < 4 {
                true => Err(c.suspend("go", LONG_POLL)),
                false => says("whole"),
            }
        };
        let (hub, _clock) = hub();
        let app = Application::of(parts).layer(Layer::of(&hub));
        let request = Request::post("/").header("content-type", "multipart/form-data; boundary=x");
        let (first, second) = PARTS.split_at(PARTS.len() / 2);
        let request = request.body(Body::pieces(&[first, second])).unwrap();
        let mut pending = on.serve(app).send(request);
        for _ in 0..3 {
            assert_eq!(poll(&mut pending), None);
            assert_eq!(hub.notify("go"), 1);
        }
        assert_eq!(poll(&mut pending), ok("whole"));
    }
);

on_each_framework!(
    a_body_over_the_limit_is_refused_before_any_pass_by_its_length_and_by_its_bytes,
    |on| {
        let (hub, _clock) = hub();
        for body in [
            Body::from("123456789"),
            Body::pieces(&["1234", "56789"]),
            Body::pieces(&["123456789", "never read"]),
        ] {
            let (status, sentence) = poll(&mut send(on, &hub, body)).unwrap();
            assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
            assert!(sentence.contains("larger than"), "{sentence}");
        }
        for body in [Body::from("12345678"), Body::pieces(&["1234", "5678"])] {
            let answer = poll(&mut send(on, &hub, body));
            assert_eq!(answer, None, "the limit itself is allowed");
        }
    }
);

// How much of it is looked at differs: axum knows its length, and actix has the header alone.
on_each_framework!(a_body_that_says_it_is_too_large_is_not_waited_for, |on| {
    let (hub, _clock) = hub();
    let on_its_way = Body::from_stream(stream::pending::<Result<Bytes, _>>());
    let mut pending = send_as(on, &hub, 9, on_its_way.announced(9));
    assert_eq!(status(&mut pending), StatusCode::PAYLOAD_TOO_LARGE);
});

on_each_framework!(
    a_body_that_middleware_outside_has_changed_is_what_it_is_now_whatever_its_client_has_said,
    |on| {
        let (hub, _clock) = hub();
        for length in [1, 8, 9, 1000] {
            for body in [Body::from("da capo"), Body::pieces(&["da", " capo"])] {
                let mut pending = send_as(on, &hub, length, body);
                assert_eq!(poll(&mut pending), None);
                assert_eq!(hub.notify("go"), 1);
                assert_eq!(poll(&mut pending), ok("da capo"));
            }
        }
        let mut larger = send_as(on, &hub, 1, "123456789");
        assert_eq!(status(&mut larger), StatusCode::PAYLOAD_TOO_LARGE);
    }
);

on_each_framework!(a_body_that_does_not_arrive_in_time_is_refused, |on| {
    let (hub, clock) = hub();
    let (piece, pieces) = mpsc::unbounded();
    let mut pending = send(on, &hub, Body::from_stream(pieces));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(
        hub.suspended_count(),
        0,
        "it is not suspended while it arrives"
    );
    clock.advance(Duration::from_millis(4999));
    piece.unbounded_send(Ok("123")).unwrap();
    assert_eq!(poll(&mut pending), None, "a piece buys no time");
    clock.advance(Duration::from_millis(1));
    let (status, sentence) = poll(&mut pending).unwrap();
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert!(sentence.contains("in time"), "{sentence}");
});

on_each_framework!(a_body_that_breaks_off_is_refused, |on| {
    let (hub, _clock) = hub();
    let broken = stream::iter([Ok("12"), Err(support::Lost)]);
    let mut pending = send(on, &hub, Body::from_stream(broken));
    assert_eq!(status(&mut pending), StatusCode::BAD_REQUEST);
});

on_each_framework!(
    a_shutdown_does_not_wait_for_a_body_that_is_on_its_way,
    |on| {
        let (hub, _clock) = hub();
        let mut pending = send(
            on,
            &hub,
            Body::from_stream(stream::pending::<Result<Bytes, _>>()),
        );
        assert_eq!(poll(&mut pending), None);
        hub.shutdown();
        assert_eq!(status(&mut pending), StatusCode::SERVICE_UNAVAILABLE);
    }
);

on_each_framework!(
    the_time_that_a_body_takes_counts_as_time_of_the_request,
    |on| {
        let (hub, clock) = hub();
        let (piece, pieces) = mpsc::unbounded::<Result<&'static str, _>>();
        let mut pending = send(on, &hub, Body::from_stream(pieces));
        assert_eq!(poll(&mut pending), None);
        clock.advance(Duration::from_secs(4));
        drop(piece);
        assert_eq!(poll(&mut pending), None);
        let expired = clock.advance(Duration::from_secs(26));
        assert_eq!(expired, 1, "thirty seconds after its arrival");
        assert_eq!(poll(&mut pending), ok(""));
    }
);
