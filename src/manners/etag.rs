//! What a client has already, by its tag.

use std::fmt;
use std::str::{FromStr, from_utf8};

use http::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderValue, Response, StatusCode};

use crate::cursor::Cursor;
use crate::hash;

use super::headers::printable;
use super::tags::{Named, Tags, is_ambiguous, originals};

/// The tag of one version of a resource: what the header `ETag` contains.
///
/// With it a request is held while its client has the latest version: [`is_known`](Self::is_known)
/// decides whether to suspend, and [`not_modified`](Self::not_modified) is the answer when the time
/// is up. The tag comes from the data, so it is the same on every node and after a restart.
///
/// ```
/// use std::time::Duration;
/// use dacapo::manners::ETag;
/// use dacapo::{Continuation, Outcome};
/// use http::{HeaderMap, Response};
///
/// fn page(
///     c: &Continuation<String>,
///     headers: &HeaderMap,
///     page: String,
/// ) -> Outcome<Response<String>> {
///     let tag = ETag::of_content(&page);
///     if !tag.is_known(headers) {
///         let mut response = Response::new(page);
///         tag.write(response.headers_mut());
///         return Ok(response);
///     }
///     match c.is_expired() {
///         true => Ok(tag.not_modified()),
///         false => Err(c.suspend("page", Duration::from_secs(30))),
///     }
/// }
/// ```
///
/// # Behind proxies
///
/// A proxy that compresses an answer changes its tag: nginx makes it weak, and others append
/// `-gzip` or `;br`. Both are recognized. So that a tag of your own is never taken for one of
/// these, [`new`](Self::new) encodes what ends like them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ETag {
    is_weak: bool,
    /// Without its quotes. It is printable ASCII.
    opaque: String,
}

impl ETag {
    /// The strong tag of a version: of a number, of a column in the database, of a digest.
    ///
    /// Different bytes make different tags. Most of ASCII stays as it is; other bytes and `%` are
    /// percent-encoded.
    ///
    /// The [number](crate::Continuation::number) of a pass is a version as well, on one node.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// assert_eq!(ETag::new("v7").to_string(), r#""v7""#);
    /// assert_eq!(ETag::new(7_u64.to_string()).to_string(), r#""7""#);
    /// assert_eq!(ETag::new([0xff, b'!']).to_string(), r#""%FF!""#);
    /// ```
    pub fn new(version: impl AsRef<[u8]>) -> Self {
        let mut opaque = encode(version.as_ref());
        if is_ambiguous(opaque.as_bytes()) {
            opaque = opaque.replace('-', "%2D").replace(';', "%3B");
        }
        Self::strong(opaque)
    }

    /// The strong tag of an answer, made of its bytes: a hash of 128 bits that is the same on every
    /// node.
    ///
    /// The hash has no secret. If an attacker can choose the content and gains by two contents with
    /// one tag, use a cryptographic digest with [`new`](Self::new).
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// assert_ne!(ETag::of_content("da"), ETag::of_content("capo"));
    /// ```
    pub fn of_content(content: impl AsRef<[u8]>) -> Self {
        Self::strong(format!("{:032x}", hash::of_content(content.as_ref())))
    }

    /// The strong tag of a cursor, for clients that keep nothing but the tag: browsers and `curl`
    /// send it back by themselves, and [`cursor`] reads it.
    ///
    /// ```
    /// # use dacapo::manners::{self, ETag};
    /// # let hub = dacapo::Hub::<String>::new();
    /// # let mut headers = http::HeaderMap::new();
    /// let told = hub.cursor();
    /// let tag = ETag::of_cursor(&told);
    /// headers.insert("if-none-match", tag.to_string().parse().unwrap());
    /// assert_eq!(manners::cursor(&headers), told);
    /// ```
    pub fn of_cursor(cursor: &Cursor) -> Self {
        Self::strong(cursor.to_string())
    }

    /// The same as a weak tag: for versions that mean the same and may differ in their bytes.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// assert_eq!(ETag::new("v7").weak().to_string(), r#"W/"v7""#);
    /// ```
    #[must_use]
    pub fn weak(self) -> Self {
        let is_weak = true;
        Self { is_weak, ..self }
    }

    /// Whether it is a weak tag.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// assert!(!ETag::new("v7").is_weak() && ETag::new("v7").weak().is_weak());
    /// ```
    pub fn is_weak(&self) -> bool {
        self.is_weak
    }

    /// Whether both name the same bytes: RFC 9110's strong comparison. A weak tag is never equal to
    /// any.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// let tag = ETag::new("v7");
    /// assert!(tag.strong_eq(&tag) && !tag.strong_eq(&tag.clone().weak()));
    /// ```
    pub fn strong_eq(&self, other: &Self) -> bool {
        !self.is_weak && !other.is_weak && self.opaque == other.opaque
    }

    /// Whether both name versions that mean the same: RFC 9110's weak comparison.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// let tag = ETag::new("v7");
    /// assert!(tag.weak_eq(&tag.clone().weak()));
    /// ```
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// Whether the client has this version already: `If-None-Match` names it, or is `*`. Then there
    /// is nothing to send.
    ///
    /// It compares weakly, and takes a tag for ours to which a proxy has appended the name of a
    /// compression. Quotes may be missing. Without the header it is `false`.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// # let mut headers = http::HeaderMap::new();
    /// headers.insert("if-none-match", r#""v6", W/"v7-gzip""#.parse().unwrap());
    /// assert!(ETag::new("v7").is_known(&headers) && !ETag::new("v8").is_known(&headers));
    /// ```
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        tags(headers, IF_NONE_MATCH).any(|named| match named {
            Named::Any => true,
            Named::Tag { opaque, .. } => self.is_named(opaque),
        })
    }

    /// Whether a write may happen: `If-Match` names this version, or is `*`, or is not there. If
    /// not, answer with a 412.
    ///
    /// It compares strongly: neither may be weak. A tag to which a proxy has appended the name of a
    /// compression counts as ours. If a proxy makes tags weak, let clients send the version in
    /// another way.
    ///
    /// To insist on the header, answer with a 428 where it is missing.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// # let mut headers = http::HeaderMap::new();
    /// assert!(ETag::new("v7").is_expected(&headers));
    /// headers.insert("if-match", r#""v6""#.parse().unwrap());
    /// assert!(!ETag::new("v7").is_expected(&headers));
    /// ```
    pub fn is_expected(&self, headers: &HeaderMap) -> bool {
        let is_strong = |is_weak: bool| !is_weak && !self.is_weak;
        let mut expected = tags(headers, IF_MATCH);
        !headers.contains_key(IF_MATCH)
            || expected.any(|named| match named {
                Named::Any => true,
                Named::Tag { is_weak, opaque } => is_strong(is_weak) && self.is_named(opaque),
            })
    }

    /// Puts it into an answer, and adds `Cache-Control: no-cache` if the answer does not say
    /// anything yet: a cache may keep the answer but asks before it uses it.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// # let mut response = http::Response::new(());
    /// ETag::new("v7").write(response.headers_mut());
    /// assert_eq!(response.headers()["etag"], r#""v7""#);
    /// ```
    pub fn write(&self, headers: &mut HeaderMap) {
        headers.insert(ETAG, printable(&self.to_string()));
        let caching = headers.entry(CACHE_CONTROL);
        caching.or_insert(HeaderValue::from_static("no-cache"));
    }

    /// A 304 with this tag and without a body: the answer of an expired wait to a client that has
    /// this version.
    ///
    /// If the 200 has a `Vary`, give this one the same.
    ///
    /// ```
    /// # use dacapo::manners::ETag;
    /// let response = ETag::new("v7").not_modified::<String>();
    /// assert_eq!(response.status(), 304);
    /// ```
    pub fn not_modified<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.write(response.headers_mut());
        response
    }

    fn strong(opaque: String) -> Self {
        let is_weak = false;
        Self { is_weak, opaque }
    }

    /// Whether a client means this one. Proxies may have changed it.
    fn is_named(&self, opaque: &[u8]) -> bool {
        originals(opaque).any(|original| original == self.opaque.as_bytes())
    }
}

/// The cursor that a client sends back in `If-None-Match`, as [`ETag::of_cursor`] has put it into a
/// tag.
///
/// A weak tag will do, and so will one to which a proxy has appended the name of a compression. Of
/// several, the first one that is a cursor counts. If there is none, it is [`Cursor::default`]: the
/// client has seen nothing.
///
/// ```
/// # use dacapo::{Cursor, manners};
/// let headers = http::HeaderMap::new();
/// assert_eq!(manners::cursor(&headers), Cursor::default());
/// ```
pub fn cursor(headers: &HeaderMap) -> Cursor {
    let mut cursors = tags(headers, IF_NONE_MATCH).filter_map(|named| match named {
        Named::Any => None,
        Named::Tag { opaque, .. } => originals(opaque).find_map(cursor_in),
    });
    cursors.next().unwrap_or_default()
}

/// The version that a client sends back in `If-None-Match`, as [`ETag::new`] has put it into a tag: for
/// versions that are numbers or other text of which [`ETag::new`] changes nothing.
///
/// As with [`cursor`], a weak tag will do, and so will one to which a proxy has appended the name of
/// a compression. Of several, the first one that is a version counts.
///
/// ```
/// # use dacapo::manners;
/// let mut headers = http::HeaderMap::new();
/// assert_eq!(manners::version::<u64>(&headers), None);
/// headers.insert("if-none-match", r#"W/"7-gzip""#.parse().unwrap());
/// assert_eq!(manners::version(&headers), Some(7_u64));
/// ```
pub fn version<V: FromStr>(headers: &HeaderMap) -> Option<V> {
    let version_in = |opaque| from_utf8(opaque).ok()?.parse().ok();
    tags(headers, IF_NONE_MATCH).find_map(|named| match named {
        Named::Any => None,
        Named::Tag { opaque, .. } => originals(opaque).find_map(version_in),
    })
}

/// Only if the text is just what a hub has written.
fn cursor_in(opaque: &[u8]) -> Option<Cursor> {
    let text = from_utf8(opaque).ok()?;
    let Ok(cursor) = text.parse::<Cursor>();
    (!text.is_empty() && cursor.to_string() == text).then_some(cursor)
}

fn tags(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Named<'_>> {
    let values = headers.get_all(name).into_iter();
    values.flat_map(|value| Tags(value.as_bytes()))
}

fn encode(version: &[u8]) -> String {
    use fmt::Write;
    let mut opaque = String::with_capacity(version.len());
    for byte in version {
        match byte {
            b'!'..=b'~' if !b"%\"".contains(byte) => opaque.write_char(char::from(*byte)),
            byte => write!(opaque, "%{byte:02X}"),
        }
        .unwrap_or_default();
    }
    opaque
}

/// As it stands in the header, with its quotes.
impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = if self.is_weak { "W/" } else { "" };
        write!(f, "{prefix}\"{}\"", self.opaque)
    }
}

/// As it stands in the header: `"v7"` or `W/"v7"`. It is taken as it is, so the tag of another
/// server stays what it is.
impl FromStr for ETag {
    type Err = ParseETagError;

    fn from_str(text: &str) -> Result<Self, ParseETagError> {
        let weak = text.strip_prefix("W/");
        let quoted = weak.unwrap_or(text).strip_prefix('"');
        let opaque = quoted.and_then(|quoted| quoted.strip_suffix('"'));
        let is_printable = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
        match opaque.filter(|opaque| opaque.bytes().all(is_printable)) {
            None => Err(ParseETagError(())),
            Some(opaque) => Ok(Self {
                is_weak: weak.is_some(),
                opaque: opaque.to_owned(),
            }),
        }
    }
}

/// A text is not an entity tag in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an entity tag: it needs quotes, with nothing but printable ASCII in them")]
pub struct ParseETagError(());

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn header(name: HeaderName, value: &[u8]) -> HeaderMap {
        let value = HeaderValue::from_bytes(value);
        value
            .map(|value| HeaderMap::from_iter([(name, value)]))
            .unwrap_or_default()
    }

    fn version() -> impl Strategy<Value = Vec<u8>> {
        let ends = prop_oneof![Just("-gzip"), Just(";br"), Just("-"), Just("%2D"), Just("")];
        (vec(any::<u8>(), 0..4), ends).prop_map(|(start, end)| [&start, end.as_bytes()].concat())
    }

    proptest! {
        #[test]
        fn different_versions_have_different_tags_whatever_a_proxy_appends(
            one in version(),
            other in version(),
            suffix in prop_oneof![Just(""), Just("-gzip"), Just("--gzip"), Just(";br")],
        ) {
            let tag = ETag::new(&one);
            let sent = format!("W/\"{}{suffix}\"", ETag::new(&other).opaque);
            let headers = header(IF_NONE_MATCH, sent.as_bytes());
            prop_assert_eq!(tag.is_known(&headers), one == other);
        }

        #[test]
        fn a_tag_that_was_written_is_read_again(version in version(), is_weak: bool) {
            let tag = ETag { is_weak, ..ETag::new(&version) };
            prop_assert_eq!(tag.to_string().parse(), Ok(tag.clone()));
            let headers = header(IF_NONE_MATCH, tag.to_string().as_bytes());
            prop_assert!(tag.is_known(&headers));
            let headers = header(IF_MATCH, tag.to_string().as_bytes());
            prop_assert_eq!(tag.is_expected(&headers), !is_weak);
        }

        #[test]
        fn any_bytes_are_tags_or_none_and_never_a_panic(bytes in vec(any::<u8>(), 0..60)) {
            let tags = Tags(&bytes).count();
            prop_assert!(tags <= bytes.len());
            let seen = cursor(&header(IF_NONE_MATCH, &bytes));
            prop_assert!(seen.to_string().len() <= bytes.len());
        }
    }
}
