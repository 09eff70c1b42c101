//! One message of HTTP/1, a request or a response: as much of it as servers and clients here say to each other.

use std::str;

use thiserror::Error;

/// A whole message. Its body has a length or is empty.
#[derive(Debug, PartialEq)]
pub(crate) struct Message<'a> {
    /// The first line and the headers.
    head: &'a str,
    pub(crate) body: &'a [u8],
}

#[derive(Debug, Error, PartialEq)]
pub(crate) enum Malformed {
    #[error("a head is not in ASCII")]
    Head,
    #[error("a body has no content-length that is a number")]
    Length,
    #[error("a body is followed by {0} bytes that nothing has asked for")]
    Trailing(usize),
}

impl<'a> Message<'a> {
    /// Reads a message, or nothing as long as its end has not come.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = str::from_utf8(&bytes[..end]).map_err(|_| Malformed::Head)?;
        let (length, rest) = (body_length(head)?, &bytes[end + 4..]);
        match rest.len() {
            short if short < length => Ok(None),
            long if long > length => Err(Malformed::Trailing(long - length)),
            _ => Ok(Some(Self { head, body: rest })),
        }
    }

    /// The second word of the first line: where a request goes, and the status of a response.
    pub(crate) fn second_word(&self) -> &'a str {
        self.head.split([' ', '\r']).nth(1).unwrap_or_default()
    }
}

fn body_length(head: &str) -> Result<usize, Malformed> {
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("content-length") {
            return value.trim().parse().map_err(|_| Malformed::Length);
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Malformed::Length);
        }
    }
    Ok(0)
}
