//! What a push asks for, and what it did.

use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName, HeaderValue,
};
use http::request::Parts;
use http::{Response, StatusCode};

use crate::handle::Handle;
use crate::hub::Hub;
use crate::percent::decoded;
use crate::telemetry::{Event, PushEnd};

use super::refusal::Refusal;
use super::route::{Route, parameter};

/// What a push asks for, before its body has arrived.
pub(super) enum Order<K> {
    AnswerRequest(Handle, Response<()>),
    AnswerKey(K, Response<()>),
    NotifyKey(K, Option<String>),
}

impl<K: FromStr<Err: Display>> Order<K> {
    /// Reads it from the head of a request.
    pub(super) fn read(hub: &Hub<K>, route: Route<'_>, head: &Parts) -> Result<Self, Refusal> {
        Ok(match route {
            Route::AnswerRequest(id) => {
                let id = id.parse().map_err(|_| Refusal::NoSuchRequest)?;
                let request = hub.handle(id).ok_or(Refusal::NoSuchRequest)?;
                Self::AnswerRequest(request, answer(head)?)
            }
            Route::AnswerKey(key) => Self::AnswerKey(self::key(key)?, answer(head)?),
            Route::NotifyKey(key) => {
                Self::NotifyKey(self::key(key)?, parameter(head.uri.query(), "by")?)
            }
        })
    }
}

impl<K: Hash> Order<K> {
    /// Carries out the push, now that its body has arrived.
    pub(super) fn carry_out(self, hub: &Hub<K>, body: Bytes) -> Result<Outcome, Refusal> {
        Ok(match self {
            Self::AnswerRequest(request, answer) => {
                request.complete(answer.map(|()| body))?;
                Outcome::Answered(1)
            }
            Self::AnswerKey(key, answer) => {
                Outcome::Answered(hub.respond(&key, answer.map(|()| body))?)
            }
            Self::NotifyKey(key, by) => {
                let value = Some(body).filter(|body| !body.is_empty());
                Outcome::Notified(hub.notify_with(&key, by.as_deref(), value))
            }
        })
    }
}

fn key<K: FromStr<Err: Display>>(text: &str) -> Result<K, Refusal> {
    let text = decoded(text).ok_or(Refusal::Encoding)?;
    text.parse::<K>()
        .map_err(|error| Refusal::Key(error.to_string()))
}

/// The answer for a held request, without its body.
fn answer(head: &Parts) -> Result<Response<()>, Refusal> {
    let mut answer = Response::new(());
    if let Some(status) = parameter(head.uri.query(), "status")? {
        *answer.status_mut() = self::status(&status)?;
    }
    for name in PASSED_ON {
        for value in head.headers.get_all(&name) {
            answer.headers_mut().append(&name, value.clone());
        }
    }
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

fn status(text: &str) -> Result<StatusCode, Refusal> {
    let status = text.parse::<StatusCode>().map_err(|_| Refusal::Status)?;
    match (200..600).contains(&status.as_u16()) {
        true => Ok(status),
        false => Err(Refusal::Status),
    }
}

/// A client needs these headers to read the body.
const PASSED_ON: [HeaderName; 3] = [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE];

/// What a push did, and the number of requests it reached.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Answered(usize),
    Notified(usize),
}

impl Outcome {
    pub(super) fn event(self) -> Event<'static> {
        Event::Push(match self {
            Self::Answered(requests) => PushEnd::Answered { requests },
            Self::Notified(requests) => PushEnd::Notified { requests },
        })
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let (Self::Answered(requests) | Self::Notified(requests)) = self;
        let mut response = Response::new(format!("{{\"requests\":{requests}}}").into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
