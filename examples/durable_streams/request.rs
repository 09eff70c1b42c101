//! A request, and what its headers and its query say.

use axum::body::Bytes;
use axum::http::HeaderMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::content::ContentType;
use crate::response::{Answer, Refusal};

pub(crate) struct Request {
    pub(crate) path: String,
    query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A writer that sends an append again when in doubt.
#[derive(Debug, Clone)]
pub(crate) struct Producer {
    pub(crate) id: String,
    pub(crate) epoch: u64,
    pub(crate) sequence: u64,
}

/// Where a reader begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    At(u64),
    Now,
}

impl Request {
    pub(crate) fn new(
        path: &str,
        query: Vec<(String, String)>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let path = path.to_owned();
        Self {
            path,
            query,
            headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn content_type(&self) -> Option<ContentType> {
        self.header("content-type")
            .map(|text| ContentType(text.to_owned()))
    }

    /// A number of nothing but digits, without a zero in front, and exact in JavaScript.
    pub(crate) fn number(&self, name: &str) -> Answer<Option<u64>> {
        let is_plain = |text: &str, number: &u64| text == number.to_string() && *number < 1 << 53;
        let parse = |text: &str| text.parse().ok().filter(|number| is_plain(text, number));
        let bad = || Refusal::new(400, "a header is not a plain number");
        let number = self.header(name).map(|text| parse(text).ok_or_else(bad));
        number.transpose()
    }

    pub(crate) fn date(&self, name: &str) -> Answer<Option<OffsetDateTime>> {
        let bad = |_| Refusal::new(400, "a header is not a date of RFC 3339");
        let parse = |text| OffsetDateTime::parse(text, &Rfc3339).map_err(bad);
        self.header(name).map(parse).transpose()
    }

    pub(crate) fn closes(&self) -> bool {
        self.header("stream-closed")
            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn producer(&self) -> Answer<Option<Producer>> {
        let (epoch, sequence) = (self.number("producer-epoch")?, self.number("producer-seq")?);
        match (self.header("producer-id"), epoch, sequence) {
            (None, None, None) => Ok(None),
            (Some(id), Some(epoch), Some(sequence)) if !id.is_empty() => {
                let id = id.to_owned();
                Ok(Some(Producer {
                    id,
                    epoch,
                    sequence,
                }))
            }
            _ => Err(Refusal::new(400, "a producer sends its three headers")),
        }
    }

    /// The only value of a parameter.
    pub(crate) fn parameter(&self, wanted: &str) -> Answer<Option<&str>> {
        let mut values = self.query.iter().filter(|(name, _)| name == wanted);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Refusal::new(400, "a parameter stands there twice")),
            (value, None) => Ok(value.map(|(_, value)| value.as_str())),
        }
    }

    pub(crate) fn start(&self) -> Answer<Option<Start>> {
        match self.parameter("offset")? {
            Some("now") => Ok(Some(Start::Now)),
            Some("-1") => Ok(Some(Start::At(0))),
            Some(offset) => parse(offset).map(|offset| Some(Start::At(offset))),
            None => Ok(None),
        }
    }
}

/// An offset as text, which sorts as the offset does.
pub(crate) fn text_of(offset: u64) -> String {
    format!("{:016}_{offset:016}", 0)
}

pub(crate) fn parse(offset: &str) -> Answer<u64> {
    let is_number = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = offset.split_once('_');
    match parts.filter(|(high, low)| is_number(high) && is_number(low)) {
        Some((high, low)) if high.bytes().all(|byte| byte == b'0') => Ok(low.parse().unwrap_or(0)),
        Some(_) => Ok(u64::MAX), // no stream is that long
        None => Err(Refusal::new(400, "this is no offset")),
    }
}
