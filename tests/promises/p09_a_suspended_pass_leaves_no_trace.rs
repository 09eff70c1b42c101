//! A suspended pass leaves no trace in the answer: its status, headers and body are discarded.
//! Attributes stay.

use std::pin::pin;

use dacapo::{Continuation, Hub};
use futures::FutureExt;
use futures::executor::block_on;

use crate::LONG_POLL;

struct Note(&'static str);

/// The pass, and what the previous pass has stored.
fn note(c: &Continuation<u8>) -> String {
    let noted = c.attribute::<Note>().map_or("nothing", |note| note.0);
    c.set_attribute(Note("the first pass was here"));
    format!("{} {noted}", c.pass())
}

#[test]
fn nothing_is_left_of_it_on_axum() {
    use axum::Router;
    use axum::http::{Request, StatusCode};
    use axum::response::{AppendHeaders, IntoResponse, Response};
    use axum::routing::get;
    use dacapo::axum::ResumeLayer;
    use tower::ServiceExt;

    async fn handler(c: Continuation<u8>) -> Response {
        let (pass, noted) = (c.pass().to_string(), note(&c));
        let headers = AppendHeaders([("x-pass", pass.clone()), ("set-cookie", pass)]);
        if c.is_initial() {
            (StatusCode::IM_A_TEAPOT, headers, c.suspend(&0, LONG_POLL)).into_response()
        } else {
            (headers, noted).into_response()
        }
    }
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let app = Router::new()
        .route("/", get(handler))
        .layer(ResumeLayer::new(hub.clone()));
    let mut request = pin!(app.oneshot(Request::get("/").body(axum::body::Body::empty()).unwrap()));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify(&0);
    let response = request.now_or_never().unwrap().unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().get_all("x-pass").iter().eq(["2"]));
    assert!(response.headers().get_all("set-cookie").iter().eq(["2"]));
    let body = block_on(axum::body::to_bytes(response.into_body(), 1024)).unwrap();
    assert_eq!(body, "2 the first pass was here");
}

#[test]
fn nothing_is_left_of_it_on_actix() {
    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, HttpResponse, ResponseError, dev::Service, web};
    use dacapo::actix::Resume;

    async fn handler(c: Continuation<u8>) -> HttpResponse {
        let (pass, noted) = (c.pass().to_string(), note(&c));
        let mut response = if c.is_initial() {
            let mut response = c.suspend(&0, LONG_POLL).error_response();
            *response.status_mut() = StatusCode::IM_A_TEAPOT;
            response
        } else {
            HttpResponse::Ok().body(noted)
        };
        for name in ["x-pass", "set-cookie"] {
            response
                .headers_mut()
                .append(name.parse().unwrap(), pass.parse().unwrap());
        }
        response
    }
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let resource = web::resource("/")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(handler));
    let app = block_on(init_service(App::new().service(resource)));
    let mut request = pin!(app.call(TestRequest::get().to_request()));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify(&0);
    let response = request.now_or_never().unwrap().unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().get_all("x-pass").eq(["2"]));
    assert!(response.headers().get_all("set-cookie").eq(["2"]));
    let body = block_on(actix_web::body::to_bytes(response.into_body())).unwrap_or_default();
    assert_eq!(body, "2 the first pass was here");
}
