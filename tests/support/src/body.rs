//! A body on its way to a server.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use http_body::{Frame, SizeHint};

/// A body as a server passes it to its application: pieces, and a length if the client has sent one.
pub struct Body {
    pieces: Option<BoxStream<'static, Result<Bytes, Lost>>>,
    /// What is still to come, as far as that is known.
    length: Option<u64>,
}

/// The client has disconnected before its body was complete.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body breaks off")]
pub struct Lost;

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self {
            pieces: None,
            length: Some(0),
        }
    }

    /// A body without a length.
    pub fn from_stream<B: Into<Bytes>>(
        pieces: impl Stream<Item = Result<B, Lost>> + Send + 'static,
    ) -> Self {
        let pieces = pieces.map(|piece| piece.map(Into::into));
        Self {
            pieces: Some(pieces.boxed()),
            length: None,
        }
    }

    /// A body without a length that arrives piece by piece.
    pub fn pieces(pieces: &[&'static str]) -> Self {
        Self::from_stream(stream::iter(pieces.to_vec()).map(Ok))
    }

    /// A body with a length. As with a server, it breaks off if there is less.
    pub fn announced(self, length: u64) -> Self {
        Self {
            length: Some(length),
            ..self
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_none()
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(whole: B) -> Self {
        let whole = whole.into();
        let length = whole.len() as u64;
        Self::from_stream(stream::iter([Ok(whole)])).announced(length)
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Lost;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Lost>>> {
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        let piece = ready!(pieces.poll_next_unpin(cx));
        Poll::Ready(match piece {
            Some(piece) => Some(piece.map(|bytes| self.arrived(bytes))),
            None if self.length > Some(0) => Some(Err(Lost)),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Body {
    fn arrived(&mut self, bytes: Bytes) -> Frame<Bytes> {
        let left = |length: u64| length.saturating_sub(bytes.len() as u64);
        self.length = self.length.map(left);
        Frame::data(bytes)
    }
}
