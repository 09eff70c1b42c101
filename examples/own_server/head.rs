//! The head of a request: where its body ends, and whether another request may follow.
//!
//! What two servers may understand in two ways is refused: that is how one client smuggles a request into the
//! connection of another.

use std::mem::MaybeUninit;

use http::StatusCode;
use httparse::{Error, Header, Request, Status};

use crate::application::Call;
use crate::limits::{HEAD_LINES, HEAD_SIZE};
use crate::response::Response;

pub(crate) struct Head {
    pub(crate) call: Call,
    pub(crate) length: Length,
    /// Whether another request may follow.
    pub(crate) keeps_alive: bool,
    /// Whether the client sends the body only if it is told to go on.
    pub(crate) expects_continue: bool,
}

/// How long a body is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Known(u64),
    Chunked,
}

impl Head {
    /// The head with which these bytes begin, and its size, if it is there as a whole.
    ///
    /// # Errors
    ///
    /// The last response of the connection: where the next request begins is not known.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Response> {
        let mut headers = [const { MaybeUninit::uninit() }; HEAD_LINES];
        let mut request = Request::new(&mut []);
        match request.parse_with_uninit_headers(bytes, &mut headers) {
            Ok(Status::Complete(size)) if size <= HEAD_SIZE => {
                Self::understand(&request).map(|head| Some((head, size)))
            }
            Ok(Status::Partial) if bytes.len() < HEAD_SIZE => Ok(None),
            Ok(_) | Err(Error::TooManyHeaders) => Err(too_large()),
            Err(Error::Version) => Err(Response::refusal(
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                "this server speaks HTTP/1.1",
            )),
            Err(_) => Err(Response::bad("this is no request of HTTP/1.1")),
        }
    }

    fn understand(request: &Request<'_, '_>) -> Result<Self, Response> {
        let (Some(method), Some(target), Some(version)) =
            (request.method, request.path, request.version)
        else {
            unreachable!("the head is complete");
        };
        let mut lines = Lines::default();
        for header in request.headers.iter() {
            lines.note(header)?;
        }
        if version == 1 && lines.hosts != 1 {
            return Err(Response::bad("a request has one host"));
        }
        Ok(Self {
            call: Call::of(method, origin_form(target)?),
            length: lines.length(version)?,
            keeps_alive: version == 1 && !lines.closes,
            expects_continue: version == 1 && lines.expects_continue,
        })
    }
}

/// Whether these bytes begin a request `HEAD`, which may be wrong behind its method.
pub(crate) fn is_for_head(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"HEAD ")
}

/// A target as it is without a proxy: a path and a query.
fn origin_form(target: &str) -> Result<&str, Response> {
    if target.starts_with('/') {
        return Ok(target);
    }
    let Some((_scheme, rest)) = target.split_once("://") else {
        return Err(Response::bad("the target of a request is a path"));
    };
    Ok(rest.find('/').map_or("/", |path| &rest[path..]))
}

/// What the lines of a head say about the connection.
#[derive(Default)]
struct Lines {
    hosts: usize,
    content_length: Option<u64>,
    is_chunked: bool,
    closes: bool,
    expects_continue: bool,
}

impl Lines {
    fn note(&mut self, header: &Header<'_>) -> Result<(), Response> {
        let is = |name| header.name.eq_ignore_ascii_case(name);
        if is("host") {
            self.hosts += 1;
        } else if is("connection") {
            self.closes |= header
                .value
                .split(|byte| *byte == b',')
                .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"));
        } else if is("content-length") {
            self.note_length(header.value)?;
        } else if is("transfer-encoding") {
            self.note_coding(header.value)?;
        } else if is("expect") {
            self.note_expectation(header.value)?;
        }
        Ok(())
    }

    fn note_length(&mut self, value: &[u8]) -> Result<(), Response> {
        let length = number(value).ok_or_else(|| Response::bad("content-length is a number"))?;
        match self.content_length.replace(length) {
            Some(other) if other != length => Err(Response::bad("a request has one length")),
            _ => Ok(()),
        }
    }

    fn note_coding(&mut self, value: &[u8]) -> Result<(), Response> {
        if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
            let sentence = "the only transfer-encoding here is chunked";
            return Err(Response::refusal(StatusCode::NOT_IMPLEMENTED, sentence));
        }
        self.is_chunked = true;
        Ok(())
    }

    fn note_expectation(&mut self, value: &[u8]) -> Result<(), Response> {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            let sentence = "the only expectation here is 100-continue";
            return Err(Response::refusal(StatusCode::EXPECTATION_FAILED, sentence));
        }
        self.expects_continue = true;
        Ok(())
    }

    fn length(&self, version: u8) -> Result<Length, Response> {
        match (self.is_chunked, self.content_length) {
            (false, length) => Ok(Length::Known(length.unwrap_or(0))),
            (true, None) if version == 1 => Ok(Length::Chunked),
            (true, None) => Err(Response::bad("HTTP/1.0 has no chunks")),
            (true, Some(_)) => Err(Response::bad("a body in chunks has no content-length")),
        }
    }
}

/// A number as HTTP has it, without a sign. One that is too large for us is larger than all limits.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    are_digits.then(|| {
        digits.iter().fold(0_u64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    })
}

pub(crate) fn too_large() -> Response {
    Response::refusal(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        "the head of this request is larger than this server takes",
    )
}
