//! Streams as text, and the position that a reader brings along.

use std::rc::Rc;

use actix_web::body::MessageBody;
use dacapo::stream::{Message, encode};
use futures::executor::block_on;
use futures::stream::{self, FusedStream};
use futures::{FutureExt, StreamExt};
use http::Request;
use support::{Body, get, on_each_framework};

use super::served::{Serve, lines};
use super::*;

fn item<T>(value: T, position: impl ToString) -> Result<Event<T, String>, Error> {
    let position = position.to_string();
    Ok(Event::Item { value, position })
}

/// What is sent of these events, and the error that breaks it off.
fn sent<T: Into<Message>>(
    events: Vec<Result<Event<T, String>, Error>>,
) -> (String, Option<String>) {
    let mut body = encode(stream::iter(events));
    let (mut text, mut error) = (String::new(), None);
    // The server gets a turn before an error, so the body may be pending once.
    while let Some(part) = block_on(body.next()) {
        match part {
            Ok(part) => text += std::str::from_utf8(&part).unwrap(),
            Err(broken) => {
                assert!(body.is_terminated(), "the stream was dropped");
                error = Some(broken.to_string());
            }
        }
    }
    (text, error)
}

#[test]
fn a_body_begins_with_a_comment_and_a_heartbeat_is_one() {
    let events: Vec<Result<Event<String, String>, Error>> = vec![Ok(Event::Heartbeat)];
    assert_eq!(sent(events), (":\n\n:\n\n".to_owned(), None));
}

#[test]
fn an_item_has_its_position_its_name_and_its_lines() {
    let message = Message::from("one\ntwo\r\n\rfour").named("news");
    let (text, _) = sent(vec![item(message, "a.1")]);
    let expected = "id: a.1\nevent: news\ndata: one\ndata: two\ndata: \ndata: four\n\n";
    assert_eq!(text, format!(":\n\n{expected}"));
}

#[test]
fn an_item_without_text_is_one_empty_line() {
    assert_eq!(sent(vec![item("", 1)]).0, ":\n\nid: 1\ndata: \n\n");
}

#[test]
fn a_position_or_a_name_that_would_be_another_field_is_refused() {
    for bad in ["1\ndata: forged", "1\r", "1\0"] {
        let (text, error) = sent(vec![item("one", 1), item("two", bad), item("three", 3)]);
        assert_eq!(text, ":\n\nid: 1\ndata: one\n\n");
        assert!(error.unwrap().contains("an event's position is one line"));
        let (text, error) = sent(vec![item(Message::from("one").named(bad), 1)]);
        assert_eq!(text, ":\n\n");
        assert!(error.unwrap().contains("an event's name is one line"));
    }
}

#[test]
fn an_error_of_the_stream_is_one_of_the_body() {
    let (text, error) = sent(vec![item("one", 1), Err(Error::Superseded)]);
    assert_eq!(text, ":\n\nid: 1\ndata: one\n\n");
    assert_eq!(error.unwrap(), Error::Superseded.to_string());
}

on_each_framework!(the_head_says_that_it_is_an_event_stream, |on| {
    let (log, _clock) = Log::new();
    log.store(10);
    log.hub.shutdown();
    let answer = on.serve_log(log).get("/lines").now_or_never().unwrap();
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    assert_eq!(answer.body(), ":\n\nid: 1\ndata: 10\n\n");
});

on_each_framework!(a_shutdown_ends_the_body, |on| {
    let (log, clock) = Log::new();
    let mut pending = on.serve_log(log.clone()).get("/lines");
    assert!(pending.as_mut().now_or_never().is_none());
    clock.advance(HOLD);
    assert!(pending.as_mut().now_or_never().is_none());
    log.hub.shutdown();
    assert_eq!(pending.now_or_never().unwrap().body(), ":\n\n:\n\n");
    assert_empty(&log.hub, &clock);
});

on_each_framework!(a_reader_goes_on_behind_the_position_that_it_brings, |on| {
    let (log, _clock) = Log::new();
    (10..13).for_each(|number| log.store(number));
    let server = on.serve_log(log.clone());
    // With the hub shut down, a stream says one item and ends.
    log.hub.shutdown();
    let first = |request: Request<Body>| {
        let answer = server.send(request).now_or_never().unwrap();
        let body = String::from_utf8(answer.into_body().into()).unwrap();
        body.split("id: ")
            .nth(1)
            .unwrap()
            .split('\n')
            .next()
            .unwrap()
            .to_owned()
    };
    let with = |value: &[u8], path: &str| {
        let request = Request::get(path).header("last-event-id", value);
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(first(get("/lines")), "1");
    assert_eq!(first(with(b"1", "/lines")), "2");
    assert_eq!(first(get("/lines?lastEventId=1")), "2");
    assert_eq!(
        first(with(b"2", "/lines?lastEventId=1")),
        "3",
        "the header counts"
    );
    assert_eq!(first(with(b"nonsense", "/lines?lastEventId=1")), "1");
    assert_eq!(first(with(b"\xff", "/lines")), "1");
    assert_eq!(first(get("/lines?lastEventId=-1")), "1");
});

/// Takes the parts of a body one by one, and counts the passes.
fn one_pass_for_each_part(log: &Log, mut next: impl FnMut()) {
    (0..50).for_each(|number| log.store(number));
    assert_eq!(log.passes(), 0);
    next(); // the comment
    for taken in 1..=50 {
        next();
        assert_eq!(log.passes(), taken);
    }
}

#[test]
fn on_axum_a_pass_runs_only_when_the_last_part_was_taken() {
    let (log, _clock) = Log::new();
    let response = dacapo::axum::sse(lines(log.clone(), 0, 0));
    let mut body = response.into_body().into_data_stream();
    one_pass_for_each_part(&log, || {
        drop(body.next().now_or_never().unwrap().unwrap().unwrap())
    });
}

#[test]
fn on_actix_a_pass_runs_only_when_the_last_part_was_taken() {
    let (log, _clock) = Log::new();
    let response = dacapo::actix::sse(lines(log.clone(), 0, 0));
    let mut body = Box::pin(response.into_body());
    one_pass_for_each_part(&log, || {
        let part = std::future::poll_fn(|cx| body.as_mut().poll_next(cx));
        drop(part.now_or_never().unwrap().unwrap().unwrap());
    });
}

#[test]
fn a_stream_that_stays_on_its_thread_is_one_on_actix() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let here = Rc::new("here");
    let news =
        async move |_: Continuation<u8>, seen: usize| -> Outcome<_> { Ok((*here, seen + 1)) };
    assert_eq!(dacapo::actix::sse(hub.stream(0, news)).status(), 200);
}
