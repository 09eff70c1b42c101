//! What requests say, answers, and content on its way in and out.

use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) type Request = http::Request<Bytes>;
pub(crate) type Answer<T = Response> = Result<T, Box<Response>>;
pub(crate) type Header = (&'static str, String);

pub(crate) fn respond(
    status: u16,
    headers: impl IntoIterator<Item = Header>,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.into()).unwrap_or_default()
}

pub(crate) fn refuse<T>(status: u16, text: &'static str) -> Answer<T> {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    Err((status, text).into_response().into())
}

pub(crate) fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// A number of nothing but digits, without a zero in front, and exact in JavaScript.
pub(crate) fn number(request: &Request, name: &str) -> Answer<Option<u64>> {
    let text = header(request, name);
    match text.map(|text| (text, text.parse::<u64>())) {
        None => Ok(None),
        Some((text, Ok(it))) if it.to_string() == text && it < 1 << 53 => Ok(Some(it)),
        Some(_) => refuse(400, "a header is not a plain number"),
    }
}

/// The only value of a parameter.
pub(crate) fn parameter(request: &Request, wanted: &str) -> Answer<Option<String>> {
    let all = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
    let all = all.into_iter().flat_map(|Query(all)| all);
    let mut values = all.filter(|(name, _)| name == wanted);
    match (values.next(), values.next()) {
        (_, Some(_)) => refuse(400, "a parameter stands there twice"),
        (value, None) => Ok(value.map(|(_, value)| value)),
    }
}

/// Types are the same whatever their case and their parameters.
pub(crate) fn is_type(one: &str, other: &str) -> bool {
    let essence = |text: &str| {
        text.split(';')
            .next()
            .map(|it| it.trim().to_ascii_lowercase())
    };
    essence(one) == essence(other)
}

pub(crate) fn is_json(content_type: &str) -> bool {
    is_type(content_type, "application/json")
}

/// What is stored of a body. Of JSON it is values with commas between them.
pub(crate) fn stored(content_type: &str, body: &Bytes) -> Answer<Bytes> {
    let values: Vec<&RawValue> = match body.trim_ascii_start().first() {
        Some(b'[') if is_json(content_type) => json(body)?,
        Some(_) if is_json(content_type) => vec![json(body)?],
        _ => return Ok(body.clone()),
    };
    let values: Vec<_> = values.iter().map(|value| value.get()).collect();
    Ok(values.join(",").into())
}

fn json<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Answer<T> {
    serde_json::from_slice(text).or_else(|_| refuse(400, "this is not JSON"))
}
