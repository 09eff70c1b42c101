//! A large body that many clients share.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

/// A body that is handed to actix slice by slice, as its client reads.
///
/// actix copies what it is handed into the buffer of the connection. Of a whole body it would keep one copy for each
/// client that does not read.
pub(super) struct Slices(Bytes);

impl Slices {
    /// Bytes in a slice.
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
