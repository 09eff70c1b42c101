//! One handler that knows no framework, mounted in every way without a change.

use std::pin::pin;

use bytes::Bytes;
use dacapo::{Continuation, Outcome};
use futures::FutureExt;
use http::{Method, Request, Response, StatusCode};
use support::{Application, Framework, Layer, Mount, Target, on_each_mount};

use crate::{LONG_POLL, hub};

/// Answers with all that it was given, in its second pass.
async fn news(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    let path = request.uri().path();
    if c.is_initial() {
        return Err(c.suspend(path, LONG_POLL));
    }
    let (word, body) = (request.headers()["x-word"].to_str(), request.body());
    let answer = format!("{} {path} {} {body:?}", request.method(), word.unwrap());
    let response = Response::builder().status(StatusCode::CREATED);
    Ok(response
        .header("x-answer", "yes")
        .body(answer.into())
        .unwrap())
}

fn request<B: From<&'static str>>() -> Request<B> {
    let request = Request::post("/rooms/lobby").header("x-word", "da");
    request.body("capo".into()).unwrap()
}

#[track_caller]
fn is_the_answer(response: &Response<Bytes>) {
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-answer"], "yes");
    assert_eq!(response.body(), r#"POST /rooms/lobby da b"capo""#);
}

#[test]
fn it_runs_without_a_framework() {
    let (hub, _clock) = hub();
    let mut pending = pin!(hub.run(|c| news(c, request())));
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify("/rooms/lobby"), 1);
    let response = pending.now_or_never().unwrap().unwrap();
    is_the_answer(&response.into_inner().unwrap());
}

on_each_mount!(it_runs_on_every_framework, |on, mount| {
    let (hub, _clock) = hub();
    let at = Target::At(Method::POST, "/rooms/{room}");
    let app = match mount {
        Mount::InAHandler => Application::new().mount(at, Some(&hub), news),
        Mount::UnderTheLayer => {
            let app = Application::new().mount(at, None, news);
            app.layer(Layer::of(&hub))
        }
    };
    let mut pending = on.serve(app).send(request());
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify("/rooms/lobby"), 1);
    is_the_answer(&pending.now_or_never().unwrap());
});

/// Nothing that the handler below would say.
fn approved() -> Response<Bytes> {
    let response = Response::builder().status(StatusCode::ACCEPTED);
    let response = response.header("x-from", "outside").header("x-from", "far");
    response.body("approved".into()).unwrap()
}

/// Waits, and is a teapot then.
async fn brew(c: Continuation<String>, _: Request<Bytes>) -> Outcome<Response<Bytes>> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL).or_respond(approved())),
        false => {
            let teapot = Response::builder().status(StatusCode::IM_A_TEAPOT);
            Ok(teapot.body("short and stout".into()).unwrap())
        }
    }
}

on_each_mount!(
    its_own_answer_and_one_from_outside_are_sent_as_they_are,
    |on, mount| {
        let (hub, clock) = hub();
        let server = on.serve(Application::held(mount, &hub, brew));
        let sent = |then: &dyn Fn()| {
            let mut pending = server.get("/");
            assert!(pending.as_mut().now_or_never().is_none());
            then();
            pending.now_or_never().unwrap()
        };
        let own = sent(&|| assert_eq!(hub.notify("go"), 1));
        assert_eq!(own.status(), StatusCode::IM_A_TEAPOT);
        assert_eq!(own.body(), "short and stout");
        for outside in [
            sent(&|| assert_eq!(hub.respond("go", approved()).unwrap(), 1)),
            sent(&|| assert_eq!(clock.advance(LONG_POLL), 1)),
        ] {
            assert_eq!(outside.status(), StatusCode::ACCEPTED);
            assert_eq!(outside.body(), "approved");
            let from = outside.headers().get_all("x-from");
            assert!(from.iter().eq(["outside", "far"]));
        }
    }
);
