//! What a client is told.

use std::borrow::Cow;

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

    /// Its head in bytes.
    pub(crate) fn head(&self, keeps_alive: bool) -> Vec<u8> {
        let length = match self.status {
            StatusCode::NO_CONTENT => String::new(), // it has no body, and may not say how long it is
            _ => format!("content-length: {}\r\n", self.body.len()),
        };
        let reason = self.status.canonical_reason().unwrap_or_default();
        let (status, lines) = (self.status.as_str(), &self.lines);
        let connection = if keeps_alive {
            ""
        } else {
            "connection: close\r\n"
        };
        let head = [
            "HTTP/1.1 ",
            status,
            " ",
            reason,
            "\r\n",
            lines,
            &length,
            connection,
            "\r\n",
        ];
        head.concat().into_bytes()
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
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
