//! Reading a request's body before its first pass.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_core::BoxError;
use axum_core::body::Body;
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::combinators::Collect;
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited};

use crate::driver::{BodyError, Deadline};

use super::layer::ResumeLayer;

/// The body of a request on its way in.
pub(super) enum Reading {
    Arriving {
        body: Pin<Box<Collect<Limited<Body>>>>,
        deadline: Deadline,
    },
    /// It says beforehand that it is too large. Not a byte of it is asked for, so a client that
    /// waits for `100 Continue` does not send it.
    TooLarge,
}

impl Reading {
    pub(super) fn new<K>(body: Body, layer: &ResumeLayer<K>) -> Self {
        let limit = layer.limits.body_limit;
        if body.size_hint().lower() > limit as u64 {
            return Self::TooLarge;
        }
        Self::Arriving {
            body: Box::pin(Limited::new(body, limit).collect()),
            deadline: Deadline::after(&layer.hub, layer.limits.body_timeout),
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, BodyError>> {
        let Self::Arriving { body, deadline } = self else {
            return Poll::Ready(Err(BodyError::TooLarge));
        };
        match body.as_mut().poll(cx) {
            Poll::Ready(read) => Poll::Ready(read.map(Collected::to_bytes).map_err(why_unread)),
            Poll::Pending => {
                ready!(Pin::new(deadline).poll(cx))?;
                Poll::Ready(Err(BodyError::TooSlow))
            }
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
