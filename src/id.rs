//! The id of a request, for use outside the process.

use std::fmt;
use std::str::FromStr;

/// The id of a request, for use outside the process: 128 bits that cannot be guessed.
///
/// It prints as 32 hexadecimal digits, and is parsed from them. If your handler takes one from its
/// path, extract a `String` and parse it.
///
/// An id reveals nothing about its request or about other ids. But
/// [`Hub::resume`](crate::Hub::resume) and [`Hub::complete`](crate::Hub::complete) accept it from
/// any caller: with the id, a caller can resume the request, or answer it in place of its handler.
/// Treat it as a password that is valid for one request.
///
/// ```
/// use dacapo::ContinuationId;
///
/// let id: ContinuationId = "00112233445566778899aabbccddeeff".parse().unwrap();
/// assert_eq!(id.to_string(), "00112233445566778899aabbccddeeff");
/// assert!("0011".parse::<ContinuationId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContinuationId(u128);

impl ContinuationId {
    pub(crate) fn new(name: u128) -> Self {
        Self(name)
    }

    pub(crate) fn low_bits(self) -> u64 {
        self.0 as u64
    }
}

impl fmt::Display for ContinuationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ContinuationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContinuationId(…)")
    }
}

impl FromStr for ContinuationId {
    type Err = ParseContinuationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_id.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(ParseContinuationIdError)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ContinuationId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ContinuationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not a [`ContinuationId`].
///
/// ```
/// let error = "no id".parse::<dacapo::ContinuationId>().unwrap_err();
/// assert_eq!(error.to_string(), "a continuation id has 32 hexadecimal digits");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a continuation id has 32 hexadecimal digits")]
#[non_exhaustive]
pub struct ParseContinuationIdError;
