//! The middleware for axum.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use dacapo::Continuation;
use dacapo::axum::{ResumeLayer, answer};

use super::publish::Refused;
use super::{Grip, Hold};

/// Puts the middleware around an application, and adds the route for publishing.
pub(crate) fn around(app: Router, grip: Grip) -> Router {
    app.layer(from_fn_with_state(grip.clone(), hold))
        .layer(ResumeLayer::new(grip.responses.clone()))
        .route("/publish/", post(publish).with_state(grip))
}

async fn hold(
    State(grip): State<Grip>,
    c: Continuation<String>,
    request: Request,
    next: Next,
) -> Response {
    let since = grip.contents.position();
    let mut response = next.run(request).await;
    let Some(hold) = Hold::take(response.headers_mut()) else {
        return response;
    };
    match answer(response) {
        Ok(response) if hold.is_stream => {
            let (head, body) = response.into_parts();
            Response::from_parts(head, Body::from_stream(grip.stream(hold, since, body)))
        }
        Ok(response) => hold.suspend(&c, response).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn publish(State(grip): State<Grip>, body: Bytes) -> Result<&'static str, Refused> {
    grip.publish(&body).map(|()| "Published\n")
}
