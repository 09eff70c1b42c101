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
