//! Conversions: actix has other types for requests and responses.

use std::any::Any;

use actix_http::Request as ActixRequest;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{HeaderMap as ActixHeaders, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use dacapo::driver::BodyError;
use dacapo::{Error, Suspended};
use futures::{StreamExt, TryStreamExt};
use http::{HeaderMap, Request, Response};
use http_body_util::BodyDataStream;

use crate::{Body, Head};

pub(super) fn actix_request(request: Request<Body>) -> ActixRequest {
    let (head, body) = request.into_parts();
    let mut converted = ActixRequest::with_payload(payload(body));
    let converted_head = converted.head_mut();
    converted_head.method = Method::from_bytes(head.method.as_str().as_bytes()).unwrap();
    converted_head.uri = Uri::try_from(head.uri.to_string()).unwrap();
    converted_head.headers = actix_headers(&head.headers);
    converted
}

/// In actix, a body that breaks off is an error, as in hyper.
fn payload(body: Body) -> Payload {
    if body.is_empty() {
        return Payload::None;
    }
    let pieces = BodyDataStream::new(body).map_err(|_| PayloadError::Incomplete(None));
    Payload::from(pieces.boxed_local())
}

pub(super) fn actix_headers(headers: &HeaderMap) -> ActixHeaders {
    let mut converted = ActixHeaders::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        converted.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    converted
}

fn http_headers(headers: &ActixHeaders) -> HeaderMap {
    let mut converted = HeaderMap::new();
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        converted.append(
            name,
            http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    converted
}

pub(super) fn http_head(request: &HttpRequest) -> Head {
    let mut head = Request::new(());
    *head.method_mut() = request.method().as_str().parse().unwrap();
    *head.uri_mut() = request.uri().to_string().parse().unwrap();
    *head.headers_mut() = http_headers(request.headers());
    head
}

pub(super) fn actix_response(response: Response<Bytes>) -> HttpResponse {
    let (head, body) = response.into_parts();
    let mut converted = HttpResponse::new(StatusCode::from_u16(head.status.as_u16()).unwrap());
    *converted.headers_mut() = actix_headers(&head.headers);
    if let Some(token) = head.extensions.get::<Suspended>() {
        converted.extensions_mut().insert(token.clone());
    }
    converted.set_body(body).map_into_boxed_body()
}

/// Of a response's extensions, those of this crate are kept.
pub(super) async fn http_response<B: MessageBody>(response: HttpResponse<B>) -> Response<Bytes> {
    let mut converted = Response::new(Bytes::new());
    *converted.status_mut() = response.status().as_u16().try_into().unwrap();
    *converted.headers_mut() = http_headers(response.headers());
    carry::<Suspended, _>(&response, &mut converted);
    carry::<Error, _>(&response, &mut converted);
    carry::<BodyError, _>(&response, &mut converted);
    let body = to_bytes(response.into_body()).await;
    converted.map(|_| body.unwrap_or_default())
}

fn carry<T: Any + Clone + Send + Sync, B>(from: &HttpResponse<B>, to: &mut Response<Bytes>) {
    if let Some(carried) = from.extensions().get::<T>() {
        to.extensions_mut().insert(carried.clone());
    }
}
