//! Events as text: `text/event-stream`, as the HTML standard has it.

use std::error::Error;
use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{FusedStream, Stream};

use super::event::{Event, Message};

/// An error of any kind, for a body.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Makes the body of a `text/event-stream` response of a stream's events, for a framework that has no adapter here.
///
/// It begins with a comment at once, because some proxies keep the head back until the first byte of the body. An item
/// has its position as `id:`; a heartbeat is a comment.
///
/// # Errors
///
/// That of the stream, and one if a position or a name contains a line end or a NUL, which a client cannot take. The
/// error is the last item, after what came before it, and the stream has been dropped then.
///
/// ```
/// use dacapo::stream::{Event, encode};
/// use futures::{StreamExt, executor::block_on_stream, stream};
///
/// let events = [Event::Item { value: "one\ntwo", position: 7 }, Event::Heartbeat];
/// let body = encode(stream::iter(events.map(Ok::<_, dacapo::Error>)));
/// let body: Vec<u8> = block_on_stream(body).flat_map(Result::unwrap).collect();
/// assert_eq!(body, b":\n\nid: 7\ndata: one\ndata: two\n\n:\n\n");
/// ```
pub fn encode<S, T, P, E>(events: S) -> EventText<S>
where
    S: Stream<Item = Result<Event<T, P>, E>>,
    T: Into<Message>,
    P: Display,
    E: Into<BoxError>,
{
    EventText(Stage::Opening(Box::pin(events)))
}

/// The body of an event stream: made by [`encode()`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct EventText<S>(Stage<S>);

/// ```text
///   Opening ── first byte ──▶ Open ──▶ Failing ── error ──▶ Ended
///                              ╰─────────────────────────────▲
/// ```
#[derive(Debug)]
enum Stage<S> {
    Opening(Pin<Box<S>>),
    Open(Pin<Box<S>>),
    /// The server gets a turn before the error, because it closes the connection with it. Until then it sends what came
    /// before.
    Failing(BoxError),
    Ended,
}

impl<S, T, P, E> Stream for EventText<S>
where
    S: Stream<Item = Result<Event<T, P>, E>>,
    T: Into<Message>,
    P: Display,
    E: Into<BoxError>,
{
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::mem::replace(&mut self.0, Stage::Ended) {
            Stage::Opening(events) => {
                self.0 = Stage::Open(events);
                Poll::Ready(Some(Ok(COMMENT)))
            }
            Stage::Open(events) => self.poll_open(events, cx),
            Stage::Failing(error) => Poll::Ready(Some(Err(error))),
            Stage::Ended => Poll::Ready(None),
        }
    }
}

impl<S, T, P, E> EventText<S>
where
    S: Stream<Item = Result<Event<T, P>, E>>,
    T: Into<Message>,
    P: Display,
    E: Into<BoxError>,
{
    fn poll_open(
        &mut self,
        mut events: Pin<Box<S>>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let Poll::Ready(event) = events.as_mut().poll_next(cx) else {
            self.0 = Stage::Open(events);
            return Poll::Pending;
        };
        match event.map(|event| text_of(event.map_err(Into::into)?)) {
            None => Poll::Ready(None),
            Some(Ok(text)) => {
                self.0 = Stage::Open(events);
                Poll::Ready(Some(Ok(text)))
            }
            Some(Err(error)) => {
                self.0 = Stage::Failing(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl<S, T, P, E> FusedStream for EventText<S>
where
    S: Stream<Item = Result<Event<T, P>, E>>,
    T: Into<Message>,
    P: Display,
    E: Into<BoxError>,
{
    fn is_terminated(&self) -> bool {
        matches!(self.0, Stage::Ended)
    }
}

/// A position or a name that a client cannot take.
#[derive(Debug, thiserror::Error)]
#[error("an event's {what} is one line of text without a NUL, but this one is {text:?}")]
struct NoLine {
    what: &'static str,
    text: String,
}

const COMMENT: Bytes = Bytes::from_static(b":\n\n");

fn text_of<T: Into<Message>, P: Display>(event: Event<T, P>) -> Result<Bytes, BoxError> {
    let Some((value, position)) = event.into_item() else {
        return Ok(COMMENT);
    };
    let Message { name, data } = value.into();
    let mut text = String::with_capacity(data.len() + 64);
    field(
        &mut text,
        "id",
        line("position", position.to_string())?.as_str(),
    );
    if let Some(name) = name {
        field(&mut text, "event", &line("name", name)?);
    }
    for line in lines(&data) {
        field(&mut text, "data", line);
    }
    text.push('\n');
    Ok(text.into())
}

fn field(text: &mut String, name: &str, value: &str) {
    text.extend([name, ": ", value, "\n"]);
}

/// What would end the line is refused: what follows it could be any event.
fn line(what: &'static str, text: String) -> Result<String, NoLine> {
    match text.contains(['\n', '\r', '\0']) {
        true => Err(NoLine { what, text }),
        false => Ok(text),
    }
}

/// The lines of a text, as a client tells them apart. There is one at least.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some(end) = text.find(['\n', '\r']) else {
            return Some(text);
        };
        let (line, others) = text.split_at(end);
        rest = Some(others.strip_prefix("\r\n").unwrap_or_else(|| &others[1..]));
        Some(line)
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_text_are_those_that_a_client_sees() {
        for (text, expected) in [
            ("", vec![""]),
            ("one", vec!["one"]),
            ("one\n", vec!["one", ""]),
            (
                "one\r\ntwo\rthree\n\nfour",
                vec!["one", "two", "three", "", "four"],
            ),
            ("\r\n\r", vec!["", "", ""]),
        ] {
            assert_eq!(lines(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
