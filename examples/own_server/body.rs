//! The body of a request, of a length that is known or in chunks: RFC 9112, sections 6 and 7.

use bytes::{Buf, Bytes, BytesMut};
use http::StatusCode;
use httparse::{EMPTY_HEADER, Status, parse_chunk_size, parse_headers};

use crate::head::{Length, too_large};
use crate::limits::{BODY_SIZE, HEAD_LINES, HEAD_SIZE};
use crate::response::Response;

/// A body that arrives.
///
/// ```text
///            ╭───────────────────────────────────╮
///            ▼                                   │
///   ──▶ ChunkSize ──▶ Chunk ──▶ ChunkEnd ────────╯
///            ╰──▶ Trailers ──▶ whole ◀── Known ◀──
/// ```
pub(crate) struct Body {
    stage: Stage,
    /// What the chunks have brought.
    chunks: BytesMut,
}

enum Stage {
    /// The body has this many bytes.
    Known(usize),
    /// The size of a chunk comes next: a line.
    ChunkSize,
    /// This many bytes of a chunk are missing.
    Chunk(usize),
    /// The end of the line of a chunk comes next.
    ChunkEnd,
    /// Lines as in a head, which are ignored, and an empty one.
    Trailers,
}

/// A line with the size of a chunk is longer than 16 digits only if it has an extension, and there are none in use.
const CHUNK_SIZE_LINE: usize = 256;

impl Body {
    /// # Errors
    ///
    /// If it is too large, which is known before any of it is read.
    pub(crate) fn new(length: Length) -> Result<Self, Response> {
        let stage = match length {
            Length::Known(length) => Stage::Known(within_limit(length)?),
            Length::Chunked => Stage::ChunkSize,
        };
        Ok(Self {
            stage,
            chunks: BytesMut::new(),
        })
    }

    /// Takes from the buffer what belongs to it. Returns it when it is whole.
    pub(crate) fn take(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, Response> {
        loop {
            self.stage = match self.stage {
                Stage::Known(length) if buffer.len() < length => return Ok(None),
                Stage::Known(length) => {
                    // A copy: a message keeps no more memory than it is long.
                    let body = Bytes::copy_from_slice(&buffer[..length]);
                    buffer.advance(length);
                    return Ok(Some(body));
                }
                Stage::ChunkSize => match self.chunk_size(buffer)? {
                    Some(0) => Stage::Trailers,
                    Some(size) => Stage::Chunk(size),
                    None => return Ok(None),
                },
                Stage::Chunk(0) => Stage::ChunkEnd,
                Stage::Chunk(_) if buffer.is_empty() => return Ok(None),
                Stage::Chunk(missing) => {
                    let size = missing.min(buffer.len());
                    self.chunks.extend_from_slice(&buffer[..size]);
                    buffer.advance(size);
                    Stage::Chunk(missing - size)
                }
                Stage::ChunkEnd if buffer.len() < 2 => return Ok(None),
                Stage::ChunkEnd if buffer.starts_with(b"\r\n") => {
                    buffer.advance(2);
                    Stage::ChunkSize
                }
                Stage::ChunkEnd => return Err(no_chunk()),
                Stage::Trailers if skip_trailers(buffer)? => {
                    return Ok(Some(Bytes::copy_from_slice(&self.chunks)));
                }
                Stage::Trailers => return Ok(None),
            };
        }
    }

    fn chunk_size(&self, buffer: &mut BytesMut) -> Result<Option<usize>, Response> {
        // `httparse` takes a line without any digit for a zero.
        if buffer
            .first()
            .is_some_and(|digit| !digit.is_ascii_hexdigit())
        {
            return Err(no_chunk());
        }
        match parse_chunk_size(buffer).map_err(|_| no_chunk())? {
            Status::Complete((line, size))
                if line <= CHUNK_SIZE_LINE && is_clear(&buffer[..line]) =>
            {
                let so_far = self.chunks.len() as u64;
                within_limit(size.saturating_add(so_far))?;
                buffer.advance(line);
                within_limit(size).map(Some)
            }
            Status::Partial if buffer.len() < CHUNK_SIZE_LINE => Ok(None),
            _ => Err(no_chunk()),
        }
    }
}

/// Whether every server finds the same end of this line. `httparse` skips all bytes of an extension up to its CRLF, and
/// others may end the line at a bare LF.
fn is_clear(line: &[u8]) -> bool {
    let text = line.strip_suffix(b"\r\n").unwrap_or(line);
    !text.iter().any(|byte| matches!(byte, b'\r' | b'\n')) && text.last() != Some(&b' ')
}

fn skip_trailers(buffer: &mut BytesMut) -> Result<bool, Response> {
    let mut headers = [EMPTY_HEADER; HEAD_LINES];
    match parse_headers(buffer, &mut headers) {
        Ok(Status::Complete((size, _))) if size <= HEAD_SIZE => {
            buffer.advance(size);
            Ok(true)
        }
        Ok(Status::Partial) if buffer.len() < HEAD_SIZE => Ok(false),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => Err(too_large()),
        Err(_) => Err(no_chunk()),
    }
}

fn within_limit(size: u64) -> Result<usize, Response> {
    match usize::try_from(size) {
        Ok(length) if size <= BODY_SIZE => Ok(length),
        _ => Err(Response::refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body of this request is larger than this server takes",
        )),
    }
}

fn no_chunk() -> Response {
    Response::bad("the chunks of this body cannot be understood")
}
