//! What a client of a push must know.

use std::fmt;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::hash::{of_token, random};

/// A secret that gives the right to push. It may be one of several, so that you can replace it while clients use the old
/// one.
///
/// Make it of at least 128 random bits: `openssl rand -hex 16`.
///
/// A client sends it as `Authorization: Bearer <token>` ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
///
/// What is kept of a token, and what is compared, is a SipHash-2-4 of 128 bits under a random secret that is made for
/// each `Token` and never leaves it. A client can neither compute such a hash nor choose one, so the time of a comparison
/// tells nothing of the token, however many of its letters are right. All tokens are compared, with a header and without
/// one.
///
/// ```
/// use dacapo::push::{Token, TokenError};
///
/// # fn main() -> Result<(), TokenError> {
/// let token = Token::new("3f7c0a52d9be41868a1bb41f7f2d5c11")?;
/// let both = token.or("the.old.token.of.last.year")?;
///
/// assert_eq!(Token::new("secret").unwrap_err(), TokenError::TooShort { length: 6 });
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Token {
    secret: [u64; 2],
    known: Vec<u128>,
}

impl Token {
    /// Makes it of the text that clients send.
    ///
    /// # Errors
    ///
    /// If the text has less than 16 letters, or if one of them cannot be part of a bearer token.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let none = Self {
            secret: [random(), random()],
            known: Vec::new(),
        };
        none.or(text)
    }

    /// Takes another text as well.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn or(mut self, text: &str) -> Result<Self, TokenError> {
        check(text)?;
        self.known.push(of_token(self.secret, text.as_bytes()));
        Ok(self)
    }

    /// Whether a request has been sent with one of these.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let sent = of_token(self.secret, sent(headers).unwrap_or_default());
        let known = self.known.iter();
        known.fold(false, |is_known, known| is_known | (*known == sent))
    }
}

/// What RFC 6750 calls a `b64token`. Not the length of the text is secret, but the text.
fn check(text: &str) -> Result<(), TokenError> {
    let is_sendable = |letter: u8| letter.is_ascii_alphanumeric() || b"-._~+/=".contains(&letter);
    match text.len() {
        length if length < MIN_LENGTH => Err(TokenError::TooShort { length }),
        _ if !text.bytes().all(is_sendable) => Err(TokenError::Unsendable),
        _ => Ok(()),
    }
}

/// The token of a request, if there is exactly one.
fn sent(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.as_bytes().split_at_checked(SCHEME.len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(SCHEME);
    is_bearer.then(|| token.trim_ascii_start())
}

/// With its space.
const SCHEME: &[u8] = b"bearer ";

const MIN_LENGTH: usize = 16;

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a text is no [`Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It could be guessed.
    #[error(
        "a token has at least 16 letters, and this one has {length}: make one with `openssl rand -hex 16`"
    )]
    TooShort {
        /// How many it has.
        length: usize,
    },

    /// No client could send it.
    #[error(
        "a token consists of the letters A-Z a-z 0-9 - . _ ~ + / = and this one has another: a space, or the end of a line?"
    )]
    Unsendable,
}
