//! One stream: what is known of it, except its bytes.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::HashMap;

use time::{Duration, OffsetDateTime};

use crate::wire::{Answer, Header, Request, header, is_type, number, refuse, respond};

pub(crate) struct Stream {
    pub(crate) head: Head,
    pub(crate) start: u64,
    sequence: Option<String>,
    /// The epoch and the latest number of each.
    pub(crate) producers: HashMap<String, (u64, u64)>,
}

#[derive(Clone)]
pub(crate) struct Head {
    /// Its key in the hub and in the mailbox.
    pub(crate) id: u64,
    pub(crate) content_type: String,
    /// The seconds without a use after which a stream ends, or the date.
    pub(crate) lifetime: [Option<String>; 2],
    pub(crate) end: Option<OffsetDateTime>,
    pub(crate) tail: u64,
    pub(crate) is_closed: bool,
}

impl Stream {
    pub(crate) fn new(head: Head) -> Self {
        let (start, sequence, producers) = (head.tail, None, HashMap::new());
        Self {
            head,
            start,
            sequence,
            producers,
        }
    }

    /// A use prolongs the life of a stream that ends when it is idle.
    pub(crate) fn touch(&mut self) {
        let ttl = self.head.lifetime[0].as_ref();
        let end = ttl.and_then(|ttl| end_after(ttl.parse().ok()?));
        self.head.end = end.or(self.head.end);
    }

    pub(crate) fn has_ended(&self) -> bool {
        let end = self.head.end;
        end.is_some_and(|end| end <= OffsetDateTime::now_utc())
    }

    /// Whether an append is new, or why it may not happen.
    pub(crate) fn admit(&self, request: &Request, producer: Option<Producer<'_>>) -> Answer<bool> {
        let (is_empty, closes) = (request.body().is_empty(), closes(request));
        let sequence = header(request, "stream-seq");
        match header(request, "content-type") {
            _ if producer.is_some_and(|producer| self.knows(producer)) => Ok(false),
            _ if self.head.is_closed && is_empty && closes && producer.is_none() => Ok(false),
            _ if self.head.is_closed => {
                Err(respond(409, self.head.headers(), "the stream is closed").into())
            }
            _ if is_empty && closes => self.admit_producer(producer),
            _ if is_empty => refuse(400, "there is nothing to append"),
            None => refuse(400, "an append has a content type"),
            Some(other) if !is_type(&self.head.content_type, other) => {
                refuse(409, "another content type")
            }
            _ if sequence.is_some() && sequence <= self.sequence.as_deref() => {
                refuse(409, "`stream-seq` must grow")
            }
            _ => self.admit_producer(producer),
        }
    }

    fn knows(&self, (id, epoch, number): Producer<'_>) -> bool {
        let latest = self.producers.get(id);
        latest.is_some_and(|latest| epoch == latest.0 && number <= latest.1)
    }

    fn admit_producer(&self, producer: Option<Producer<'_>>) -> Answer<bool> {
        let Some((id, epoch, number)) = producer else {
            return Ok(true);
        };
        let latest = self.producers.get(id);
        let (current, next) = latest.map_or((epoch, 0), |latest| (latest.0, latest.1 + 1));
        let refuse_with = |status, headers: &[(&'static str, u64)], text: &'static str| {
            let headers = headers.iter().map(|(name, it)| (*name, it.to_string()));
            Err(respond(status, headers, text).into())
        };
        match epoch.cmp(&current) {
            Less => refuse_with(403, &[("producer-epoch", current)], "the epoch is over"),
            Greater if number > 0 => refuse(400, "an epoch begins with 0"),
            Equal if number > next => {
                let headers = [
                    ("producer-expected-seq", next),
                    ("producer-received-seq", number),
                ];
                refuse_with(409, &headers, "an append is missing")
            }
            Greater | Equal => Ok(true),
        }
    }

    /// Remembers what an append says of itself.
    pub(crate) fn note(&mut self, request: &Request, producer: Option<Producer<'_>>) {
        self.head.is_closed = closes(request);
        let sequence = header(request, "stream-seq").map(str::to_owned);
        self.sequence = sequence.or_else(|| self.sequence.take());
        let producer = producer.map(|(id, epoch, number)| (id.to_owned(), (epoch, number)));
        self.producers.extend(producer);
    }
}

impl Head {
    /// What the answers say.
    pub(crate) fn headers(&self) -> Vec<Header> {
        let content_type = ("content-type", self.content_type.clone());
        let closed = self.is_closed.then(|| ("stream-closed", "true".to_owned()));
        let told = [content_type, ("stream-next-offset", text_of(self.tail))];
        told.into_iter().chain(closed).collect()
    }
}

/// An offset as text, which sorts as the offset does.
pub(crate) fn text_of(offset: u64) -> String {
    format!("{:016}_{offset:016}", 0)
}

/// When so many seconds are over, if there is a date for it.
pub(crate) fn end_after(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::now_utc().checked_add(Duration::seconds(seconds))
}

pub(crate) fn closes(request: &Request) -> bool {
    let closed = header(request, "stream-closed");
    closed.is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// A writer that sends an append again when in doubt: its name, its epoch, and the number of the append.
pub(crate) type Producer<'r> = (&'r str, u64, u64);

pub(crate) fn producer(request: &Request) -> Answer<Option<Producer<'_>>> {
    let numbers = (
        number(request, "producer-epoch")?,
        number(request, "producer-seq")?,
    );
    match (header(request, "producer-id"), numbers) {
        (None, (None, None)) => Ok(None),
        (Some(id), (Some(epoch), Some(number))) if !id.is_empty() => Ok(Some((id, epoch, number))),
        _ => refuse(400, "a producer sends its three headers"),
    }
}
