//! The path and the query of a push.

use crate::percent::{decoded, decoded_value};

use super::refusal::Refusal;

/// A path that exists. The name in it is not decoded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route<'p> {
    AnswerRequest(&'p str),
    AnswerKey(&'p str),
    NotifyKey(&'p str),
}

impl<'p> Route<'p> {
    /// Reads a path as the client sent it: an encoded slash is part of a name.
    pub(super) fn of(path: &'p str) -> Option<Self> {
        let mut parts = path.split('/');
        let mut next = || parts.next();
        let route = match [next(), next(), next(), next(), next()] {
            [Some(""), Some("requests"), Some(id), None, None] => Self::AnswerRequest(id),
            [Some(""), Some("keys"), Some(key), Some("answer"), None] => Self::AnswerKey(key),
            [Some(""), Some("keys"), Some(key), Some("notify"), None] => Self::NotifyKey(key),
            _ => return None,
        };
        Some(route).filter(|route| !route.is_step())
    }

    /// Whether proxies and clients read the name as a step in the path, even if it is encoded.
    fn is_step(self) -> bool {
        let (Self::AnswerRequest(name) | Self::AnswerKey(name) | Self::NotifyKey(name)) = self;
        matches!(decoded(name).as_deref(), Some("" | "." | ".."))
    }
}

/// The value of the only parameter that a route has, if the query contains it.
pub(super) fn parameter(
    query: Option<&str>,
    name: &'static str,
) -> Result<Option<String>, Refusal> {
    let mut found = None;
    let pairs = query.unwrap_or_default().split('&');
    for pair in pairs.filter(|pair| !pair.is_empty()) {
        let (known, value) = pair.split_once('=').unwrap_or((pair, ""));
        if known != name || found.is_some() {
            return Err(Refusal::Parameter(name));
        }
        // In a query, a plus is a space.
        found = Some(decoded_value(value).ok_or(Refusal::Encoding)?);
    }
    Ok(found)
}
