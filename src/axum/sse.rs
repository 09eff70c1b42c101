//! Streams as responses.

use std::convert::Infallible;
use std::fmt::Display;
use std::str::FromStr;

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::Response;
use futures::Stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;

use crate::stream::{BoxError, Event, HEADER, LastEventId, Message, encode};

/// Makes an event stream (`text/event-stream`) of a [stream](crate::Hub::stream).
///
/// The first byte is sent at once. A heartbeat is a comment. When the hub is shut down, the body
/// ends, and the browser connects again. When the client disconnects, the stream is dropped and its
/// wait with it.
///
/// # Errors
///
/// The status is 200 before the closure runs. So check everything that deserves a 403 or a 404
/// *before* you call `hub.stream`, and return that error there. An error of the closure closes the
/// connection after the events before it, and a browser connects again, without end.
///
/// # Values
///
/// The values are strings or [`Message`]s; [`Event::map`] makes them of others. The response says
/// `no-store`, and asks nginx not to buffer.
///
/// ```
/// use std::time::Duration;
/// use axum::{Router, extract::State, response::Response, routing::get};
/// use dacapo::stream::LastEventId;
/// use dacapo::{Continuation, Hub, Outcome};
///
/// # #[derive(Clone)] struct Chat { hub: Hub<String> }
/// # impl Chat { fn line_after(&self, _seen: u64) -> Option<(String, u64)> { None } }
/// async fn lines(State(chat): State<Chat>, LastEventId(seen): LastEventId<u64>) -> Response {
///     let hub = chat.hub.clone();
///     let lines = async move |c: Continuation<String>, seen: u64| -> Outcome<_> {
///         chat.line_after(seen).ok_or_else(|| c.suspend("lobby", Duration::from_secs(15)))
///     };
///     dacapo::axum::sse(hub.stream(seen, lines))
/// }
///
/// fn app(chat: Chat) -> Router {
///     Router::new().route("/lines", get(lines)).with_state(chat)
/// }
/// ```
pub fn sse<S, T, P, E>(stream: S) -> Response
where
    S: Stream<Item = Result<Event<T, P>, E>> + Send + 'static,
    T: Into<Message> + 'static,
    P: Display + 'static,
    E: Into<BoxError> + 'static,
{
    let mut response = Response::new(Body::from_stream(encode(stream)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

impl<S: Sync, P: FromStr + Default> FromRequestParts<S> for LastEventId<P> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(HEADER).map(HeaderValue::as_bytes);
        Ok(Self::of(header, parts.uri.query()))
    }
}
