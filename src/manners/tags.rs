//! The tags in `If-None-Match` and `If-Match`, and what proxies make of tags.

/// A tag that a client names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named<'h> {
    /// `*`
    Any,
    /// What stands in its quotes.
    Tag { is_weak: bool, opaque: &'h [u8] },
}

/// The tags of a header, one by one. What is no tag is left out. Quotes that are missing are no
/// matter: a client without a tag would not be held, and would ask again at once.
#[derive(Debug)]
pub(super) struct Tags<'h>(pub(super) &'h [u8]);

impl<'h> Iterator for Tags<'h> {
    type Item = Named<'h>;

    fn next(&mut self) -> Option<Named<'h>> {
        loop {
            self.0 = self.0.trim_ascii_start();
            if self.0.is_empty() {
                return None;
            }
            if let Some(named) = self.take() {
                return Some(named);
            }
        }
    }
}

impl<'h> Tags<'h> {
    /// Takes what is before the next comma.
    fn take(&mut self) -> Option<Named<'h>> {
        let prefixes = [b"W/", b"w/"].into_iter();
        let weak = prefixes
            .flat_map(|prefix| self.0.strip_prefix(prefix))
            .next();
        let (is_weak, tag) = (weak.is_some(), weak.unwrap_or(self.0));
        if let Some(quoted) = tag.strip_prefix(b"\"") {
            let (opaque, rest) = until(quoted, b'"');
            self.0 = until(rest, b',').1;
            return Some(Named::Tag { is_weak, opaque });
        }
        let (bare, rest) = until(tag, b',');
        self.0 = rest;
        match bare.trim_ascii() {
            b"" => None,
            b"*" if !is_weak => Some(Named::Any),
            opaque => Some(Named::Tag { is_weak, opaque }),
        }
    }
}

/// What is before a byte, and what is behind it.
fn until(text: &[u8], end: u8) -> (&[u8], &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == end);
    let (before, behind) = (parts.next(), parts.next());
    (before.unwrap_or_default(), behind.unwrap_or_default())
}

/// What a tag may have been before proxies compressed what it belongs to: itself first, then
/// without the suffixes.
///
/// Apache appends `-gzip`, Jetty `--gzip`, others `;gzip`.
pub(super) fn originals(opaque: &[u8]) -> impl Iterator<Item = &[u8]> {
    let shorter = std::iter::successors(Some(opaque), |opaque| without_coding(opaque));
    let shorter = shorter.take(1 + MOST_SUFFIXES);
    let is_shorter = move |original: &[u8]| original.len() < opaque.len();
    shorter
        .flat_map(move |original| {
            let of_two_dashes = original.strip_suffix(b"-");
            [
                Some(original),
                of_two_dashes.filter(|_| is_shorter(original)),
            ]
        })
        .flatten()
}

/// Whether this could be taken for a tag with a suffix, or for a part of one.
pub(super) fn is_ambiguous(opaque: &[u8]) -> bool {
    without_coding(opaque).is_some() || opaque.ends_with(b"-")
}

fn without_coding(opaque: &[u8]) -> Option<&[u8]> {
    let mut codings = CODINGS.iter();
    let tag = codings.find_map(|coding| opaque.strip_suffix(coding.as_bytes()))?;
    tag.strip_suffix(b"-").or_else(|| tag.strip_suffix(b";"))
}

/// The suffixes that are taken off a tag. A client may send any number, and each could cost a look at all of it.
const MOST_SUFFIXES: usize = 4;

/// What proxies compress with.
const CODINGS: [&str; 5] = ["gzip", "br", "zstd", "deflate", "compress"];

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn tag(opaque: &str) -> Named<'_> {
        Named::Tag {
            is_weak: false,
            opaque: opaque.as_bytes(),
        }
    }

    #[test]
    fn a_list_is_taken_apart_where_its_quotes_end_and_nonsense_is_left_out() {
        let tags = |text: &'static str| Tags(text.as_bytes()).collect::<Vec<_>>();
        let weak = Named::Tag {
            is_weak: true,
            opaque: b"c",
        };
        assert_eq!(tags(r#""a,b" , W/"c","","#), [tag("a,b"), weak, tag("")]);
        assert_eq!(tags(r#"w/"c"x, ,, W/, bare "#), [weak, tag("bare")]);
        assert_eq!(tags(r#"*, "*""#), [Named::Any, tag("*")]);
        assert_eq!(tags(r#""no end, "a""#), [tag("no end, ")]);
        assert_eq!(tags(" "), []);
    }

    #[test]
    fn a_tag_is_looked_at_without_the_suffixes_of_proxies_too() {
        let originals = |tag: &'static str| -> Vec<_> {
            let originals = originals(tag.as_bytes());
            originals
                .map(|original| std::str::from_utf8(original).unwrap())
                .collect()
        };
        assert_eq!(originals("x"), ["x"]);
        assert_eq!(originals("x-gzip"), ["x-gzip", "x"]);
        assert_eq!(originals("x;br"), ["x;br", "x"]);
        assert_eq!(originals("x--gzip"), ["x--gzip", "x-", "x"]);
        assert_eq!(originals("x-gzip;br"), ["x-gzip;br", "x-gzip", "x"]);
        assert_eq!(originals("x-"), ["x-"]);
        assert_eq!(originals("gzip"), ["gzip"]);
    }

    #[test]
    fn a_tag_with_more_suffixes_than_there_are_proxies_is_not_taken_apart_to_its_end() {
        let tag = format!("x{}", "-br".repeat(100_000));
        let shortest = originals(tag.as_bytes()).last().unwrap();
        assert_eq!(tag.len() - shortest.len(), "-br".len() * MOST_SUFFIXES);
        assert!(originals(tag.as_bytes()).count() <= 1 + 2 * MOST_SUFFIXES);
    }
}
