//! nchan's long poll and its publisher, by the protocol that nchan was written for (HTTP Push Relay Protocol). The model
//! is a mailbox, whose positions are tags.
//!
//! `POST /pub/{channel}` sends a message. `GET /sub/{channel}` gets the oldest one, and with the `ETag` and the
//! `Last-Modified` of that answer (`If-None-Match`, `If-Modified-Since`) the next one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use dacapo::mailbox::{Batch, Mailbox, Position, Read};
use dacapo::manners::{self, ETag};
use dacapo::{Continuation, Hub, Outcome};
use http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_MODIFIED_SINCE, LAST_MODIFIED, VARY};
use http::{Request, Response};
use httpdate::HttpDate;
use serde_json::json;
use time::OffsetDateTime;

use crate::wire::{self, status};

#[derive(Clone)]
pub(crate) struct Nchan {
    hub: Hub<String>,
    messages: Mailbox<String, Message>,
    channels: Arc<Mutex<HashSet<String>>>,
}

/// Its type, its bytes, and the second in which it came: a client that sends the time back has no more of it.
type Message = (HeaderValue, Bytes, HttpDate);
type Answer = Outcome<Response<Bytes>>;

impl Nchan {
    pub(crate) fn new(hub: &Hub<String>) -> Self {
        let messages = Mailbox::builder(hub).max_len(10);
        let messages = messages.weigh(|(kind, body, _): &Message| kind.len() + body.len());
        let (hub, messages, channels) = (hub.clone(), messages.build(), Arc::default());
        Self {
            hub,
            messages,
            channels,
        }
    }

    pub(crate) async fn publish(self, _: Continuation<String>, request: Request<Bytes>) -> Answer {
        let channel = request.uri().path().trim_start_matches("/pub/");
        let subscribers = self.hub.waiter_count(channel);
        let mut channels = self.channels.lock().unwrap();
        let code = match request.method().as_str() {
            "GET" | "DELETE" if !channels.contains(channel) => return Ok(status(404)),
            "GET" | "PUT" => 200,
            "DELETE" => {
                channels.remove(channel);
                let end = self.messages.position();
                self.messages.forget_before(channel, &end);
                self.hub.respond(channel, status(410)).unwrap_or_default();
                return Ok(status(200));
            }
            "POST" => {
                let content_type = request.headers().get(CONTENT_TYPE).cloned();
                let content_type = content_type.unwrap_or(HeaderValue::from_static("text/plain"));
                let (body, now) = (request.body().clone(), OffsetDateTime::now_utc());
                let message = (content_type, body, SystemTime::from(now).into());
                if self.messages.push(channel, message).is_err() {
                    return Ok(status(413));
                }
                if subscribers > 0 { 201 } else { 202 }
            }
            _ => return Ok(status(405)),
        };
        channels.insert(channel.to_owned());
        let messages = self.read(channel, &Position::default()).items.len();
        let info = json!({ "messages": messages, "subscribers": subscribers });
        Ok(wire::json(code, &info))
    }

    pub(crate) async fn subscribe(
        self,
        c: Continuation<String>,
        request: Request<Bytes>,
    ) -> Answer {
        let channel = request.uri().path().trim_start_matches("/sub/");
        let number = manners::version(request.headers());
        let after = self.messages.position_at(number.unwrap_or(0));
        // Without a tag, a time says what its client has.
        let since = wire::date(&request, IF_MODIFIED_SINCE).filter(|_| number.is_none());
        let messages = self.read(channel, &after).items;
        let is_next = |(.., time): &Message| since.is_none_or(|since| *time > since);
        let message = match messages.iter().find(|message| is_next(message)) {
            None if c.is_expired() => return Ok(status(408)),
            None => return Err(c.suspend(channel, Duration::from_secs(30))),
            Some(message) => message,
        };
        let (content_type, body, time) = &**message;
        let tag = ETag::new(message.position().number().to_string());
        let answer = Response::builder().header(ETAG, tag.to_string());
        let answer = answer.header(VARY, "If-None-Match, If-Modified-Since");
        let answer = answer.header(LAST_MODIFIED, time.to_string());
        let answer = answer.header(CONTENT_TYPE, content_type);
        Ok(answer.body(body.clone()).unwrap_or_default())
    }

    /// nchan, too, goes on with the oldest message that it still has.
    fn read(&self, channel: &str, after: &Position) -> Batch<Message> {
        let (Read::Batch(batch) | Read::Gap(batch)) = self.messages.read([channel], after, 10);
        batch
    }
}
