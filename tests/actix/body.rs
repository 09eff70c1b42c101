//! The body is read before the first pass, within its limits.

use std::time::Duration;

use actix_http::Request;
use actix_web::App;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes};
use dacapo::actix::{Resume, handler};
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
        .max_body_size(8)
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

/// A request whose client has said that its body has this length, whatever stands there now.
fn announced(length: usize, mut request: Request) -> Request {
    let headers = request.headers_mut();
    headers.insert(CONTENT_LENGTH, length.into());
    request
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_waited_for() {
    let (hub, _clock) = hub();
    assert_eq!(
        poll(&mut pend(&hub, announced(9, streamed(stream::pending()))))
            .unwrap()
            .0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[test]
fn a_body_that_middleware_outside_has_changed_is_what_it_is_now_whatever_its_client_has_said() {
    let (hub, _clock) = hub();
    for length in [1, 8, 9, 1000] {
        for body in [whole("da capo"), pieces(&["da", " capo"])] {
            let mut pending = pend(&hub, announced(length, body));
            assert_eq!(poll(&mut pending), None);
            assert_eq!(hub.notify("go"), 1);
            assert_eq!(poll(&mut pending), ok("da capo"));
        }
    }
    let (status, _) = poll(&mut pend(&hub, announced(1, whole("123456789")))).unwrap();
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_body_that_does_not_arrive_in_time_is_refused() {
    let (hub, clock) = hub();
    let (piece, pieces) = mpsc::unbounded();
    let mut pending = pend(&hub, streamed(pieces));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.suspended_count(), 0, "who sends is not suspended");
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

fn tunnel(method: Method, pieces: impl Stream<Item = &'static str> + 'static) -> Request {
    let request = TestRequest::with_uri("/").method(method);
    let request = request.insert_header(("upgrade", "websocket")).to_request();
    let pieces = pieces.map(|piece| Ok(Bytes::from(piece)));
    request
        .replace_payload(Payload::from(pieces.boxed_local()))
        .0
}

#[test]
fn what_follows_an_upgrade_or_a_connect_is_not_read_before_a_pass_reads_it() {
    async fn first_piece(c: Continuation<String>, mut stream: web::Payload) -> Outcome<Bytes> {
        match c.pass() {
            1 => Err(c.suspend("go", LONG_POLL)),
            2 => {
                assert_eq!(stream.next().await.unwrap().unwrap(), "one");
                Err(c.suspend("go", LONG_POLL))
            }
            _ => Ok(stream.next().await.unwrap().unwrap()),
        }
    }
    let (hub, _clock) = hub();
    for method in [Method::GET, Method::CONNECT] {
        let resource = web::resource("/")
            .wrap(Resume::new(hub.clone()).max_body_size(0))
            .route(web::to(first_piece));
        let app = init!(App::new().service(resource));
        let endless = stream::iter(["one", "two"]).chain(stream::pending());
        let mut pending = send(&app, tunnel(method, endless));
        for _ in 0..2 {
            assert_eq!(poll(&mut pending), None);
            assert_eq!(hub.notify("go"), 1);
        }
        assert_eq!(poll(&mut pending), ok("two"));
    }
}

#[test]
fn a_handler_without_a_framework_gets_no_body_of_what_has_none() {
    async fn length(
        c: Continuation<String>,
        request: http::Request<Bytes>,
    ) -> Outcome<http::Response<Bytes>> {
        match c.is_initial() {
            true => Err(c.suspend("go", LONG_POLL)),
            false => Ok(http::Response::new(request.body().len().to_string().into())),
        }
    }
    let (hub, _clock) = hub();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::to(handler(length)));
    let app = init!(App::new().service(resource));
    let mut pending = send(
        &app,
        tunnel(
            Method::GET,
            stream::iter(["frames"]).chain(stream::pending()),
        ),
    );
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("go"), 1);
    assert_eq!(poll(&mut pending), ok("0"));
}

#[test]
fn a_body_with_an_end_of_its_own_does_not_get_around_the_limits_by_the_name_of_an_upgrade() {
    let (hub, _clock) = hub();
    for (method, header, value) in [
        (Method::GET, "transfer-encoding", "chunked"),
        (Method::CONNECT, "content-length", "9"),
        (Method::CONNECT, "transfer-encoding", "chunked"),
    ] {
        let mut request = tunnel(method, stream::iter(["12345", "6789"]));
        let header = HeaderName::from_static(header);
        request
            .headers_mut()
            .insert(header, HeaderValue::from_static(value));
        let resume = Resume::new(hub.clone()).max_body_size(8);
        let app = init!(App::new().service(web::resource("/").wrap(resume).route(web::to(echo))));
        let (status, _) = poll(&mut send(&app, request)).unwrap();
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[test]
fn a_body_that_only_claims_to_be_an_upgrade_does_not_get_around_the_limits() {
    let (hub, clock) = hub();
    let mut slow = pend(&hub, tunnel(Method::POST, stream::pending()));
    assert_eq!(poll(&mut slow), None);
    clock.advance(Duration::from_secs(5));
    assert_eq!(poll(&mut slow).unwrap().0, StatusCode::REQUEST_TIMEOUT);
    let large = tunnel(Method::POST, stream::iter(["12345", "6789"]));
    let (status, _) = poll(&mut pend(&hub, large)).unwrap();
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
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
