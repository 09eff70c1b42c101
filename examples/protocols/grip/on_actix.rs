//! The middleware for actix.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorBadGateway;
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{Error, HttpResponse, Responder, ResponseError};
use dacapo::actix::{Resume, answer};
use dacapo::{Answer, Continuation};

use super::{Grip, Hold};

/// Puts the middleware around an application, and adds the route for publishing.
pub(crate) fn around(config: &mut ServiceConfig, app: impl FnOnce(&mut ServiceConfig), grip: Grip) {
    let held = web::scope("").configure(app).wrap(from_fn(hold));
    config
        .app_data(Data::new(grip.clone()))
        .route("/publish/", web::post().to(publish))
        .service(held.wrap(Resume::new(grip.responses)));
}

async fn hold(
    grip: Data<Grip>,
    c: Continuation<String>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let since = grip.contents.position();
    let response = next.call(request).await?;
    if !response.headers().contains_key("grip-hold") {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let mut response = answer(response).map_err(ErrorBadGateway)?;
    let held = match Hold::take(response.headers_mut()) {
        Some(hold) if hold.is_stream => {
            let status = StatusCode::from_u16(response.status().as_u16());
            let mut head = HttpResponse::build(status.unwrap_or_default());
            for (name, value) in response.headers() {
                head.append_header((name.as_str(), value.as_bytes()));
            }
            head.streaming(grip.stream(hold, since, response.into_body()))
        }
        Some(hold) => hold.suspend(&c, response).error_response(),
        None => Answer::<HttpResponse>::Completed(response.into())
            .respond_to(&request)
            .map_into_boxed_body(),
    };
    Ok(ServiceResponse::new(request, held))
}

async fn publish(grip: Data<Grip>, body: Bytes) -> impl Responder {
    let (status, text) = match grip.publish(&body) {
        Ok(()) => (200, "Published\n".to_owned()),
        Err((status, text)) => (status.as_u16(), text),
    };
    text.customize()
        .with_status(StatusCode::from_u16(status).unwrap_or_default())
}
