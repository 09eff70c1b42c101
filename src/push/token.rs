//! The secret of a push.

use std::fmt;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::hash::{of_token, random};

/// A secret that lets a client push. Several tokens can be valid at once, so that you can replace
/// one while clients still use it.
///
/// Make a token from at least 128 random bits, for example with `openssl rand -hex 16`. Clients
/// send it as `Authorization: Bearer <token>`, as in [RFC
/// 6750](https://www.rfc-editor.org/rfc/rfc6750).
///
/// # Comparison
///
/// Tokens are compared as SipHash-2-4 hashes of 128 bits, under a random secret of each `Token`. A
/// client cannot compute or choose such a hash. So the time of a comparison tells nothing of the
/// token, even if most letters are right. A request without a token is compared in the same way,
/// and always with all tokens. The text of a token is not kept.
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
    /// Makes a token from the text that clients send.
    ///
    /// # Errors
    ///
    /// If the text is shorter than 16 bytes, or if a letter in it cannot be part of a bearer token.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let none = Self {
            secret: [random(), random()],
            known: Vec::new(),
        };
        none.or(text)
    }

    /// Accepts another text as well.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn or(mut self, text: &str) -> Result<Self, TokenError> {
        check(text)?;
        self.known.push(of_token(self.secret, text.as_bytes()));
        Ok(self)
    }

    /// Whether the headers of a request contain one of the texts.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let sent = of_token(self.secret, sent(headers).unwrap_or_default());
        let known = self.known.iter();
        known.fold(false, |is_known, known| is_known | (*known == sent))
    }
}

/// Whether it is what RFC 6750 calls a `b64token`.
fn check(text: &str) -> Result<(), TokenError> {
    let is_sendable = |letter: u8| letter.is_ascii_alphanumeric() || b"-._~+/=".contains(&letter);
    match text.len() {
        length if length < MIN_LENGTH => Err(TokenError::TooShort { length }),
        _ if !text.bytes().all(is_sendable) => Err(TokenError::Unsendable),
        _ => Ok(()),
    }
}

/// The token in the headers, if there is exactly one.
fn sent(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.as_bytes().split_at_checked(SCHEME.len())?;
    let is_bearer = scheme.eq_ignore_ascii_case(SCHEME);
    is_bearer.then(|| token.trim_ascii_start())
}

/// The scheme with the space behind it.
const SCHEME: &[u8] = b"bearer ";

const MIN_LENGTH: usize = 16;

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a text cannot be a [`Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The text is so short that it could be guessed.
    #[error(
        "a token needs at least 16 letters and this one has {length}: make one with `openssl rand -hex 16`"
    )]
    TooShort {
        /// Length of the text, in bytes.
        length: usize,
    },

    /// No client could send the text as a bearer token.
    #[error(
        "a token consists of A-Z a-z 0-9 - . _ ~ + / = and this one contains something else: perhaps a space, or the end of a line"
    )]
    Unsendable,
}
