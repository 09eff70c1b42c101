//! Responses of axum for the core.

use axum_core::response::IntoResponse;
use bytes::Bytes;
use futures::FutureExt;
use http::Response;
use http_body_util::BodyExt;

use crate::driver::StreamingBody;

/// Converts any axum response for [`Handle::complete`](crate::Handle::complete),
/// [`Hub::respond`](crate::Hub::respond) or
/// [`Suspended::or_respond`](crate::Suspended::or_respond).
///
/// # Errors
///
/// If the body is a stream, or fails: the core stores responses as bytes.
///
/// # Examples
///
/// ```
/// # use std::error::Error;
/// # use dacapo::Hub;
/// use axum::Json;
///
/// fn goal(hub: &Hub<String>, score: [u8; 2]) -> Result<usize, Box<dyn Error>> {
///     Ok(hub.respond("goals", dacapo::axum::answer(Json(score))?)?)
/// }
/// # assert_eq!(goal(&Hub::new(), [2, 1]).unwrap(), 0);
/// ```
pub fn answer(response: impl IntoResponse) -> Result<Response<Bytes>, StreamingBody> {
    let (parts, body) = response.into_response().into_parts();
    match body.collect().now_or_never() {
        Some(Ok(body)) => Ok(Response::from_parts(parts, body.to_bytes())),
        Some(Err(_)) | None => Err(StreamingBody::new()),
    }
}
