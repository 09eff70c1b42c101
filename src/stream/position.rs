//! Where a reader comes back.

use std::borrow::Cow;
use std::str::FromStr;

/// The position with which a reader comes back to an event stream: that of the last item that it has.
///
/// A browser sends it as the header `Last-Event-ID` when it connects again. For its first connection it can set no
/// header, so the position is taken from the URL's query then: `?lastEventId=…`, in letters of any case. The header
/// counts before the query. If there is none, or if it makes no sense, the position is `P::default()`.
///
/// In axum and in actix it is an extractor, which never fails: `LastEventId(seen): LastEventId<u64>`.
///
/// ```
/// use dacapo::stream::LastEventId;
///
/// assert_eq!(LastEventId::of(Some(b"7"), Some("lastEventId=3")), LastEventId(7));
/// assert_eq!(LastEventId::of(None, Some("room=lobby&lastEventId=3")), LastEventId(3));
/// assert_eq!(LastEventId::of(Some(b"nonsense"), None), LastEventId(0));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastEventId<P>(pub P);

impl<P: FromStr + Default> LastEventId<P> {
    /// Reads a request's header `Last-Event-ID`, or else its query, without the `?`.
    #[must_use]
    pub fn of(header: Option<&[u8]>, query: Option<&str>) -> Self {
        let text = match header {
            Some(header) => std::str::from_utf8(header).ok().map(Cow::Borrowed),
            None => query.and_then(parameter),
        };
        Self(text.and_then(|text| text.parse().ok()).unwrap_or_default())
    }
}

/// The name of the header.
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) const HEADER: &str = "last-event-id";

fn parameter(query: &str) -> Option<Cow<'_, str>> {
    let mut parameters = query.split('&').filter_map(|part| part.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("lastEventId"))?;
    decoded(value)
}

/// A value of a query as it was before it was written there. `None` if that is no text.
fn decoded(value: &str) -> Option<Cow<'_, str>> {
    if !value.contains(['%', '+']) {
        return Some(Cow::Borrowed(value));
    }
    let (mut bytes, mut rest) = (Vec::with_capacity(value.len()), value.as_bytes());
    while let [first, others @ ..] = rest {
        rest = others;
        match (first, others) {
            (b'%', [high, low, others @ ..]) => {
                bytes.push(digit(*high)? << 4 | digit(*low)?);
                rest = others;
            }
            (b'%', _) => return None,
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn of(query: &str) -> String {
        LastEventId::of(None, Some(query)).0
    }

    #[test]
    fn a_position_in_a_query_is_what_it_was_before_it_was_written_there() {
        assert_eq!(
            of("LASTEVENTID=a%2Bb%26c+d%C3%A9"),
            "a+b&cd\u{e9}".replace("cd", "c d")
        );
        assert_eq!(of("other=1&lastEventId=&lastEventId=2"), "");
    }

    #[test]
    fn what_is_no_text_in_a_query_is_no_position() {
        for query in [
            "",
            "lastEventId",
            "lastEventId=%",
            "lastEventId=%4",
            "lastEventId=%xx",
            "lastEventId=%ff",
        ] {
            assert_eq!(of(query), "", "{query:?}");
        }
    }
}
