//! Reading a request's body before its first pass.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web;
use bytes::Bytes;

use crate::Hub;
use crate::driver::{BodyError, ReadBody, RequestLimits};

/// A body on its way in.
pub(super) enum Arriving {
    /// In a box, for most of those who are held have none, and should not carry a place for it.
    Reading(Box<Read>),
    /// It says beforehand that it is too large. Not a byte of it is asked for.
    TooLarge,
}

type Read = ReadBody<dyn Future<Output = Result<Bytes, BodyError>>>;

impl Arriving {
    /// Takes the body out of a request, if it has one, and begins to read it.
    pub(super) fn of<K>(
        request: &mut ServiceRequest,
        hub: &Hub<K>,
        limits: RequestLimits,
    ) -> Option<Self> {
        if let (_, Payload::None) = request.parts() {
            return None;
        }
        let length = announced_length(request);
        if length > Some(limits.body_limit) {
            return Some(Self::TooLarge);
        }
        let payload = request.extract::<web::Payload>();
        let read = async move {
            let payload = payload.await.map_err(why_unread)?;
            let read = payload.to_bytes_limited(limits.body_limit).await;
            let body = read.map_err(|_| BodyError::TooLarge)?.map_err(why_unread)?;
            // Before 3.12, actix-http takes a client that goes in the middle for the end of its body.
            match length.is_some_and(|length| body.len() < length) {
                true => Err(BodyError::Broken),
                false => Ok(body),
            }
        };
        let timeout = limits.body_timeout;
        let read = Read::new(hub, timeout, Box::pin(read));
        Some(Self::Reading(Box::new(read)))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, BodyError>> {
        match self {
            Self::Reading(read) => Pin::new(&mut **read).poll(cx),
            Self::TooLarge => Poll::Ready(Err(BodyError::TooLarge)),
        }
    }
}

fn announced_length(request: &ServiceRequest) -> Option<usize> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// A limit may have been set by a middleware further out.
fn why_unread(error: actix_web::Error) -> BodyError {
    match error.as_error() {
        Some(PayloadError::Overflow) => BodyError::TooLarge,
        _ => BodyError::Broken,
    }
}
