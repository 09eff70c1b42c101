//! A request's body, read before the first pass.

use std::future::poll_fn;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodyStream, to_bytes_limited};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::Hub;
use crate::driver::{BodyError, RequestLimits, read_body};

use super::tunnel::Tunnel;

/// The data after the head of a request, from its arrival on.
pub(super) enum BodyReader {
    /// Boxed, because most held requests have no body and should not carry a place for it.
    Reading(Box<LocalBoxFuture<'static, Result<Bytes, BodyError>>>),
    Whole(Bytes),
    Tunnel(Tunnel),
}

impl BodyReader {
    /// Takes the body out of a request, if it has one, and begins to read it.
    pub(super) fn of<K: 'static>(
        request: &mut ServiceRequest,
        hub: &Hub<K>,
        limits: RequestLimits,
    ) -> Self {
        if let Some(tunnel) = Tunnel::of(request) {
            return Self::Tunnel(tunnel);
        }
        let payload = request.take_payload();
        if let Payload::None = payload {
            return Self::Whole(Bytes::new());
        }
        let limit = limits.max_body_size;
        let read = read(payload, limit, announced_length(request));
        let reading = read_body(hub, limits.body_timeout, read);
        Self::Reading(Box::new(reading.boxed_local()))
    }

    /// Ready when the whole body has been read.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        let Self::Reading(reading) = self else {
            return Poll::Ready(Ok(()));
        };
        reading
            .poll_unpin(cx)
            .map_ok(|bytes| *self = Self::Whole(bytes))
    }

    /// Returns the payload for one pass. Each pass gets the same.
    pub(super) fn payload(&self) -> Payload {
        match self {
            Self::Whole(bytes) if !bytes.is_empty() => bytes.clone().into(),
            Self::Whole(_) | Self::Reading(_) => Payload::None,
            Self::Tunnel(tunnel) => tunnel.payload(),
        }
    }
}

/// Reads the body of a request, from the first poll on.
pub(super) async fn read_whole<K: 'static>(
    request: &mut ServiceRequest,
    hub: Hub<K>,
    limits: RequestLimits,
) -> Result<Bytes, BodyError> {
    let mut reader = BodyReader::of(request, &hub, limits);
    poll_fn(|cx| reader.poll(cx)).await?;
    match reader {
        BodyReader::Whole(bytes) => Ok(bytes),
        BodyReader::Reading(_) | BodyReader::Tunnel(_) => Ok(Bytes::new()),
    }
}

async fn read(
    payload: Payload,
    limit: usize,
    announced: Option<usize>,
) -> Result<Bytes, BodyError> {
    let read = async {
        let read = to_bytes_limited(BodyStream::new(payload), limit).await;
        read.map_err(|_| BodyError::TooLarge)?.map_err(why_unread)
    };
    match announced > Some(limit) {
        // That is what the client has said. If middleware outside has put a smaller body in place of the client's, it is
        // there at once, and the client need not be waited for.
        true => {
            let replaced = read.now_or_never().and_then(Result::ok);
            replaced.ok_or(BodyError::TooLarge)
        }
        false => read.await,
    }
}

fn announced_length(request: &ServiceRequest) -> Option<usize> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// A middleware further outside may have set a limit.
fn why_unread(error: PayloadError) -> BodyError {
    match error {
        PayloadError::Overflow => BodyError::TooLarge,
        _ => BodyError::Broken,
    }
}
