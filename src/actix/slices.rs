//! A large body that many clients share.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

/// A body that actix gets slice by slice, as its client reads.
///
/// Actix copies each slice into the connection's buffer. If it got the whole body, it would keep
/// one copy for each client that does not read.
pub(super) struct Slices(Bytes);

impl Slices {
    /// The size of a slice in bytes.
    pub(super) const SIZE: usize = 16 << 10;

    pub(super) fn of(body: Bytes) -> Self {
        Self(body)
    }
}

impl MessageBody for Slices {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let size = self.0.len().min(Self::SIZE);
        let slice = (size > 0).then(|| self.0.split_to(size));
        Poll::Ready(slice.map(Ok))
    }
}
