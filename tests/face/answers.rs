//! What answers a request: its handler, or a response from outside.

use std::rc::Rc;

use bytes::Bytes;
use dacapo::{Answer, CompleteError, Continuation, Error, Hub, Interrupt, Outcome, Suspended};
use futures::FutureExt;
use http::{Response, StatusCode};

use crate::{LONG_POLL, MS, Pending, held, held_with_handle};

/// Nothing that a handler of these tests would say.
fn approved() -> Response<Bytes> {
    let response = Response::builder().status(StatusCode::ACCEPTED);
    let response = response.header("x-from", "outside").header("x-from", "far");
    response.body("approved".into()).unwrap()
}

fn outside<T>() -> Answer<T> {
    Answer::Completed(Box::new(approved()))
}

#[test]
fn the_handlers_answer_comes_as_its_own() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let answer = hub
        .run(async |_| Outcome::Ok("news"))
        .now_or_never()
        .unwrap();
    assert_eq!(answer, Ok(Answer::Answered("news")));
}

type Completing = fn(&Hub<u8>, &dacapo::Handle) -> bool;

#[test]
fn a_response_from_outside_is_no_error_wherever_it_comes_from() {
    let ways: [Completing; 4] = [
        |_, handle| handle.complete(approved()).is_ok(),
        |hub, handle| hub.complete(handle.id(), approved()).is_ok(),
        |hub, _| hub.respond(&0, approved()).unwrap() == 1,
        |hub, handle| hub.respond(&0, approved()).is_ok() && !handle.resume(),
    ];
    for complete in ways {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let (request, handle) = held_with_handle(&hub);
        assert!(complete(&hub, &handle));
        assert_eq!(request.now_or_never(), Some(Ok(outside())));
        assert_eq!(hub.stats().ended.completed, 1);
    }
}

#[test]
fn so_does_the_response_for_the_end_of_the_time() {
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let request: Pending<()> =
        held(hub.run(async |c| Err(c.suspend(&0, MS).or_respond(approved()))));
    assert_eq!(clock.advance(MS), 1);
    assert_eq!(request.now_or_never(), Some(Ok(outside())));
}

#[test]
fn one_that_comes_while_the_handler_runs_replaces_its_answer_and_its_failure() {
    struct Failed;

    impl Interrupt for Failed {
        type Failure = Error;

        fn split(self) -> Result<Suspended, Error> {
            Err(Error::ShutDown)
        }
    }

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let completed = |c: &Continuation<u8>| c.handle().complete(approved()).unwrap();
    let answered = hub.run(async |c| {
        completed(&c);
        Outcome::Ok(())
    });
    assert_eq!(answered.now_or_never(), Some(Ok(outside())));
    let failed = hub.run(async |c| {
        completed(&c);
        Err::<(), _>(Failed)
    });
    assert_eq!(failed.now_or_never().unwrap().unwrap(), outside());
    let suspended = hub.run(async |c| {
        completed(&c);
        Err::<(), _>(c.suspend(&0, LONG_POLL))
    });
    let mut suspended = Box::pin(suspended);
    assert!(
        suspended.as_mut().now_or_never().is_none(),
        "the executor has its turn"
    );
    assert_eq!(suspended.now_or_never(), Some(Ok(outside())));
}

/// And one that is refused is refused no more.
#[test]
fn one_that_comes_while_the_handler_runs_is_stronger_than_a_limit() {
    let hub = Hub::<u8>::builder().max_keys(1).build_with_mock_clock().0;
    let refused = hub.run(async |c| {
        c.handle().complete(approved()).unwrap();
        Err::<(), _>(c.suspend_any(&[0, 1], LONG_POLL))
    });
    assert_eq!(refused.now_or_never(), Some(Ok(outside())));
}

#[test]
fn its_parts_can_be_taken_out_of_it() {
    assert_eq!(Answer::Answered(7).into_inner().unwrap(), 7);
    let response = outside::<u32>().into_inner().unwrap_err();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(response.body(), "approved");
    assert_eq!(Answer::from("news"), "news");
}

#[test]
fn what_the_handler_says_can_be_changed_and_what_comes_from_outside_stays() {
    let count = |lines: Vec<&str>| lines.len();
    assert_eq!(Answer::Answered(vec!["a", "b"]).map(count), 2);
    assert_eq!(outside::<Vec<&str>>().map(count), outside());
}

#[test]
fn two_are_equal_if_they_are_sent_alike() {
    assert_eq!(Answer::Answered(7), Answer::Answered(7));
    assert_ne!(Answer::Answered(7), Answer::Answered(8));
    assert_ne!(Answer::Answered(()), outside());
    assert_ne!(outside(), ());
    let changes: [fn(&mut Response<Bytes>); 4] = [
        |response| *response.status_mut() = StatusCode::OK,
        |response| *response.version_mut() = http::Version::HTTP_2,
        |response| drop(response.headers_mut().remove("x-from")),
        |response| *response.body_mut() = "refused".into(),
    ];
    for change in changes {
        let mut other = approved();
        change(&mut other);
        assert_ne!(Answer::Completed::<()>(other.into()), outside());
    }
    let mut marked = approved();
    marked.extensions_mut().insert("not sent");
    assert_eq!(Answer::Completed::<()>(marked.into()), outside());
}

#[test]
fn an_answer_needs_no_properties_of_what_is_in_it() {
    struct Bare;
    let answer = Answer::from(Bare);
    assert!(matches!(answer.map(Rc::new), Answer::Answered(_)));
}

/// The extensions of a response are for the middleware around the handler.
#[test]
#[cfg(feature = "axum")]
fn axum_gets_the_extensions_too() {
    use axum::response::IntoResponse;

    let mut response = approved();
    response.extensions_mut().insert(7_u32);
    let sent = Answer::<()>::Completed(response.into()).into_response();
    assert_eq!(sent.extensions().get(), Some(&7_u32));
}

#[test]
fn an_interim_status_completes_nothing_and_comes_back() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (mut request, handle) = held_with_handle(&hub);
    let mut interim = approved();
    *interim.status_mut() = StatusCode::PROCESSING;
    for error in [
        handle.complete(interim.clone()).unwrap_err(),
        hub.respond(&0, interim.clone()).unwrap_err(),
    ] {
        assert!(matches!(error, CompleteError::Interim(_)));
        assert_eq!(error.into_response().body(), "approved");
    }
    assert!(
        request.as_mut().now_or_never().is_none(),
        "it is still held"
    );
}
