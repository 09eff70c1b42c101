//! All streams, and their bytes in a mailbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use dacapo::Hub;
use dacapo::mailbox::{Item, Mailbox, Read};
use time::OffsetDateTime;

use crate::content::ContentType;
use crate::request::{Request, Start, parse};
use crate::response::{Answer, Refusal, respond};
use crate::stream::{Asked, Stream};

/// Streams by their paths. An append is an item of the mailbox, under the id of its stream.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) hub: Hub<u64>,
    bytes: Mailbox<u64, Append>,
    table: Arc<Mutex<Table>>,
}

type Table = HashMap<String, Stream>;

pub(crate) struct Append {
    stream: u64,
    content: Bytes,
}

/// What a reader finds.
pub(crate) struct Found {
    pub(crate) id: u64,
    pub(crate) content_type: ContentType,
    pub(crate) end: Option<OffsetDateTime>,
    pub(crate) from: u64,
    pub(crate) next: u64,
    pub(crate) is_up_to_date: bool,
    /// Nothing more will come.
    pub(crate) is_over: bool,
    items: Vec<Item<Append>>,
}

/// Appends in one answer.
const MOST: usize = 100;

impl Streams {
    pub(crate) fn new(hub: Hub<u64>) -> Self {
        let bytes = Mailbox::builder(&hub)
            .max_len(usize::MAX)
            .max_age(Duration::MAX);
        let bytes = bytes.max_bytes_per_key(64 << 20).max_bytes(1 << 30);
        let bytes = bytes.weigh(|append: &Append| append.content.len()).build();
        let table = Arc::default();
        Self { hub, bytes, table }
    }

    pub(crate) fn create(&self, request: &Request) -> Answer {
        let (mut table, asked, own) = (self.lock(), Asked::of(request)?, request.content_type());
        self.remove_ended(&mut table);
        if let Some(known) = table.get(&request.path) {
            let is_like = known.asked == asked && known.is_closed == request.closes();
            let is_like = is_like && own.is_none_or(|own| own == known.content_type);
            return match is_like && !known.is_deleted {
                true => Ok(respond(200, known.headers(), "")),
                false => Err(Refusal::new(409, "there is another stream")),
            };
        }
        let (mut stream, inherited) = match &asked.fork {
            Some(source) => self.fork(table.get(source), &asked)?,
            None => (Stream::at(self.bytes.position().number()), Bytes::new()),
        };
        if own
            .as_ref()
            .is_some_and(|own| asked.fork.is_some() && *own != stream.content_type)
        {
            return Err(Refusal::new(409, "the source has another content type"));
        }
        (stream.id, stream.is_closed) = (fastrand::u64(..), request.closes());
        stream.content_type = own.unwrap_or(stream.content_type);
        stream.live(request)?;
        for content in [inherited, stream.content_type.stored(&request.body)?] {
            self.store(&mut stream, content)?;
        }
        if let Some(source) = asked.fork.as_ref().and_then(|source| table.get_mut(source)) {
            source.forks += 1;
        }
        stream.asked = asked;
        let host = request.header("host").unwrap_or("localhost");
        let location = [("location", format!("http://{host}{}", request.path))];
        let answer = respond(201, stream.headers().into_iter().chain(location), "");
        table.insert(request.path.clone(), stream);
        Ok(answer)
    }

    /// A stream that begins as another, and what it has to store of the append after that.
    fn fork(&self, source: Option<&Stream>, asked: &Asked) -> Answer<(Stream, Bytes)> {
        let source = source.ok_or_else(missing)?;
        if source.is_deleted {
            return Err(Refusal::new(409, "the source is deleted"));
        }
        let at = asked.at.as_deref().map(parse).transpose()?;
        let at = source.resolve(at.map_or(Start::Now, Start::At))?;
        let inherited = match asked.and {
            0 => Bytes::new(),
            count => {
                let found = self.find(source, at)?;
                let first = found
                    .items
                    .first()
                    .map_or(Bytes::new(), |item| item.content.clone());
                source.content_type.first(&first, count)?
            }
        };
        Ok((source.fork(at), inherited))
    }

    fn store(&self, stream: &mut Stream, content: Bytes) -> Answer<()> {
        if !content.is_empty() {
            let append = Append {
                stream: stream.id,
                content,
            };
            let too_large = |_| Refusal::new(413, "a stream does not keep that much");
            stream.tail = self
                .bytes
                .push(&stream.id, append)
                .map_err(too_large)?
                .number();
        }
        Ok(())
    }

    pub(crate) fn append(&self, request: &Request) -> Answer {
        let (mut table, producer) = (self.lock(), request.producer()?);
        let stream = self.stream(&mut table, &request.path)?;
        let is_new = stream.admit(request, producer.as_ref())?;
        let status = if is_new && producer.is_some() && !request.body.is_empty() {
            200
        } else {
            204
        };
        let id = producer.as_ref().map(|producer| producer.id.clone());
        if is_new {
            let content = stream.content_type.stored(&request.body)?;
            if content.is_empty() && !request.body.is_empty() {
                return Err(Refusal::new(400, "there is nothing to append"));
            }
            self.store(stream, content)?;
            stream.note(request, producer);
            self.hub.notify(&stream.id); // once more, because it may be closed
        }
        stream.touch();
        let latest = id.and_then(|id| stream.producers.get(&id));
        let latest = latest.map(|it| [("producer-epoch", it.epoch), ("producer-seq", it.sequence)]);
        let latest = latest
            .into_iter()
            .flatten()
            .map(|(name, number)| (name, number.to_string()));
        Ok(respond(
            status,
            stream.headers().into_iter().chain(latest),
            "",
        ))
    }

    pub(crate) fn head(&self, request: &Request) -> Answer {
        let mut table = self.lock();
        let stream = self.stream(&mut table, &request.path)?;
        let ttl = stream.ttl.map(|ttl| ("stream-ttl", ttl.to_string()));
        let expires_at = stream
            .expires_at
            .clone()
            .map(|date| ("stream-expires-at", date));
        let own = [
            Some(("cache-control", "no-store".to_owned())),
            ttl,
            expires_at,
        ];
        Ok(respond(
            200,
            stream
                .headers()
                .into_iter()
                .chain(own.into_iter().flatten()),
            "",
        ))
    }

    pub(crate) fn delete(&self, request: &Request) -> Answer {
        let mut table = self.lock();
        self.stream(&mut table, &request.path)?;
        self.remove(&mut table, &request.path);
        Ok(respond(204, [], ""))
    }

    pub(crate) fn read(&self, path: &str, start: Start) -> Answer<Found> {
        let mut table = self.lock();
        let stream = self.stream(&mut table, path)?;
        stream.touch();
        self.find(stream, stream.resolve(start)?)
    }

    fn find(&self, stream: &Stream, from: u64) -> Answer<Found> {
        let after = self.bytes.position_at(from);
        let Read::Batch(mut batch) = self.bytes.read(&stream.parts_after(from), &after, MOST)
        else {
            return Err(Refusal::new(410, "what was there is no longer kept"));
        };
        batch
            .items
            .retain(|item| stream.has(item.stream, item.position().number()));
        let next = if batch.has_more {
            batch.next.number()
        } else {
            stream.tail
        };
        Ok(Found {
            id: stream.id,
            content_type: stream.content_type.clone(),
            end: stream.end,
            from,
            next,
            is_up_to_date: next == stream.tail,
            is_over: next == stream.tail && stream.is_closed,
            items: batch.items,
        })
    }

    fn stream<'t>(&self, table: &'t mut Table, path: &str) -> Answer<&'t mut Stream> {
        self.remove_ended(table);
        match table.get_mut(path) {
            None => Err(missing()),
            Some(stream) if stream.is_deleted => Err(Refusal::new(410, "the stream is deleted")),
            Some(stream) => Ok(stream),
        }
    }

    fn remove_ended(&self, table: &mut Table) {
        let ended = table.iter().filter(|(_, stream)| stream.has_ended());
        let ended: Vec<_> = ended.map(|(path, _)| path.clone()).collect();
        ended.iter().for_each(|path| self.remove(table, path));
    }

    /// Removes a stream, or hides it while others have forked from it.
    fn remove(&self, table: &mut Table, path: &str) {
        let Some(stream) = table.get_mut(path) else {
            return;
        };
        stream.is_deleted = true;
        self.hub.notify(&stream.id);
        if stream.forks == 0 {
            self.bytes.forget_before(&stream.id, &self.bytes.position());
            let source = table.remove(path).and_then(|stream| stream.asked.fork);
            let source = source.and_then(|path| Some((table.get_mut(&path)?, path)));
            if let Some((source, path)) = source {
                source.forks -= 1;
                if source.is_deleted {
                    self.remove(table, &path);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    pub(crate) fn has_bytes(&self) -> bool {
        !self.items.is_empty()
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        self.content_type
            .body(self.items.iter().map(|item| &item.content[..]))
    }
}

fn missing() -> Refusal {
    Refusal::new(404, "there is no such stream")
}
