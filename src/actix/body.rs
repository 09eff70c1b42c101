//! Reading a request's body before its first pass.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpMessage, web};
use bytes::Bytes;

use crate::Hub;
use crate::driver::{BodyError, ReadBody, RequestLimits};

/// A body on its way in.
pub(super) enum Arriving {
    Reading(ReadBody<dyn Future<Output = Result<Bytes, BodyError>>>),
    /// It says beforehand that it is too large. Not a byte of it is asked for.
    TooLarge,
}

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
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        if length > Some(limits.body_limit) {
            return Some(Self::TooLarge);
        }
        let payload = request.extract::<web::Payload>();
        let read = async move {
            let payload = payload.await.map_err(why_unread)?;
            let read = payload.to_bytes_limited(limits.body_limit).await;
            read.map_err(|_| BodyError::TooLarge)?.map_err(why_unread)
        };
        let timeout = limits.body_timeout;
        Some(Self::Reading(ReadBody::new(hub, timeout, Box::pin(read))))
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, BodyError>> {
        match self {
            Self::Reading(read) => Pin::new(read).poll(cx),
            Self::TooLarge => Poll::Ready(Err(BodyError::TooLarge)),
        }
    }
}

/// A limit may have been set by a middleware further out.
fn why_unread(error: actix_web::Error) -> BodyError {
    match error.as_error() {
        Some(PayloadError::Overflow) => BodyError::TooLarge,
        _ => BodyError::Broken,
    }
}
