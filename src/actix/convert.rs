//! Conversions between the types of `http` 1, which the core uses, and those of actix-web, which
//! has its own, based on `http` 0.2.

use actix_web::body::{self, BoxBody, MessageBody};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Version};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::slices::Slices;

/// Converts a response of the core. Each valid name and value is also valid in actix.
pub(super) fn http_response(response: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let body = http_body(parts.status, body);
    let mut converted = HttpResponse::with_body(http_status(parts.status), body);
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            converted.headers_mut().append(name, value);
        }
    }
    converted
}

/// Actix sends every body that it gets. After a status without a body, a client would read those
/// bytes as the next response.
fn http_body(status: http::StatusCode, body: Bytes) -> BoxBody {
    match status {
        http::StatusCode::NO_CONTENT | http::StatusCode::NOT_MODIFIED => body::None::new().boxed(),
        _ if body.len() > Slices::SIZE => Slices::of(body).boxed(),
        _ => body.boxed(),
    }
}

pub(super) fn http_status(status: http::StatusCode) -> StatusCode {
    StatusCode::from_u16(status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Converts a request of actix.
pub(super) fn http_request(
    request: &HttpRequest,
    body: Bytes,
) -> http::Result<http::Request<Bytes>> {
    let target = request.uri().to_string().parse()?;
    Ok(http_head(request, target)?.map(|()| body))
}

/// The head of actix's request as the core's, with this target.
pub(super) fn http_head(
    request: &HttpRequest,
    target: http::Uri,
) -> http::Result<http::Request<()>> {
    let head = http::Request::builder()
        .method(request.method().as_str())
        .uri(target)
        .version(http_version(request.version()));
    let headers = request.headers().iter();
    headers
        .fold(head, |head, (name, value)| {
            head.header(name.as_str(), value.as_bytes())
        })
        .body(())
}

fn http_version(version: Version) -> http::Version {
    match version {
        Version::HTTP_09 => http::Version::HTTP_09,
        Version::HTTP_10 => http::Version::HTTP_10,
        Version::HTTP_2 => http::Version::HTTP_2,
        Version::HTTP_3 => http::Version::HTTP_3,
        _ => http::Version::HTTP_11,
    }
}
