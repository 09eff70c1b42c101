//! What all of them need of HTTP.

use axum::extract::Query;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use httpdate::HttpDate;
use serde_json::Value;

/// The value of a parameter in the URL.
pub(crate) fn parameter<B>(request: &Request<B>, wanted: &str) -> Option<String> {
    let Query(all) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).ok()?;
    let mut values = all.into_iter().filter(|(name, _)| name == wanted);
    values.next().map(|(_, value)| value)
}

/// The number that a parameter is.
pub(crate) fn number<B>(request: &Request<B>, wanted: &str) -> Option<i64> {
    parameter(request, wanted)?.parse().ok()
}

/// The time that a header says.
pub(crate) fn date<B>(request: &Request<B>, name: HeaderName) -> Option<HttpDate> {
    request.headers().get(name)?.to_str().ok()?.parse().ok()
}

/// An answer without a body.
pub(crate) fn status(code: u16) -> Response<Bytes> {
    let response = Response::builder().status(code);
    response.body(Bytes::new()).unwrap_or_default()
}

/// An answer in JSON.
pub(crate) fn json(code: u16, body: &Value) -> Response<Bytes> {
    let mut response = status(code).map(|_| body.to_string().into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", json);
    response
}
