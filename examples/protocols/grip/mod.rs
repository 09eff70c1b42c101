//! GRIP's hold as middleware: a handler of the application says in its own response that the request is to be held, and
//! for which channels. The models are `hub.run` (a layer), `respond`, a mailbox and a stream.
//!
//! `Grip-Hold: response` holds a request until something is published, for as long as `Grip-Timeout` says. Then the
//! client gets the handler's response. `Grip-Hold: stream` sends the response, and after it what is published.
//! `POST /publish/` publishes.

mod hold;
pub(crate) mod on_actix;
pub(crate) mod on_axum;
mod publish;

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use bytes::Bytes;
use dacapo::mailbox::{Mailbox, Position, Read};
use dacapo::stream::Event;
use dacapo::{Continuation, Hub, Outcome};
use futures::{Stream, StreamExt, stream};

use hold::Hold;

#[derive(Clone)]
pub(crate) struct Grip {
    /// Where held responses wait. The layer around the middleware has this hub.
    pub(crate) responses: Hub<String>,
    streams: Hub<String>,
    /// What is published for streams. Nothing means that they are closed.
    contents: Mailbox<String, Option<Bytes>>,
}

impl Grip {
    pub(crate) fn new(responses: Hub<String>, streams: Hub<String>) -> Self {
        let contents = Mailbox::builder(&streams)
            .weigh(|content: &Option<Bytes>| content.as_ref().map_or(0, Bytes::len))
            .build();
        Self {
            responses,
            streams,
            contents,
        }
    }

    /// The body of a held stream: the handler's, and then what is published from a position on.
    fn stream(
        &self,
        hold: Hold,
        since: Position,
        first: Bytes,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
        let (contents, channels) = (self.contents.clone(), hold.channels);
        let next = async move |c: Continuation<String>, seen: Position| -> Outcome<_> {
            match contents.read(&channels, &seen, 1) {
                Read::Batch(batch) if batch.items.is_empty() => {
                    Err(c.suspend_any(&channels, Duration::from_secs(30)))
                }
                Read::Batch(batch) => Ok((Option::clone(&batch.items[0]), batch.next)),
                Read::Gap(_) => Ok((None, seen)), // something is lost, so its client begins again
            }
        };
        let events = self.streams.stream(since, next);
        let contents = events.filter_map(|event| {
            ready(match event {
                Ok(Event::Item { value, .. }) => Some(value),
                Ok(Event::Heartbeat) => None,
                Err(_) => Some(None),
            })
        });
        let contents = contents.take_while(|content| ready(content.is_some()));
        let contents = contents.map(Option::unwrap_or_default);
        stream::iter([first]).chain(contents).map(Ok)
    }
}
