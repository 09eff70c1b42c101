//! All streams, and their bytes in a mailbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use dacapo::Hub;
use dacapo::mailbox::{Item, Mailbox, Read};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::stream::{Head, Stream, closes, end_after, producer};
use crate::wire::{Answer, Request, header, is_type, number, refuse, respond, stored};

/// Streams by their paths. An append is an item of the mailbox, under the id of its stream.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) hub: Hub<u64>,
    bytes: Mailbox<u64, Bytes>,
    table: Arc<Mutex<Table>>,
}

type Table = HashMap<String, Stream>;

/// What a reader finds.
pub(crate) struct Found {
    pub(crate) head: Head,
    pub(crate) from: u64,
    pub(crate) next: u64,
    pub(crate) appends: Vec<Item<Bytes>>,
}

const LIFETIME: [&str; 2] = ["stream-ttl", "stream-expires-at"];

impl Streams {
    pub(crate) fn new(hub: &Hub<u64>) -> Self {
        let bytes = Mailbox::builder(hub).weigh(Bytes::len);
        let bytes = bytes.max_len(usize::MAX).max_age(Duration::MAX);
        let bytes = bytes.max_bytes_per_key(64 << 20).max_bytes(1 << 30);
        let (hub, bytes, table) = (hub.clone(), bytes.build(), Arc::default());
        Self { hub, bytes, table }
    }

    pub(crate) fn create(&self, request: &Request) -> Answer {
        let (mut table, path) = (self.lock(), request.uri().path());
        let ended = table.values().filter(|stream| stream.has_ended());
        ended.for_each(|stream| self.forget(stream));
        table.retain(|_, stream| !stream.has_ended());
        let head = self.asked(request)?;
        if let Some(Stream { head: known, .. }) = table.get(path) {
            let is_type = is_type(&known.content_type, &head.content_type);
            let is_like = is_type && known.lifetime == head.lifetime;
            return match is_like && known.is_closed == head.is_closed {
                true => Ok(respond(200, known.headers(), "")),
                false => refuse(409, "there is another stream"),
            };
        }
        let mut stream = Stream::new(head);
        self.store(&mut stream, request.body())?;
        stream.touch();
        let host = header(request, "host").unwrap_or("localhost");
        let mut headers = stream.head.headers();
        headers.push(("location", format!("http://{host}{path}")));
        table.insert(path.to_owned(), stream);
        Ok(respond(201, headers, ""))
    }

    fn asked(&self, request: &Request) -> Answer<Head> {
        let end = header(request, LIFETIME[1]).map(|date| OffsetDateTime::parse(date, &Rfc3339));
        let Ok(end) = end.transpose() else {
            return refuse(400, "a header is not a date of RFC 3339");
        };
        match (number(request, LIFETIME[0])?, end) {
            (Some(_), Some(_)) => return refuse(400, "there are two lifetimes"),
            (Some(seconds), None) if end_after(seconds as i64).is_none() => {
                return refuse(400, "this lifetime ends after all dates");
            }
            _ => {}
        }
        if header(request, "stream-forked-from").is_some() {
            return refuse(501, "this server has no forks");
        }
        let content_type = header(request, "content-type");
        Ok(Head {
            id: fastrand::u64(..),
            content_type: content_type
                .unwrap_or("application/octet-stream")
                .to_owned(),
            lifetime: LIFETIME.map(|name| header(request, name).map(str::to_owned)),
            end,
            tail: self.bytes.position().number(),
            is_closed: closes(request),
        })
    }

    /// Returns whether there was something to store.
    fn store(&self, stream: &mut Stream, body: &Bytes) -> Answer<bool> {
        let content = stored(&stream.head.content_type, body)?;
        let is_empty = content.is_empty();
        if !is_empty {
            let Ok(position) = self.bytes.push(&stream.head.id, content) else {
                return refuse(413, "a stream does not keep that much");
            };
            stream.head.tail = position.number();
        }
        Ok(!is_empty)
    }

    pub(crate) fn append(&self, request: &Request) -> Answer {
        let (mut table, producer) = (self.lock(), producer(request)?);
        let stream = find(&mut table, request.uri().path())?;
        let mut status = 204;
        if stream.admit(request, producer)? {
            let has_stored = self.store(stream, request.body())?;
            if !has_stored && !request.body().is_empty() {
                return refuse(400, "there is nothing to append");
            }
            stream.note(request, producer);
            self.hub.notify(&stream.head.id); // once more, because it may be closed
            status = [204, 200][usize::from(has_stored && producer.is_some())];
        }
        stream.touch();
        let mut headers = stream.head.headers();
        if let Some((epoch, number)) = producer.and_then(|(id, ..)| stream.producers.get(id)) {
            headers.push(("producer-epoch", epoch.to_string()));
            headers.push(("producer-seq", number.to_string()));
        }
        Ok(respond(status, headers, ""))
    }

    pub(crate) fn delete(&self, request: &Request) -> Answer {
        let mut table = self.lock();
        self.forget(find(&mut table, request.uri().path())?);
        table.remove(request.uri().path());
        Ok(respond(204, [], ""))
    }

    pub(crate) fn head(&self, request: &Request) -> Answer {
        let mut table = self.lock();
        let stream = find(&mut table, request.uri().path())?;
        let mut headers = stream.head.headers();
        headers.push(("cache-control", "no-store".to_owned()));
        for (name, value) in LIFETIME.iter().zip(&stream.head.lifetime) {
            headers.extend(value.clone().map(|value| (*name, value)));
        }
        Ok(respond(200, headers, ""))
    }

    /// Reads after an offset, or after the end.
    pub(crate) fn read(&self, path: &str, from: Option<u64>) -> Answer<Found> {
        let mut table = self.lock();
        let stream = find(&mut table, path)?;
        stream.touch();
        let (head, start) = (stream.head.clone(), stream.start);
        let from = from.map_or(head.tail, |from| if from == 0 { start } else { from });
        if from > head.tail {
            return refuse(400, "this is behind the end");
        }
        let after = self.bytes.position_at(from);
        match self.bytes.read([&head.id], &after, 100) {
            Read::Batch(batch) if from >= start => Ok(Found {
                next: if batch.has_more {
                    batch.next.number()
                } else {
                    head.tail
                },
                head,
                from,
                appends: batch.items,
            }),
            _ => refuse(410, "what was there is no longer kept"),
        }
    }

    /// Throws the bytes away, and tells the readers.
    fn forget(&self, stream: &Stream) {
        let end = self.bytes.position();
        self.bytes.forget_before(&stream.head.id, &end);
        self.hub.notify(&stream.head.id);
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find<'t>(table: &'t mut Table, path: &str) -> Answer<&'t mut Stream> {
    let stream = table.get_mut(path).filter(|stream| !stream.has_ended());
    stream.map_or_else(|| refuse(404, "there is no such stream"), Ok)
}
