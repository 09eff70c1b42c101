//! What a stream contains: bytes, or JSON values, whose ends are kept.

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::response::{Answer, Refusal};

/// A type as its client has written it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ContentType(pub(crate) String);

impl ContentType {
    fn essence(&self) -> String {
        let essence = self.0.split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.essence() == "application/json"
    }

    /// Whether an event stream has to encode it.
    pub(crate) fn is_binary(&self) -> bool {
        !self.is_json() && !self.essence().starts_with("text/")
    }

    /// What is stored of a body: the values of an array are joined by commas.
    pub(crate) fn stored(&self, body: &Bytes) -> Answer<Bytes> {
        match body.trim_ascii_start().first() {
            Some(b'[') if self.is_json() => json(body).map(|values: Vec<_>| joined(&values)),
            Some(_) if self.is_json() => json(body).map(|value| joined(&[value])),
            _ => Ok(body.clone()),
        }
    }

    /// The beginning of what was stored: so many bytes or values.
    pub(crate) fn first(&self, stored: &Bytes, count: u64) -> Answer<Bytes> {
        let (count, too_few) = (count as usize, || {
            Refusal::new(400, "there is less than that")
        });
        if !self.is_json() {
            return (count <= stored.len())
                .then(|| stored.slice(..count))
                .ok_or_else(too_few);
        }
        let array = self.body([&stored[..]]);
        let values: Vec<&RawValue> = json(&array)?;
        values.get(..count).map(joined).ok_or_else(too_few)
    }

    /// What a reader gets of what was stored.
    pub(crate) fn body<'s>(&self, stored: impl IntoIterator<Item = &'s [u8]>) -> Vec<u8> {
        let stored: Vec<_> = stored.into_iter().collect();
        match self.is_json() {
            true => [b"[", &stored.join(&b","[..])[..], b"]"].concat(),
            false => stored.concat(),
        }
    }
}

/// Case and parameters do not matter.
impl PartialEq for ContentType {
    fn eq(&self, other: &Self) -> bool {
        self.essence() == other.essence()
    }
}

fn json<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Answer<T> {
    serde_json::from_slice(text).map_err(|_| Refusal::new(400, "this is not JSON"))
}

fn joined(values: &[&RawValue]) -> Bytes {
    let values: Vec<_> = values.iter().map(|value| value.get()).collect();
    values.join(",").into()
}
