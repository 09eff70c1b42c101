//! Streams as responses.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures::{Stream, TryStreamExt};

use crate::stream::{BoxError, Event, HEADER, LastEventId, Message, encode};

/// Makes an event stream (`text/event-stream`) of a [stream](crate::Hub::stream).
///
/// The first byte is sent at once. A heartbeat is a comment. When the hub is shut down, the body
/// ends, and the browser connects again. When the client disconnects, the stream is dropped and its
/// wait with it: at once with `h1_allow_half_closed(false)` on the `HttpServer`, and otherwise when
/// the next heartbeat cannot be sent.
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
/// use actix_web::{HttpResponse, web::Data};
/// use dacapo::stream::LastEventId;
/// use dacapo::{Continuation, Hub, Outcome};
///
/// # struct Chat { hub: Hub<String> }
/// # impl Chat { fn line_after(&self, _seen: u64) -> Option<(String, u64)> { None } }
/// async fn lines(chat: Data<Chat>, LastEventId(seen): LastEventId<u64>) -> HttpResponse {
///     let hub = chat.hub.clone();
///     let lines = async move |c: Continuation<String>, seen: u64| -> Outcome<_> {
///         chat.line_after(seen).ok_or_else(|| c.suspend("lobby", Duration::from_secs(15)))
///     };
///     dacapo::actix::sse(hub.stream(seen, lines))
/// }
/// ```
pub fn sse<S, T, P, E>(stream: S) -> HttpResponse
where
    S: Stream<Item = Result<Event<T, P>, E>> + 'static,
    T: Into<Message> + 'static,
    P: Display + 'static,
    E: Into<BoxError> + 'static,
{
    let body = encode(stream).map_err(|error| -> Box<dyn Error> { error });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(body)
}

impl<P: FromStr + Default> FromRequest for LastEventId<P> {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get(HEADER).map(HeaderValue::as_bytes);
        ready(Ok(Self::of(header, request.uri().query())))
    }
}
