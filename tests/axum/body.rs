//! The body is read before the first pass, within its limits.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::routing::post;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome};
use futures::channel::mpsc;
use futures::{StreamExt, stream};
use tower_http::limit::RequestBodyLimitLayer;

use crate::{LONG_POLL, hub, ok, poll, send};

async fn echo(c: Continuation<String>, body: Bytes) -> Outcome<Bytes> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(body)
    }
}

fn app(hub: &Hub<String>) -> Router {
    let resume = ResumeLayer::new(hub.clone())
        .max_body_size(8)
        .body_timeout(Duration::from_secs(5));
    Router::new().route("/", post(echo)).layer(resume)
}

fn request(body: Body) -> Request {
    Request::post("/").body(body).unwrap()
}

/// A body that arrives piece by piece and does not say how long it is.
fn pieces(pieces: &[&'static str]) -> Body {
    Body::from_stream(stream::iter(pieces.to_vec()).map(Ok::<_, Infallible>))
}

#[test]
fn a_body_in_pieces_is_put_together_for_every_pass() {
    let (hub, _clock) = hub();
    let mut pending = send(&app(&hub), request(pieces(&["da", " ", "capo"])));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.notify("go"), 1);
    assert_eq!(poll(&mut pending), ok("da capo"));
}

#[test]
fn a_body_over_the_limit_is_refused_before_any_pass_by_its_length_and_by_its_bytes() {
    let (hub, _clock) = hub();
    for body in [
        Body::from("123456789"),
        pieces(&["1234", "56789"]),
        pieces(&["123456789", "never read"]),
    ] {
        let (status, sentence) = poll(&mut send(&app(&hub), request(body))).unwrap();
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(sentence.contains("larger than"), "{sentence}");
    }
    for body in [Body::from("12345678"), pieces(&["1234", "5678"])] {
        assert_eq!(
            poll(&mut send(&app(&hub), request(body))),
            None,
            "the limit itself is allowed"
        );
    }
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_asked_for() {
    let (hub, _clock) = hub();
    let untouched = Body::new(Announced);
    let status = poll(&mut send(&app(&hub), request(untouched))).unwrap().0;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);

    struct Announced;
    impl http_body::Body for Announced {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            panic!("the body was asked for");
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(9)
        }
    }
}

#[test]
fn a_body_that_middleware_outside_has_changed_is_what_it_is_now_whatever_its_client_has_said() {
    let (hub, _clock) = hub();
    for length in [1, 8, 9, 1000] {
        for body in [Body::from("da capo"), pieces(&["da", " capo"])] {
            let mut request = request(body);
            request
                .headers_mut()
                .insert("content-length", length.into());
            let mut pending = send(&app(&hub), request);
            assert_eq!(poll(&mut pending), None);
            assert_eq!(hub.notify("go"), 1);
            assert_eq!(poll(&mut pending), ok("da capo"));
        }
    }
}

#[test]
fn a_limit_of_a_layer_further_out_is_answered_as_what_it_is() {
    let (hub, _clock) = hub();
    let app = app(&hub).layer(RequestBodyLimitLayer::new(4));
    let status = poll(&mut send(&app, request(pieces(&["123", "456"]))))
        .unwrap()
        .0;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn the_limit_of_axums_own_extractors_still_holds() {
    let (hub, _clock) = hub();
    let app = app(&hub).layer(DefaultBodyLimit::max(4));
    let status = poll(&mut send(&app, request(Body::from("12345"))))
        .unwrap()
        .0;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_body_that_does_not_arrive_in_time_is_refused() {
    let (hub, clock) = hub();
    let (send_piece, pieces) = mpsc::unbounded::<Result<&'static str, Infallible>>();
    let mut pending = send(&app(&hub), request(Body::from_stream(pieces)));
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.suspended_count(), 0, "who sends is not suspended");
    clock.advance(Duration::from_millis(4999));
    send_piece.unbounded_send(Ok("123")).unwrap();
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
    let broken = stream::iter([Ok("12"), Err(std::io::Error::other("reset"))]);
    let status = poll(&mut send(&app(&hub), request(Body::from_stream(broken))))
        .unwrap()
        .0;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_shutdown_does_not_wait_for_a_body_that_is_on_its_way() {
    let (hub, _clock) = hub();
    let (_piece, pieces) = mpsc::unbounded::<Result<&'static str, Infallible>>();
    let mut pending = send(&app(&hub), request(Body::from_stream(pieces)));
    assert_eq!(poll(&mut pending), None);
    hub.shutdown();
    assert_eq!(
        poll(&mut pending).unwrap().0,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[test]
fn the_time_that_a_body_takes_counts_as_time_of_the_request() {
    let (hub, clock) = hub();
    let (piece, pieces) = mpsc::unbounded::<Result<&'static str, Infallible>>();
    let mut pending = send(&app(&hub), request(Body::from_stream(pieces)));
    assert_eq!(poll(&mut pending), None);
    clock.advance(Duration::from_secs(4));
    drop(piece);
    assert_eq!(poll(&mut pending), None);
    assert_eq!(
        clock.advance(Duration::from_secs(26)),
        1,
        "thirty seconds after its arrival"
    );
    assert_eq!(poll(&mut pending), ok(""));
}
