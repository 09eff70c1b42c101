//! Reading a request's body before its first pass.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum_core::BoxError;
use axum_core::body::Body;
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::driver::{BodyError, ReadBody};

use super::layer::ResumeLayer;

/// A body on its way in.
pub(super) enum Arriving {
    /// In a box, for most of those who are held have none, and should not carry a place for it.
    Reading(Box<Read>),
    /// It says beforehand that it is too large. Not a byte of it is asked for, so a client that
    /// waits for `100 Continue` does not send it.
    TooLarge,
}

type Read = ReadBody<dyn Future<Output = Result<Bytes, BodyError>> + Send>;

impl Arriving {
    /// Begins to read a body, if there is one.
    pub(super) fn new<K>(body: Body, layer: &ResumeLayer<K>) -> Option<Self> {
        let limits = layer.limits;
        if body.is_end_stream() {
            return None;
        }
        if body.size_hint().lower() > limits.max_body_size as u64 {
            return Some(Self::TooLarge);
        }
        let body = Limited::new(body, limits.max_body_size);
        let read = async {
            let read = body.collect().await.map_err(why_unread)?;
            Ok(read.to_bytes())
        };
        let (hub, timeout) = (&layer.hub, limits.body_timeout);
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

/// A limit may have been set by a layer further out: then its error has been wrapped on the way.
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
