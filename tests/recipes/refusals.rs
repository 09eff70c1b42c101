//! A refusal as JSON, which keeps its status and its headers.

use dacapo::{Answer, Error, Hub, Interrupt, Suspended};
use futures::FutureExt;
use http::StatusCode;
use support::{Framework, Server, on_each_framework, poll};

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

/// A framework, and a middleware of it that says refusals in JSON.
trait Refuses: Framework {
    /// A handler that fails with the application's own error.
    fn in_a_handler(self, hub: Hub<String>) -> Server;

    /// A handler under the layer, and one at `/other` that fails by itself, both inside the middleware.
    fn under_the_layer(self, hub: Hub<String>) -> Server;

    /// A handler that fails with the crate's error, inside the middleware.
    fn with_the_crates_error(self, hub: Hub<String>) -> Server;
}

fn is_refused_in_json(server: &Server) {
    let response = server.get("/").now_or_never().unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers.contains_key("retry-after"));
    assert_eq!(headers["cache-control"], "no-store");
    if let Some(length) = headers.get("content-length") {
        assert_eq!(length, SAID.len().to_string().as_str());
    }
    assert_eq!(response.body(), SAID);
}

on_each_framework!(in_a_handler_the_applications_own_error_says_it, |on| {
    is_refused_in_json(&on.in_a_handler(shut_down()));
});

on_each_framework!(
    under_the_layer_middleware_outside_says_it_and_leaves_other_answers_alone,
    |on| {
        let server = on.under_the_layer(shut_down());
        is_refused_in_json(&server);
        let (_, other) = poll(&mut server.get("/other")).unwrap();
        assert_eq!(other, "");
    }
);

on_each_framework!(
    the_same_middleware_says_it_for_a_handler_that_returns_the_crates_error,
    |on| is_refused_in_json(&on.with_the_crates_error(shut_down()))
);

mod on_axum {
    use axum::Router;
    use axum::body::Body;
    use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
    use axum::middleware::map_response;
    use axum::response::{IntoResponse, Response};
    use axum::routing::get;
    use dacapo::axum::ResumeLayer;
    use support::Axum;
    use support::on_axum::server;

    use super::*;

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

    impl Refuses for Axum {
        fn in_a_handler(self, hub: Hub<String>) -> Server {
            let handler = async move || hold(&hub).await;
            server(Router::new().route("/", get(handler)))
        }

        fn under_the_layer(self, hub: Hub<String>) -> Server {
            let app = Router::new().route("/", get(news).layer(ResumeLayer::new(hub)));
            let app = app.route("/other", get(async || StatusCode::SERVICE_UNAVAILABLE));
            server(app.layer(map_response(refusals_in_json)))
        }

        fn with_the_crates_error(self, hub: Hub<String>) -> Server {
            let handler = async move || hub.run(news).await;
            let app = Router::new().route("/", get(handler));
            server(app.layer(map_response(refusals_in_json)))
        }
    }
}

mod on_actix {
    use actix_web::body::{BoxBody, MessageBody};
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use actix_web::http::StatusCode;
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::web::{Data, get};
    use actix_web::{App, HttpResponse, ResponseError};
    use dacapo::actix::Resume;
    use support::Actix;
    use support::on_actix::server;

    use super::*;

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

    impl Refuses for Actix {
        fn in_a_handler(self, hub: Hub<String>) -> Server {
            let handler = async |hub: Data<Hub<String>>| hold(&hub).await;
            let app = App::new().app_data(Data::new(hub));
            server(app.route("/", get().to(handler)))
        }

        fn under_the_layer(self, hub: Hub<String>) -> Server {
            let held = get().to(news).wrap(Resume::new(hub));
            let app = App::new().route("/", held);
            let app = app.route("/other", get().to(HttpResponse::ServiceUnavailable));
            server(app.wrap(from_fn(refusals_in_json)))
        }

        fn with_the_crates_error(self, hub: Hub<String>) -> Server {
            let handler = async |hub: Data<Hub<String>>| hub.run(news).await;
            let app = App::new().app_data(Data::new(hub));
            let app = app.route("/", get().to(handler));
            server(app.wrap(from_fn(refusals_in_json)))
        }
    }
}
