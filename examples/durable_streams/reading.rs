//! The three ways to read: what there is, a long poll, and an event stream.

use std::convert::Infallible;
use std::future::ready;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine};
use dacapo::manners::ETag;
use dacapo::stream::Event;
use dacapo::{Continuation, Outcome};
use futures::StreamExt;
use serde_json::json;
use time::OffsetDateTime;

use crate::stream::text_of;
use crate::streams::{Found, Streams};
use crate::wire::{Answer, Header, Request, is_json, parameter, refuse, respond};

/// An event stream says something at least so often, and ends after a while, so that a CDN can share it.
const HEARTBEAT: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) fn read(
    c: &Continuation<u64>,
    streams: Streams,
    request: &Request,
    hold: Duration,
) -> Answer {
    let start = parameter(request, "offset")?;
    let from = match start.as_deref() {
        // The end is where it was in the first pass.
        Some("now") => c.attribute::<u64>().map(|end| *end),
        Some("-1") | None => Some(0),
        Some(text) => Some(offset(text)?),
    };
    let path = request.uri().path();
    let found = streams.read(path, from)?;
    let seen = parameter(request, "cursor")?;
    let seen = seen.and_then(|cursor| cursor.parse().ok());
    match (parameter(request, "live")?.as_deref(), start.as_deref()) {
        (None, Some("now")) => Ok(found.without_tag(200, None)),
        (None, _) => Ok(found.answer(request.headers(), None)),
        (Some(_), None) => refuse(400, "a live read has an offset"),
        (Some("sse"), _) => Ok(event_stream(streams, path.to_owned(), &found, seen)),
        (Some("long-poll"), _) if found.is_news() => {
            Ok(found.answer(&HeaderMap::new(), Some(cursor(seen))))
        }
        (Some("long-poll"), _) if found.is_over() || c.is_expired() => {
            Ok(found.without_tag(204, Some(cursor(seen))))
        }
        (Some("long-poll"), _) => {
            c.set_attribute(found.from);
            let wait = c.suspend(&found.head.id, found.at_most(hold));
            Err(wait.into_response().into())
        }
        (Some(_), _) => refuse(400, "`live` is `long-poll` or `sse`"),
    }
}

fn offset(text: &str) -> Answer<u64> {
    match text.split_once('_').map(|(_, number)| number.parse()) {
        Some(Ok(offset)) if text_of(offset) == text => Ok(offset),
        _ => refuse(400, "this is no offset"),
    }
}

fn event_stream(streams: Streams, path: String, found: &Found, seen: Option<u64>) -> Response {
    let (hub, begin) = (streams.hub.clone(), (Some(found.from), false));
    // The offset, if there is more to come, and whether the reader knows that it is at the end.
    type Place = (Option<u64>, bool);
    let next = async move |c: Continuation<u64>, (from, is_told): Place| -> Outcome<_> {
        // After an error, the reader comes back and gets it as a status.
        let found = from.map(|from| streams.read(&path, Some(from)));
        let Some(Ok(found)) = found else {
            return Ok((None, (None, true)));
        };
        if is_told && !found.is_news() && !found.is_over() {
            return Err(c.suspend(&found.head.id, found.at_most(HEARTBEAT)));
        }
        let next = (!found.is_over()).then_some(found.next);
        Ok((Some(found.events(cursor(seen))), (next, true)))
    };
    let events = hub.stream(begin, next).max_hold(LONGEST);
    let texts = events.map(|event| match event.map(Event::into_item) {
        Ok(Some((text, _))) => text,
        Ok(None) => Some(":\n\n".to_owned()),
        Err(_) => None,
    });
    let texts = texts.take_while(|text| ready(text.is_some()));
    let texts = texts.map(|text| Ok::<_, Infallible>(text.unwrap_or_default()));
    let base64 = ("stream-sse-data-encoding", "base64");
    let headers = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
    ];
    let headers = headers
        .into_iter()
        .chain(found.is_binary().then_some(base64));
    let headers = headers.map(|(name, value)| (name, value.to_owned()));
    respond(200, headers, Body::from_stream(texts))
}

impl Found {
    fn is_news(&self) -> bool {
        !self.appends.is_empty()
    }

    /// Whether nothing more will come.
    fn is_over(&self) -> bool {
        self.next == self.head.tail && self.head.is_closed
    }

    /// Whether an event stream has to encode it.
    fn is_binary(&self) -> bool {
        let content_type = self.head.content_type.to_ascii_lowercase();
        !is_json(&content_type) && !content_type.starts_with("text/")
    }

    fn body(&self) -> Vec<u8> {
        let appends: Vec<_> = self.appends.iter().map(|append| &append[..]).collect();
        match is_json(&self.head.content_type) {
            true => [b"[", &appends.join(&b","[..])[..], b"]"].concat(),
            false => appends.concat(),
        }
    }

    fn answer(&self, asked: &HeaderMap, cursor: Option<u64>) -> Response {
        let (id, over) = (self.head.id, self.is_over());
        let tag = ETag::new(format!("{id:x}:{}:{}:{over}", self.from, self.next));
        if tag.is_known(asked) {
            return tag.not_modified();
        }
        let mut response = respond(200, self.headers(cursor), self.body());
        tag.write(response.headers_mut());
        response
    }

    /// Where the end is. No cache may keep it.
    fn without_tag(&self, status: u16, cursor: Option<u64>) -> Response {
        let mut headers = self.headers(cursor);
        headers.push(("cache-control", "no-store".to_owned()));
        let body = if status == 204 {
            Vec::new()
        } else {
            self.body()
        };
        respond(status, headers, body)
    }

    fn headers(&self, cursor: Option<u64>) -> Vec<Header> {
        let is = |name, is_so: bool| is_so.then(|| (name, "true".to_owned()));
        let headers = [
            Some(("content-type", self.head.content_type.clone())),
            Some(("stream-next-offset", text_of(self.next))),
            is("stream-up-to-date", self.next == self.head.tail),
            is("stream-closed", self.is_over()),
            cursor.map(|cursor| ("stream-cursor", cursor.to_string())),
        ];
        headers.into_iter().flatten().collect()
    }

    /// An event with the bytes, if there are any, and one that says how far they go.
    fn events(&self, cursor: u64) -> String {
        let mut control = json!({ "streamNextOffset": text_of(self.next) });
        if self.next == self.head.tail {
            control["upToDate"] = true.into();
        }
        match self.is_over() {
            true => control["streamClosed"] = true.into(),
            false => control["streamCursor"] = cursor.to_string().into(),
        }
        let control = event("control", &control.to_string());
        match self.is_news() {
            false => control,
            true if self.is_binary() => {
                event("data", &BASE64_STANDARD.encode(self.body())) + &control
            }
            true => event("data", &String::from_utf8_lossy(&self.body())) + &control,
        }
    }

    /// A wait ends when the stream does.
    fn at_most(&self, hold: Duration) -> Duration {
        let left = self.head.end.map(|end| end - OffsetDateTime::now_utc());
        left.map_or(hold, |left| hold.min(left.try_into().unwrap_or_default()))
    }
}

/// A client takes one space away, so a line that begins with one gets another.
fn event(name: &str, data: &str) -> String {
    let data = data.replace("\r\n", "\n").replace(['\r', '\n'], "\ndata:");
    format!("event: {name}\ndata:{data}\n\n").replace("\ndata: ", "\ndata:  ")
}

/// The number of the current interval of 20 seconds since 9 October 2024, or a higher one than its client has seen: so
/// no two of its requests are equal, and no cache leads it round in a circle.
fn cursor(seen: Option<u64>) -> u64 {
    let current = (OffsetDateTime::now_utc().unix_timestamp() - 1_728_432_000) as u64 / 20;
    let later = |seen: u64| seen.saturating_add(fastrand::u64(1..=180));
    seen.filter(|seen| *seen >= current).map_or(current, later)
}
