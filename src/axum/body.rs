//! A request's body, read before the first pass.

use std::error::Error as StdError;
use std::future::{poll_fn, ready};
use std::task::{Context, Poll};

use axum_core::BoxError;
use axum_core::body::Body;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Hub;
use crate::driver::{BodyError, RequestLimits, read_body};

/// A body from its arrival on.
pub(super) enum BodyReader {
    /// Boxed, because most held requests have no body and should not carry a place for it.
    Reading(Box<BoxFuture<'static, Result<Bytes, BodyError>>>),
    Whole(Bytes),
}

impl BodyReader {
    /// Begins to read a body, if there is one. A body with a `Content-Length` that is too large is
    /// not read, so a client that waits for `100 Continue` does not send it.
    pub(super) fn new<K: 'static>(body: Body, hub: &Hub<K>, limits: RequestLimits) -> Self {
        if body.is_end_stream() {
            return Self::Whole(Bytes::new());
        }
        let limit = limits.max_body_size;
        let reading = match body.size_hint().lower() > limit as u64 {
            true => ready(Err(BodyError::TooLarge)).boxed(),
            false => read_body(hub, limits.body_timeout, read(body, limit)).boxed(),
        };
        Self::Reading(Box::new(reading))
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

    /// Returns the body for one pass. Each pass gets the same.
    pub(super) fn body(&self) -> Body {
        match self {
            Self::Whole(bytes) if !bytes.is_empty() => Body::from(bytes.clone()),
            _ => Body::empty(),
        }
    }
}

/// Reads a body, from the first poll on.
pub(super) async fn read_whole<K: 'static>(
    body: Body,
    hub: Hub<K>,
    limits: RequestLimits,
) -> Result<Bytes, BodyError> {
    let mut reader = BodyReader::new(body, &hub, limits);
    poll_fn(|cx| reader.poll(cx)).await?;
    match reader {
        BodyReader::Whole(bytes) => Ok(bytes),
        BodyReader::Reading(_) => Ok(Bytes::new()),
    }
}

async fn read(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let read = Limited::new(body, limit).collect().await;
    Ok(read.map_err(why_unread)?.to_bytes())
}

/// If a layer further outside has set a limit, its error is wrapped in others.
fn why_unread(error: BoxError) -> BodyError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&*error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return BodyError::TooLarge;
        }
        cause = error.source();
    }
    BodyError::Broken
}
