//! The body is read before the first pass, within its limits.

use std::time::Duration;

use actix_http::Request;
use actix_web::App;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes};
use dacapo::actix::Resume;
use dacapo::{Continuation, Hub, Outcome};
use futures::channel::mpsc;
use futures::{Stream, StreamExt, stream};

use crate::{LONG_POLL, Pending, hub, init, ok, poll, send};

async fn echo(c: Continuation<String>, body: Bytes) -> Outcome<Bytes> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(body)
    }
}

fn pend(hub: &Hub<String>, request: Request) -> Pending<impl actix_web::body::MessageBody + use<>> {
    let resume = Resume::new(hub.clone())
        .body_limit(8)
        .body_timeout(Duration::from_secs(5));
    let app =
        init!(App::new().service(web::resource("/").wrap(resume).route(web::post().to(echo))));
    send(&app, request)
}

/// A body that arrives piece by piece and does not say how long it is.
fn streamed(pieces: impl Stream<Item = Result<&'static str, PayloadError>> + 'static) -> Request {
    let pieces = pieces.map(|piece| piece.map(Bytes::from));
    let (request, _) = TestRequest::post()
        .uri("/")
        .to_request()
        .replace_payload(Payload::from(pieces.boxed_local()));
    request
}

fn pieces(pieces: &[&'static str]) -> Request {
    streamed(stream::iter(pieces.to_vec()).map(Ok))
}

fn whole(body: &'static str) -> Request {
    TestRequest::post().uri("/").set_payload(body).to_request()
}

#[test]
fn a_body_in_pieces_is_put_together_for_every_pass() {
    let (hub, _clock) = hub();
    let mut pending = pend(&hub, pieces(&["da", " ", "capo"]));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("go"), 1);
    assert_eq!(poll(&mut pending), ok("da capo"));
}

#[test]
fn a_body_over_the_limit_is_refused_before_any_pass_by_its_length_and_by_its_bytes() {
    let (hub, _clock) = hub();
    for request in [
        whole("123456789"),
        pieces(&["1234", "56789"]),
        pieces(&["123456789", "never read"]),
    ] {
        let (status, sentence) = poll(&mut pend(&hub, request)).unwrap();
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(sentence.contains("larger than"), "{sentence}");
    }
    for request in [whole("12345678"), pieces(&["1234", "5678"])] {
        assert_eq!(
            poll(&mut pend(&hub, request)),
            None,
            "the limit itself is allowed"
        );
    }
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_asked_for() {
    let (hub, _clock) = hub();
    let untouched = stream::poll_fn(|_| panic!("the body was asked for"));
    let mut request = streamed(untouched);
    request
        .headers_mut()
        .insert("content-length".parse().unwrap(), "9".parse().unwrap());
    assert_eq!(
        poll(&mut pend(&hub, request)).unwrap().0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[test]
fn a_body_that_does_not_arrive_in_time_is_refused() {
    let (hub, clock) = hub();
    let (piece, pieces) = mpsc::unbounded();
    let mut pending = pend(&hub, streamed(pieces));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.suspended(), 0, "who sends is not suspended");
    clock.advance(Duration::from_millis(4999));
    piece.unbounded_send(Ok("123")).unwrap();
    assert_eq!(poll(&mut pending), None, "a piece buys no time");
    clock.advance(Duration::from_millis(1));
    let (status, sentence) = poll(&mut pending).unwrap();
    assert_eq!(
        (status, sentence.contains("in time")),
        (StatusCode::REQUEST_TIMEOUT, true)
    );
}

#[test]
fn a_body_that_breaks_off_is_refused() {
    let (hub, _clock) = hub();
    let broken = stream::iter([Ok("12"), Err(PayloadError::Incomplete(None))]);
    assert_eq!(
        poll(&mut pend(&hub, streamed(broken))).unwrap().0,
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn a_body_that_ends_before_it_is_as_long_as_it_said_is_refused() {
    let (hub, _clock) = hub();
    let mut request = pieces(&["12", "3"]);
    let length = ("content-length".parse().unwrap(), "4".parse().unwrap());
    request.headers_mut().insert(length.0, length.1);
    assert_eq!(
        poll(&mut pend(&hub, request)).unwrap().0,
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn a_limit_of_a_middleware_further_out_is_answered_as_what_it_is() {
    let (hub, _clock) = hub();
    let limited = stream::iter([Ok("12"), Err(PayloadError::Overflow)]);
    assert_eq!(
        poll(&mut pend(&hub, streamed(limited))).unwrap().0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[test]
fn a_shutdown_does_not_wait_for_a_body_that_is_on_its_way() {
    let (hub, _clock) = hub();
    let (_piece, pieces) = mpsc::unbounded::<Result<&'static str, PayloadError>>();
    let mut pending = pend(&hub, streamed(pieces));
    assert_eq!(poll(&mut pending), None);
    hub.shutdown();
    assert_eq!(
        poll(&mut pending).unwrap().0,
        StatusCode::SERVICE_UNAVAILABLE
    );
}
