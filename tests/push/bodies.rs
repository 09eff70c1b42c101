//! A body has limits for its size and its time, and what it was for is held on.

use std::time::Duration;

use bytes::Bytes;
use futures::channel::mpsc;
use futures::stream;
use http::StatusCode;
use support::{Body, Lost, on_each_framework};

use super::{Site, answer, is_held, reached, said, text};

on_each_framework!(
    a_body_over_the_limit_is_refused_by_its_length_and_by_its_bytes,
    |on| {
        let site = Site::new(on);
        let (mut held, id) = site.hold("lobby");
        let large = "123456789 123456789 123456789 123";
        for path in [
            &format!("/push/requests/{id}"),
            "/push/keys/lobby/answer",
            "/push/keys/lobby/notify",
        ] {
            for body in [
                Body::from(large),
                Body::pieces(&[&large[..16], &large[16..]]),
                Body::pieces(&[large, "never read"]),
            ] {
                let (status, _) = site.pushed(path, body);
                assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
            }
        }
        assert!(is_held(&mut held));
        let pushed = site.pushed("/push/keys/lobby/notify", &large[..32]);
        assert_eq!(pushed, reached(1), "the limit itself is allowed");
        assert_eq!(text(answer(&mut held)).1, large[..32]);
    }
);

on_each_framework!(a_body_that_does_not_arrive_in_time_is_refused, |on| {
    let site = Site::new(on);
    let (mut held, id) = site.hold("lobby");
    let (piece, pieces) = mpsc::unbounded();
    let path = format!("/push/requests/{id}");
    let mut push = site.push(&path, Body::from_stream(pieces));
    assert!(is_held(&mut push));
    site.clock.advance(Duration::from_millis(4999));
    piece.unbounded_send(Ok("an")).unwrap();
    assert!(is_held(&mut push), "a piece buys no time");
    site.clock.advance(Duration::from_millis(1));
    assert_eq!(said(&mut push).0, StatusCode::REQUEST_TIMEOUT);
    assert!(is_held(&mut held));
});

on_each_framework!(a_body_that_breaks_off_answers_nothing, |on| {
    let site = Site::new(on);
    let (mut held, id) = site.hold("lobby");
    let broken = || Body::from_stream(stream::iter([Ok("an ans"), Err(Lost)]));
    for path in [&format!("/push/requests/{id}"), "/push/keys/lobby/notify"] {
        assert_eq!(site.pushed(path, broken()).0, StatusCode::BAD_REQUEST);
    }
    assert!(is_held(&mut held));
});

on_each_framework!(
    a_push_whose_client_goes_before_its_body_is_whole_does_nothing,
    |on| {
        let site = Site::new(on);
        let (mut held, id) = site.hold("lobby");
        let endless = Body::from_stream(stream::pending::<Result<Bytes, _>>());
        let mut push = site.push(&format!("/push/requests/{id}"), endless);
        assert!(is_held(&mut push));
        drop(push);
        assert!(is_held(&mut held));
        assert_eq!(site.hub.stats().pushes.total(), 0);
    }
);

on_each_framework!(
    a_shutdown_does_not_wait_for_a_push_that_is_on_its_way,
    |on| {
        let site = Site::new(on);
        let endless = Body::from_stream(stream::pending::<Result<Bytes, _>>());
        let mut push = site.push("/push/keys/lobby/notify", endless);
        assert!(is_held(&mut push));
        site.hub.shutdown();
        assert_eq!(said(&mut push).0, StatusCode::SERVICE_UNAVAILABLE);
    }
);
