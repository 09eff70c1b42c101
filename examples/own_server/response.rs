//! What a client is told.

use std::borrow::Cow;
use std::io::Write;

use bytes::Bytes;
use http::StatusCode;

/// A response that is cheap to make: a map of headers costs more than all the rest of it.
#[derive(Clone)]
pub(crate) struct Response {
    status: StatusCode,
    /// The lines of its head that not every response has.
    lines: Cow<'static, str>,
    body: Bytes,
}

/// The bytes of nearly every head.
const HEAD: usize = 192;

/// A body of so many bytes is copied behind its head: to send one piece takes the system less time than two.
const SMALL: usize = 4 << 10;

const BYTES: &str = "content-type: application/octet-stream\r\n";
const TEXT: &str = "content-type: text/plain; charset=utf-8\r\n";

impl Response {
    pub(crate) fn message(message: Bytes) -> Self {
        Self::new(StatusCode::OK, BYTES, message)
    }

    pub(crate) fn text(text: String) -> Self {
        Self::new(StatusCode::OK, TEXT, text)
    }

    pub(crate) fn nothing() -> Self {
        Self::new(StatusCode::NO_CONTENT, "", Bytes::new())
    }

    pub(crate) fn bad(sentence: &'static str) -> Self {
        Self::refusal(StatusCode::BAD_REQUEST, sentence)
    }

    pub(crate) fn refusal(status: StatusCode, sentence: &'static str) -> Self {
        Self::new(status, TEXT, sentence)
    }

    pub(crate) fn not_allowed(methods: &str) -> Self {
        let lines = format!("{TEXT}allow: {methods}\r\n");
        let sentence = "this path has other methods";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, lines, sentence)
    }

    fn new(
        status: StatusCode,
        lines: impl Into<Cow<'static, str>>,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            status,
            lines: lines.into(),
            body: body.into(),
        }
    }

    /// Its bytes in two pieces: the head with a small body behind it, and a larger body by itself.
    pub(crate) fn pieces(&self, keeps_alive: bool, has_body: bool) -> (Vec<u8>, &[u8]) {
        let mut head = Vec::with_capacity(HEAD + self.body.len().min(SMALL));
        let reason = self.status.canonical_reason().unwrap_or_default();
        let status = self.status.as_str();
        for part in ["HTTP/1.1 ", status, " ", reason, "\r\n", &self.lines] {
            head.extend_from_slice(part.as_bytes());
        }
        // One without content may not say how long its body is.
        if self.status != StatusCode::NO_CONTENT {
            let _ = write!(head, "content-length: {}\r\n", self.body.len());
        }
        if !keeps_alive {
            head.extend_from_slice(b"connection: close\r\n");
        }
        head.extend_from_slice(b"\r\n");
        match has_body {
            true if self.body.len() > SMALL => return (head, &self.body),
            true => head.extend_from_slice(&self.body),
            false => {}
        }
        (head, &[])
    }
}

/// What the hub says to a request that it does not hold.
impl From<dacapo::Error> for Response {
    fn from(error: dacapo::Error) -> Self {
        error.response().into()
    }
}

impl From<http::Response<Bytes>> for Response {
    fn from(response: http::Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let mut lines = String::new();
        for (name, value) in &parts.headers {
            let value = value.to_str().unwrap_or_default();
            lines.extend([name.as_str(), ": ", value, "\r\n"]);
        }
        Self::new(parts.status, lines, body)
    }
}
