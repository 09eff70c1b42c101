//! What answers a request: its handler, or a response from outside. Both frameworks send either as it is.

use std::rc::Rc;

use bytes::Bytes;
use dacapo::{Answer, CompleteError, Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use futures::executor::block_on;
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
    use crate::errors::AppError;

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let completed = |c: &Continuation<u8>| c.handle().complete(approved()).unwrap();
    let answered = hub.run(async |c| {
        completed(&c);
        Outcome::Ok(())
    });
    assert_eq!(answered.now_or_never(), Some(Ok(outside())));
    let failed = hub.run(async |c| {
        completed(&c);
        Err::<(), _>(AppError::NoSuchRoom)
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

/// A handler of both frameworks waits, and its own answer is a teapot.
async fn wait(hub: &Hub<u8>) -> Result<Answer<(u16, &'static str)>, Error> {
    hub.run(async |c| match c.is_initial() {
        true => Err(c.suspend(&0, MS).or_respond(approved())),
        false => Ok((418, "short and stout")),
    })
    .await
}

/// What is sent: status, the header, and the body.
type Sent = (u16, Vec<String>, Bytes);

fn on_axum(hub: &Hub<u8>, then: impl FnOnce()) -> Sent {
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    let of_app = hub.clone();
    let handler = async move || {
        let answer = wait(&of_app).await?;
        Ok::<_, Error>(answer.map(|(status, body)| (StatusCode::from_u16(status).unwrap(), body)))
    };
    let app = axum::Router::new().route("/", get(handler));
    let request = http::Request::get("/").body(Body::empty()).unwrap();
    let mut sent = Box::pin(app.oneshot(request));
    assert!(sent.as_mut().now_or_never().is_none());
    then();
    let (parts, body) = sent.now_or_never().unwrap().unwrap().into_parts();
    let from = parts.headers.get_all("x-from").iter();
    let from = from.map(|value| value.to_str().unwrap().to_owned());
    let body = block_on(to_bytes(body, usize::MAX)).unwrap();
    (parts.status.into(), from.collect(), body)
}

fn on_actix(hub: &Hub<u8>, then: impl FnOnce()) -> Sent {
    use actix_web::body::to_bytes;
    use actix_web::dev::Service;
    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, web};

    let of_app = hub.clone();
    let handler = move || {
        let hub = of_app.clone();
        async move {
            let answer = wait(&hub).await?;
            let teapot = |(status, body)| (body, StatusCode::from_u16(status).unwrap());
            Ok::<_, Error>(answer.map(teapot))
        }
    };
    let app = block_on(init_service(App::new().route("/", web::get().to(handler))));
    let mut sent = Box::pin(app.call(TestRequest::get().to_request()));
    assert!(sent.as_mut().now_or_never().is_none());
    then();
    let response = sent.now_or_never().unwrap().unwrap();
    let from = response.headers().get_all("x-from");
    let from = from.map(|value| value.to_str().unwrap().to_owned());
    let (status, from) = (response.status().as_u16(), from.collect());
    let body = block_on(to_bytes(response.into_body()));
    (status, from, body.unwrap_or_else(|_| panic!("no stream")))
}

#[test]
fn both_frameworks_send_either() {
    let from_outside = || (202, vec!["outside".into(), "far".into()], "approved".into());
    let own = || (418, Vec::new(), "short and stout".into());
    let (hub, clock) = Hub::<u8>::with_mock_clock();
    let notify = || assert_eq!(hub.notify(&0), 1);
    let respond = || assert_eq!(hub.respond(&0, approved()).unwrap(), 1);
    let expire = || assert_eq!(clock.advance(MS), 1);
    assert_eq!(on_axum(&hub, notify), own());
    assert_eq!(on_axum(&hub, respond), from_outside());
    assert_eq!(on_axum(&hub, expire), from_outside());
    assert_eq!(on_actix(&hub, notify), own());
    assert_eq!(on_actix(&hub, respond), from_outside());
    assert_eq!(on_actix(&hub, expire), from_outside());
}

/// The extensions of a response are for the middleware around the handler.
#[test]
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
