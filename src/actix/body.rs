//! Reading a request's body before its first pass.

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{FromRequest, HttpMessage, web};
use bytes::Bytes;

use crate::Hub;
use crate::driver::{BodyError, ReadBody, RequestLimits};

/// A body on its way in.
pub(super) enum Arriving {
    Nothing,
    Payload(<web::Payload as FromRequest>::Future),
    /// It says beforehand that it is too large. Not a byte of it is asked for.
    TooLarge,
}

impl Arriving {
    /// Takes the body out of a request.
    pub(super) fn of(request: &mut ServiceRequest, limits: RequestLimits) -> Self {
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        match request.parts() {
            (_, Payload::None) => Self::Nothing,
            _ if length > Some(limits.body_limit) => Self::TooLarge,
            _ => Self::Payload(request.extract::<web::Payload>()),
        }
    }

    pub(super) async fn read<K>(
        self,
        hub: &Hub<K>,
        limits: RequestLimits,
    ) -> Result<Bytes, BodyError> {
        let payload = match self {
            Self::Nothing => return Ok(Bytes::new()),
            Self::TooLarge => return Err(BodyError::TooLarge),
            Self::Payload(payload) => payload,
        };
        let read = async {
            let payload = payload.await.map_err(why_unread)?;
            let read = payload.to_bytes_limited(limits.body_limit).await;
            read.map_err(|_| BodyError::TooLarge)?.map_err(why_unread)
        };
        ReadBody::new(hub, limits.body_timeout, Box::pin(read)).await
    }
}

/// A limit may have been set by a middleware further out.
fn why_unread(error: actix_web::Error) -> BodyError {
    match error.as_error() {
        Some(PayloadError::Overflow) => BodyError::TooLarge,
        _ => BodyError::Broken,
    }
}
