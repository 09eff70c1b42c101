//! A refusal as JSON, which keeps its status and its headers.

use dacapo::{Answer, Error, Hub, Interrupt, Suspended};

use crate::news;

#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Interrupt for AppError {
    type Failure = Self;

    fn split(self) -> Result<Suspended, Self> {
        match self {
            Self::Suspended(token) => Ok(token),
            failure => Err(failure),
        }
    }
}

/// A hub that refuses every request.
fn shut_down() -> Hub<String> {
    let hub = Hub::new();
    hub.shutdown();
    hub
}

async fn hold(hub: &Hub<String>) -> Result<Answer<&'static str>, AppError> {
    hub.run(async |c| -> Result<_, AppError> { Ok(news(c).await?) })
        .await
}

/// What a client should get, as JSON.
fn sentence(error: &Error) -> String {
    let sentence = String::from_utf8_lossy(error.response().body()).into_owned();
    serde_json::json!({ "error": sentence }).to_string()
}

const SAID: &str = r#"{"error":"the server is shutting down: come back later"}"#;

mod on_axum {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
    use axum::middleware::map_response;
    use axum::response::{IntoResponse, Response};
    use axum::routing::get;
    use dacapo::axum::ResumeLayer;
    use futures::FutureExt;

    use super::*;
    use crate::on_axum::{get as ask, text};

    fn in_json(mut response: Response, error: &Error) -> Response {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = Body::from(sentence(error));
        response
    }

    impl IntoResponse for AppError {
        fn into_response(self) -> Response {
            match self {
                Self::Suspended(token) => token.into_response(),
                Self::Refused(error) => in_json(error.clone().into_response(), &error),
            }
        }
    }

    async fn refusals_in_json(response: Response) -> Response {
        match response.extensions().get::<Error>().cloned() {
            Some(error) => in_json(response, &error),
            None => response,
        }
    }

    fn is_refused_in_json(app: &Router) {
        let response = ask(app, "/").now_or_never().unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers();
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert!(headers.contains_key("retry-after"));
        assert_eq!(headers["cache-control"], "no-store");
        if let Some(length) = headers.get(CONTENT_LENGTH) {
            assert_eq!(length, SAID.len().to_string().as_str());
        }
        assert_eq!(text(response), SAID);
    }

    #[test]
    fn in_a_handler_the_applications_own_error_says_it() {
        let hub = shut_down();
        let handler = async move || hold(&hub).await;
        is_refused_in_json(&Router::new().route("/", get(handler)));
    }

    #[test]
    fn under_the_layer_middleware_outside_says_it_and_leaves_other_answers_alone() {
        let layered = |hub| {
            let app = Router::new()
                .route("/", get(news))
                .layer(ResumeLayer::new(hub));
            app.route("/other", get(async || StatusCode::SERVICE_UNAVAILABLE))
                .layer(map_response(refusals_in_json))
        };
        let app = layered(shut_down());
        is_refused_in_json(&app);
        let other = ask(&app, "/other").now_or_never().unwrap();
        assert_eq!(text(other), "");
    }

    #[test]
    fn the_same_middleware_says_it_for_a_handler_that_returns_the_crates_error() {
        let hub = shut_down();
        let handler = async move || hub.run(news).await;
        let app = Router::new().route("/", get(handler));
        is_refused_in_json(&app.layer(map_response(refusals_in_json)));
    }
}

mod on_actix {
    use actix_web::body::{BoxBody, MessageBody};
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::http::StatusCode;
    use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::web;
    use actix_web::{App, HttpResponse, ResponseError};
    use dacapo::actix::Resume;
    use futures::FutureExt;

    use super::*;
    use crate::on_actix::{get as ask, init, text};

    fn in_json<B>(response: HttpResponse<B>, error: &Error) -> HttpResponse {
        let mut response = response.set_body(BoxBody::new(sentence(error)));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }

    impl ResponseError for AppError {
        fn status_code(&self) -> StatusCode {
            self.error_response().status()
        }

        fn error_response(&self) -> HttpResponse {
            match self {
                Self::Suspended(token) => token.error_response(),
                Self::Refused(error) => in_json(error.error_response(), error),
            }
        }
    }

    async fn refusals_in_json(
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse, actix_web::Error> {
        let response = next.call(request).await?;
        let error = response.response().extensions().get::<Error>().cloned();
        Ok(match error {
            Some(error) => {
                let (request, response) = response.into_parts();
                ServiceResponse::new(request, in_json(response, &error))
            }
            None => response.map_into_boxed_body(),
        })
    }

    fn is_refused_in_json(response: ServiceResponse<impl MessageBody>) {
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers();
        assert_eq!(headers.get(CONTENT_TYPE).unwrap(), "application/json");
        assert!(headers.contains_key("retry-after"));
        assert_eq!(headers.get("cache-control").unwrap(), "no-store");
        assert!(!headers.contains_key(CONTENT_LENGTH));
        assert_eq!(text(response), SAID);
    }

    #[test]
    fn in_a_handler_the_applications_own_error_says_it() {
        let hub = web::Data::new(shut_down());
        let handler = web::get().to(async |hub: web::Data<Hub<String>>| hold(&hub).await);
        let app = init!(App::new().app_data(hub).route("/", handler));
        is_refused_in_json(ask(&app, "/").now_or_never().unwrap());
    }

    #[test]
    fn under_the_middleware_another_one_outside_says_it_and_leaves_other_answers_alone() {
        let held = web::get().to(news).wrap(Resume::new(shut_down()));
        let other = web::get().to(HttpResponse::ServiceUnavailable);
        let app = App::new().route("/", held).route("/other", other);
        let app = init!(app.wrap(from_fn(refusals_in_json)));
        is_refused_in_json(ask(&app, "/").now_or_never().unwrap());
        let other = ask(&app, "/other").now_or_never().unwrap();
        assert_eq!(text(other), "");
    }

    #[test]
    fn the_same_middleware_says_it_for_a_handler_that_returns_the_crates_error() {
        let hub = web::Data::new(shut_down());
        let handler = web::get().to(async |hub: web::Data<Hub<String>>| hub.run(news).await);
        let app = App::new().app_data(hub).route("/", handler);
        let app = init!(app.wrap(from_fn(refusals_in_json)));
        is_refused_in_json(ask(&app, "/").now_or_never().unwrap());
    }
}
