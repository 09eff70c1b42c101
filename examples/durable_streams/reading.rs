//! The three ways to read: what there is, a long poll, and an event stream.

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine};
use dacapo::Continuation;
use dacapo::manners::ETag;
use dacapo::stream::Event;
use futures::StreamExt;
use serde_json::json;
use time::OffsetDateTime;

use crate::request::{Request, Start, text_of};
use crate::response::{Answer, Refusal, respond};
use crate::streams::{Found, Streams};

/// An event stream says something at least so often, and ends after a while, so that a CDN can share it.
const HEARTBEAT: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) async fn read(streams: &Streams, request: Request, hold: Duration) -> Answer {
    let start = request.start()?;
    let seen = request
        .parameter("cursor")?
        .and_then(|cursor| cursor.parse().ok());
    // What is wrong is found before the status of a stream is sent. From now on, the end is where it is now.
    let found = streams.read(&request.path, start.unwrap_or(Start::At(0)))?;
    match (request.parameter("live")?, start) {
        (None, Some(Start::Now)) => {
            let body = found.content_type.body([]);
            Ok(respond(
                200,
                [no_store()].into_iter().chain(found.headers(None)),
                body,
            ))
        }
        (None, _) => Ok(found.answer(&request.headers, None)),
        (Some(_), None) => Err(Refusal::new(400, "a live read has an offset")),
        (Some("long-poll"), _) => long_poll(streams, &request.path, found.from, seen, hold).await,
        (Some("sse"), _) => Ok(event_stream(streams.clone(), request.path, &found, seen)),
        (Some(_), _) => Err(Refusal::new(400, "`live` is `long-poll` or `sse`")),
    }
}

async fn long_poll(
    streams: &Streams,
    path: &str,
    from: u64,
    seen: Option<u64>,
    hold: Duration,
) -> Answer {
    let answer = streams.hub.run(async |c| -> Answer {
        let found = streams.read(path, Start::At(from))?;
        if found.has_bytes() || !found.is_up_to_date {
            return Ok(found.answer(&HeaderMap::new(), Some(cursor(seen))));
        }
        if !found.is_over && !c.is_expired() {
            Err(c.suspend(&found.id, found.at_most(hold)))?;
        }
        let headers = found.headers(Some(cursor(seen)));
        Ok(respond(204, headers.into_iter().chain([no_store()]), ""))
    });
    Ok(answer.await?.into_response())
}

/// How far an event stream is.
#[derive(Clone)]
struct Place {
    offset: u64,
    /// Its reader knows whether there is more.
    is_told: bool,
    is_over: bool,
}

fn event_stream(streams: Streams, path: String, found: &Found, seen: Option<u64>) -> Response {
    let hub = streams.hub.clone();
    let begin = Place {
        offset: found.from,
        is_told: false,
        is_over: false,
    };
    let next = async move |c: Continuation<u64>, place: Place| -> Answer<_> {
        if place.is_over {
            return Err(Refusal::new(410, "the stream is closed"));
        }
        let found = streams.read(&path, Start::At(place.offset))?;
        if place.is_told && found.is_up_to_date && !found.has_bytes() && !found.is_over {
            Err(c.suspend(&found.id, found.at_most(HEARTBEAT)))?;
        }
        let next = Place {
            offset: found.next,
            is_told: true,
            is_over: found.is_over,
        };
        Ok((found.events(cursor(seen)), next))
    };
    // After an error its reader comes back, and gets it as a status.
    let events = hub
        .stream(begin, next)
        .max_hold(LONGEST)
        .take_while(|event| ready(event.is_ok()));
    let texts = events.map(|event| {
        let item = event.ok().and_then(Event::into_item);
        Ok::<_, Infallible>(item.map_or(":\n\n".to_owned(), |(text, _)| text))
    });
    let event_stream = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
    ];
    let encoding = found
        .content_type
        .is_binary()
        .then_some(("stream-sse-data-encoding", "base64"));
    let headers = event_stream.into_iter().chain(encoding);
    let headers = headers.map(|(name, value)| (name, value.to_owned()));
    respond(200, headers, Body::from_stream(texts))
}

impl Found {
    fn answer(&self, headers: &HeaderMap, cursor: Option<u64>) -> Response {
        let Self {
            id,
            from,
            next,
            is_over,
            ..
        } = self;
        let tag = ETag::new(format!("{id:x}:{from}:{next}:{is_over}"));
        if tag.is_known(headers) {
            return tag.not_modified();
        }
        let mut response = respond(200, self.headers(cursor), self.body());
        tag.write(response.headers_mut());
        response
    }

    fn headers(&self, cursor: Option<u64>) -> Vec<(&'static str, String)> {
        let is = |name, is_so: bool| is_so.then(|| (name, "true".to_owned()));
        let headers = [
            Some(("content-type", self.content_type.0.clone())),
            Some(("stream-next-offset", text_of(self.next))),
            is("stream-up-to-date", self.is_up_to_date),
            is("stream-closed", self.is_over),
            cursor.map(|cursor| ("stream-cursor", cursor.to_string())),
        ];
        headers.into_iter().flatten().collect()
    }

    /// An event with the bytes, if there are any, and one that says how far they go.
    fn events(&self, cursor: u64) -> String {
        let mut control = json!({ "streamNextOffset": text_of(self.next) });
        if self.is_up_to_date {
            control["upToDate"] = true.into();
        }
        match self.is_over {
            true => control["streamClosed"] = true.into(),
            false => control["streamCursor"] = cursor.to_string().into(),
        }
        let data = match self.content_type.is_binary() {
            true => BASE64_STANDARD.encode(self.body()),
            false => String::from_utf8_lossy(&self.body()).into_owned(),
        };
        let data = self
            .has_bytes()
            .then(|| event("data", &data))
            .unwrap_or_default();
        data + &event("control", &control.to_string())
    }

    /// A wait ends when the stream does.
    fn at_most(&self, hold: Duration) -> Duration {
        let left = self.end.map(|end| end - OffsetDateTime::now_utc());
        left.map_or(hold, |left| hold.min(left.try_into().unwrap_or_default()))
    }
}

/// A client takes one space away, so a line that begins with one gets another.
fn event(name: &str, data: &str) -> String {
    let data = data.replace("\r\n", "\n").replace(['\r', '\n'], "\ndata:");
    format!(
        "event: {name}\ndata:{}\n\n",
        data.replace("\ndata: ", "\ndata:  ")
    )
}

fn no_store() -> (&'static str, String) {
    ("cache-control", "no-store".to_owned())
}

/// The number of the current interval of 20 seconds since 9 October 2024, or a higher one than its client has seen: so
/// no two of its requests are equal, and no cache leads it round in a circle.
fn cursor(seen: Option<u64>) -> u64 {
    let current = (OffsetDateTime::now_utc().unix_timestamp() - 1_728_432_000) as u64 / 20;
    match seen {
        Some(seen) if seen >= current => seen.saturating_add(fastrand::u64(1..=180)),
        _ => current,
    }
}
