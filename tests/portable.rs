//! One handler that knows no framework, mounted three ways without a change.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use futures::executor::block_on;
use http::{Request, Response, StatusCode};

/// Answers with all that it was given, in its second pass.
async fn news(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    let path = request.uri().path();
    if c.is_initial() {
        return Err(c.suspend(path, Duration::from_secs(30)));
    }
    let (word, body) = (request.headers()["x-word"].to_str(), request.body());
    let answer = format!("{} {path} {} {body:?}", request.method(), word.unwrap());
    let response = Response::builder().status(StatusCode::CREATED);
    Ok(response
        .header("x-answer", "yes")
        .body(answer.into())
        .unwrap())
}

const ANSWER: &str = r#"POST /rooms/lobby da b"capo""#;

#[test]
fn it_runs_without_a_framework() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let request = Request::post("/rooms/lobby").header("x-word", "da");
    let request = request.body(Bytes::from("capo")).unwrap();
    let mut pending = pin!(hub.run(|c| news(c, request.clone())));
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify("/rooms/lobby"), 1);
    let response = pending.now_or_never().unwrap().unwrap();
    let response = response.into_inner().unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-answer"], "yes");
    assert_eq!(response.body(), ANSWER);
}

#[test]
fn it_runs_on_axum() {
    use axum::{Router, body, routing};
    use dacapo::axum::{ResumeLayer, handler};
    use tower::ServiceExt;

    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let news = routing::post(handler(news)).layer(ResumeLayer::new(hub.clone()));
    let app: Router = Router::new().route("/rooms/{room}", news);
    let request = Request::post("/rooms/lobby").header("x-word", "da");
    let mut pending = pin!(app.oneshot(request.body(body::Body::from("capo")).unwrap()));
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify("/rooms/lobby"), 1);
    let response = pending.now_or_never().unwrap().unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-answer"], "yes");
    assert_eq!(
        block_on(body::to_bytes(response.into_body(), 99)).unwrap(),
        ANSWER
    );
}

#[test]
fn it_runs_on_actix() {
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, body, dev::Service, web};
    use dacapo::actix::{Resume, handler};

    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let news = web::post().to(handler(news)).wrap(Resume::new(hub.clone()));
    let app = App::new().service(web::resource("/rooms/{room}").route(news));
    let app = block_on(init_service(app));
    let request = TestRequest::post().uri("/rooms/lobby");
    let request = request.insert_header(("x-word", "da")).set_payload("capo");
    let mut pending = pin!(app.call(request.to_request()));
    assert!(pending.as_mut().now_or_never().is_none());
    assert_eq!(hub.notify("/rooms/lobby"), 1);
    let response = pending.now_or_never().unwrap().unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers().get("x-answer").unwrap(), "yes");
    assert_eq!(
        block_on(body::to_bytes(response.into_body())).ok().unwrap(),
        ANSWER
    );
}
