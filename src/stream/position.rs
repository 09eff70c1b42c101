//! The position with which a reader connects again.

use std::str::FromStr;

use crate::percent::decoded_value;

/// The position with which a reader connects to an event stream: that of the last item that it has.
///
/// A browser sends it in the header `Last-Event-ID` when it connects again. It cannot set a header
/// for its first connection, so the query `?lastEventId=…` (in any case) is read if there is no
/// header. Without a valid position, the value is `P::default()`.
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
            Some(header) => std::str::from_utf8(header).ok().map(str::to_owned),
            None => query.and_then(parameter),
        };
        Self(text.and_then(|text| text.parse().ok()).unwrap_or_default())
    }
}

/// The name of the header.
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) const HEADER: &str = "last-event-id";

fn parameter(query: &str) -> Option<String> {
    let mut parameters = query.split('&').filter_map(|part| part.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("lastEventId"))?;
    decoded_value(value)
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
