//! What a client, a handler and an application do, and the limits that apply.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};

use super::reader::Reader;

pub struct Story {
    pub limits: Limits,
    pub requests: Vec<Asked>,
    pub events: Vec<Event>,
}

pub struct Limits {
    pub suspended: usize,
    pub keys: usize,
    pub passes: u32,
    pub body: usize,
    pub body_timeout: Duration,
    pub hold: Duration,
}

/// A request: what its client sends, and what its handler does.
#[derive(Clone)]
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    /// The length that its head announces, which may be wrong.
    pub length: Option<u64>,
    pub pieces: Vec<Piece>,
    /// Whether its body is complete.
    pub ends: bool,
    /// What its handler does in each pass. After that, it answers.
    pub turns: Vec<Turn>,
}

#[derive(Clone)]
pub enum Piece {
    Data(Bytes),
    Broken,
}

#[derive(Clone)]
pub enum Turn {
    Answer(StatusCode),
    Suspend(Wish),
    /// The handler returns the newest token, perhaps that of another request.
    ReturnTheLastToken,
}

#[derive(Clone)]
pub struct Wish {
    pub keys: Vec<u8>,
    pub timeout: Duration,
    pub from_now: bool,
    pub priority: u8,
    /// There is a response for the expiry.
    pub or_responds: bool,
}

/// The `u8` is a request or a key.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    Arrive,
    /// The next piece of its body arrives.
    Send(u8),
    Drop(u8),
    Resume(u8),
    Complete(u8),
    SetTimeout(u8, Duration),
    Notify(u8),
    NotifyWith(u8),
    NotifyOne(u8),
    Respond(u8),
    Advance(Duration),
    Shutdown,
}

impl Asked {
    pub fn has_body(&self) -> bool {
        !self.pieces.is_empty() || !self.ends || self.length.is_some()
    }
}

impl Story {
    pub fn read(data: &[u8]) -> Self {
        let mut reader = Reader::new(data);
        Self {
            limits: limits(&mut reader),
            requests: reader.list(5, asked),
            events: reader.rest(event),
        }
    }
}

fn limits(reader: &mut Reader) -> Limits {
    Limits {
        suspended: usize::from(reader.below(5)),
        keys: usize::from(reader.below(5)),
        passes: reader.below(8).into(),
        body: usize::from(reader.below(32)),
        body_timeout: time(reader),
        hold: time(reader),
    }
}

fn asked(reader: &mut Reader) -> Asked {
    let method = method(reader);
    let uri = uri(reader.bytes(32)).unwrap_or_default();
    let headers = reader.list(4, header).into_iter().flatten();
    let length = reader.one_in(3).then(|| reader.number());
    Asked {
        method,
        uri,
        // No server passes a request to its application if its length is no number or occurs twice.
        headers: headers.filter(|(name, _)| name != CONTENT_LENGTH).collect(),
        length,
        pieces: reader.list(5, piece),
        ends: !reader.one_in(4),
        turns: reader.list(6, turn),
    }
}

fn method(reader: &mut Reader) -> Method {
    let usual = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS];
    match usual.get(usize::from(reader.below(8))) {
        Some(usual) => usual.clone(),
        None => token(reader.bytes(12)).unwrap_or_default(),
    }
}

/// For other characters, the frameworks differ, because they use different versions of `http`.
fn token(bytes: &[u8]) -> Option<Method> {
    let usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let method = Method::from_bytes(bytes).ok();
    method.filter(|_| bytes.iter().all(usual))
}

fn uri(bytes: &[u8]) -> Option<Uri> {
    let uri = Uri::try_from(bytes).ok();
    uri.filter(|_| bytes.iter().all(u8::is_ascii_graphic))
}

fn header(reader: &mut Reader) -> Option<(HeaderName, HeaderValue)> {
    let usual = ["expect", "transfer-encoding", "content-encoding", "host"];
    let name = match usual.get(usize::from(reader.below(8))) {
        Some(usual) => HeaderName::from_static(usual),
        None => HeaderName::from_bytes(reader.bytes(12)).ok()?,
    };
    Some((name, HeaderValue::from_bytes(reader.bytes(24)).ok()?))
}

fn piece(reader: &mut Reader) -> Piece {
    match reader.one_in(8) {
        true => Piece::Broken,
        false => Piece::Data(Bytes::copy_from_slice(reader.bytes(24))),
    }
}

fn turn(reader: &mut Reader) -> Turn {
    match reader.below(8) {
        0 => Turn::Answer(reader.one_of(&[
            StatusCode::OK,
            StatusCode::CREATED,
            StatusCode::NOT_FOUND,
            StatusCode::INTERNAL_SERVER_ERROR,
        ])),
        1 => Turn::ReturnTheLastToken,
        _ => Turn::Suspend(Wish {
            keys: reader.list(4, key),
            timeout: time(reader),
            from_now: reader.one_in(4),
            priority: reader.below(3),
            or_responds: reader.one_in(4),
        }),
    }
}

fn event(reader: &mut Reader) -> Event {
    match reader.below(16) {
        0 | 1 => Event::Arrive,
        2 | 3 => Event::Send(reader.byte()),
        4 => Event::Drop(reader.byte()),
        5 | 6 => Event::Resume(reader.byte()),
        7 => Event::Complete(reader.byte()),
        8 => Event::SetTimeout(reader.byte(), time(reader)),
        9 => Event::Notify(key(reader)),
        10 => Event::Respond(key(reader)),
        11 => Event::NotifyWith(key(reader)),
        12 => Event::NotifyOne(key(reader)),
        13 | 14 => Event::Advance(time(reader)),
        _ if reader.one_in(4) => Event::Shutdown,
        _ => Event::Arrive,
    }
}

fn key(reader: &mut Reader) -> u8 {
    reader.below(4)
}

fn time(reader: &mut Reader) -> Duration {
    Duration::from_millis(reader.number())
}
