//! One stream: what is known of it, except its bytes.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;

use crate::content::ContentType;
use crate::request::{Producer, Request, Start, text_of};
use crate::response::{Answer, Refusal};

#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// Its key in the hub and in the mailbox.
    pub(crate) id: u64,
    pub(crate) content_type: ContentType,
    pub(crate) asked: Asked,
    /// Seconds without a use after which it ends.
    pub(crate) ttl: Option<u64>,
    pub(crate) expires_at: Option<String>,
    pub(crate) end: Option<OffsetDateTime>,
    /// The streams that it has forked from, each with the offset up to which it has their bytes.
    pub(crate) origins: Vec<(u64, u64)>,
    pub(crate) start: u64,
    pub(crate) tail: u64,
    pub(crate) is_closed: bool,
    sequence: Option<String>,
    pub(crate) producers: HashMap<String, Producer>,
    /// How many streams need its bytes.
    pub(crate) forks: usize,
    /// It is kept for its forks alone.
    pub(crate) is_deleted: bool,
}

/// What its creator has asked for. A second request that asks for the same creates nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    lifetime: [Option<String>; 2],
    pub(crate) fork: Option<String>,
    pub(crate) at: Option<String>,
    pub(crate) and: u64,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Answer<Self> {
        let header = |name| request.header(name).map(str::to_owned);
        let (lifetime, fork) = (
            ["stream-ttl", "stream-expires-at"].map(header),
            header("stream-forked-from"),
        );
        let and = request.number("stream-fork-sub-offset")?;
        if lifetime.iter().all(Option::is_some) || fork.is_none() && and.is_some() {
            return Err(Refusal::new(400, "two headers contradict each other"));
        }
        let (at, and) = (header("stream-fork-offset"), and.unwrap_or(0));
        Ok(Self {
            lifetime,
            fork,
            at,
            and,
        })
    }
}

impl Stream {
    pub(crate) fn at(tail: u64) -> Self {
        let content_type = ContentType("application/octet-stream".to_owned());
        Self {
            content_type,
            start: tail,
            tail,
            ..Self::default()
        }
    }

    /// A stream that has what this one has up to an offset.
    pub(crate) fn fork(&self, at: u64) -> Self {
        let origins = self.origins.iter().map(|(id, until)| (*id, at.min(*until)));
        Self {
            content_type: self.content_type.clone(),
            ttl: self.ttl,
            expires_at: self.expires_at.clone(),
            end: self.end,
            origins: origins.chain([(self.id, at)]).collect(),
            start: self.start,
            tail: at,
            ..Self::default()
        }
    }

    /// Lets it live as long as its creator has asked for.
    pub(crate) fn live(&mut self, request: &Request) -> Answer<()> {
        if let Some(ttl) = request.number("stream-ttl")? {
            (self.ttl, self.expires_at) = (Some(ttl), None);
        }
        if let Some(end) = request.date("stream-expires-at")? {
            let date = request.header("stream-expires-at").map(str::to_owned);
            (self.ttl, self.expires_at, self.end) = (None, date, Some(end));
        }
        self.touch();
        Ok(())
    }

    /// A use prolongs the life of a stream that ends when it is idle.
    pub(crate) fn touch(&mut self) {
        let end = |ttl| OffsetDateTime::now_utc() + Duration::from_secs(ttl);
        self.end = self.ttl.map(end).or(self.end);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.end.is_some_and(|end| end <= OffsetDateTime::now_utc())
    }

    /// What its answers say.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let told = [
            ("content-type", self.content_type.0.clone()),
            ("stream-next-offset", text_of(self.tail)),
        ];
        let closed = self.is_closed.then(|| ("stream-closed", "true".to_owned()));
        told.into_iter().chain(closed).collect()
    }

    /// The offset at which a reader begins.
    pub(crate) fn resolve(&self, start: Start) -> Answer<u64> {
        match start {
            Start::Now => Ok(self.tail),
            Start::At(0) => Ok(self.start),
            Start::At(offset) if offset > self.tail => {
                Err(Refusal::new(400, "this is behind the end"))
            }
            Start::At(offset) if offset < self.start => {
                Err(Refusal::new(410, "this is from another time"))
            }
            Start::At(offset) => Ok(offset),
        }
    }

    /// The streams that have what comes after an offset.
    pub(crate) fn parts_after(&self, offset: u64) -> Vec<u64> {
        let origins = self.origins.iter().filter(|(_, until)| *until > offset);
        origins.map(|(id, _)| *id).chain([self.id]).collect()
    }

    /// Whether what another stream has before this offset belongs to this one.
    pub(crate) fn has(&self, stream: u64, offset: u64) -> bool {
        let mut origins = self.origins.iter();
        stream == self.id || origins.any(|(id, until)| *id == stream && offset <= *until)
    }

    /// Whether an append is new, or why it may not happen.
    pub(crate) fn admit(&self, request: &Request, producer: Option<&Producer>) -> Answer<bool> {
        let (is_empty, closes) = (request.body.is_empty(), request.closes());
        if !producer.map_or(Ok(true), |producer| self.is_new(producer))? {
            return Ok(false);
        }
        let sequence = request.header("stream-seq");
        match request.content_type() {
            _ if self.is_closed && is_empty && closes && producer.is_none() => Ok(false),
            _ if self.is_closed => Err(Refusal::with(409, self.headers(), "the stream is closed")),
            _ if is_empty && closes => Ok(true),
            _ if is_empty => Err(Refusal::new(400, "there is nothing to append")),
            None => Err(Refusal::new(400, "an append has a content type")),
            Some(other) if other != self.content_type => {
                Err(Refusal::new(409, "another content type"))
            }
            _ if sequence.is_some() && sequence <= self.sequence.as_deref() => {
                Err(Refusal::new(409, "`stream-seq` must grow"))
            }
            _ => Ok(true),
        }
    }

    /// Remembers what an append says of itself.
    pub(crate) fn note(&mut self, request: &Request, producer: Option<Producer>) {
        self.is_closed = request.closes();
        let sequence = request.header("stream-seq").map(str::to_owned);
        self.sequence = sequence.or(self.sequence.take());
        self.producers
            .extend(producer.map(|producer| (producer.id.clone(), producer)));
    }

    fn is_new(&self, producer: &Producer) -> Answer<bool> {
        let Producer {
            id,
            epoch,
            sequence,
        } = producer;
        let known = self.producers.get(id);
        let (current, next) = known.map_or((*epoch, 0), |known| (known.epoch, known.sequence + 1));
        match (epoch.cmp(&current), sequence.cmp(&next)) {
            (Less, _) => Err(Refusal::with(
                403,
                [("producer-epoch", current.to_string())],
                "the epoch is over",
            )),
            (Greater, _) if *sequence > 0 => Err(Refusal::new(400, "an epoch begins with 0")),
            (Equal, Greater) => {
                let headers = [
                    ("producer-expected-seq", next),
                    ("producer-received-seq", *sequence),
                ];
                let headers = headers.map(|(name, number)| (name, number.to_string()));
                Err(Refusal::with(409, headers, "an append is missing"))
            }
            (Equal, Less) => Ok(false),
            (Greater, _) | (Equal, Equal) => Ok(true),
        }
    }
}
