//! The text of the lines between relays.
//!
//! A line is `origin number word`, with one space between them. The [`relay`](super) has the table of words.

use std::fmt;

use crate::percent::{decoded, encoded};

/// The name of a relay, which differs between runs: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Origin(pub(super) u64);

/// What a relay, or another publisher, has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// `None` if the publisher does not number its lines.
    pub(super) origin: Option<Origin>,
    /// How many notifies the origin has said, this one included.
    pub(super) number: u64,
    pub(super) word: Word,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Key { actor: Option<String>, key: String },
    Gap,
    Beat,
    End,
}

impl Line {
    /// Returns `None` if the text is no line.
    pub(super) fn read(text: &str) -> Option<Self> {
        // A shell adds a line end, and a key has none.
        let mut parts = text.trim_end_matches(['\n', '\r']).splitn(4, ' ');
        let origin = match parts.next()? {
            STRANGER => None,
            name => Some(Origin::read(name)?),
        };
        let number = parts.next()?.parse().ok()?;
        let word = Word::read(parts.next()?, parts.next())?;
        Some(Self {
            origin,
            number,
            word,
        })
    }
}

impl Word {
    /// What follows a gap, a beat or an end is left to later versions.
    fn read(name: &str, rest: Option<&str>) -> Option<Self> {
        Some(match name {
            "k" => {
                let (actor, key) = rest?.split_once(' ')?;
                let actor = (actor != NO_ACTOR).then(|| decoded(actor).ok_or(()));
                Self::Key {
                    actor: actor.transpose().ok()?,
                    key: decoded(key)?,
                }
            }
            "g" => Self::Gap,
            "b" => Self::Beat,
            "e" => Self::End,
            _ => return None,
        })
    }

    /// Whether the number of its line is one more than the one before.
    pub(super) fn counts(&self) -> bool {
        matches!(self, Self::Key { .. } | Self::Gap)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { actor, key } => {
                let actor = actor.as_deref().unwrap_or_default();
                let actor = match actor {
                    "" => NO_ACTOR.into(),
                    NO_ACTOR => "%2D".into(),
                    actor => encoded(actor, |letter| letter.is_whitespace() || breaks(letter)),
                };
                write!(f, "k {actor} {}", encoded(key, breaks))
            }
            Self::Gap => f.write_str("g"),
            Self::Beat => f.write_str("b"),
            Self::End => f.write_str("e"),
        }
    }
}

/// What would end a line, and the sign that encodes it.
fn breaks(letter: char) -> bool {
    letter.is_control() || letter == '%'
}

impl Origin {
    fn read(name: &str) -> Option<Self> {
        let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        let is_name = name.len() == 16 && name.bytes().all(is_digit);
        u64::from_str_radix(name, 16)
            .ok()
            .filter(|_| is_name)
            .map(Self)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The origin of lines without numbers.
const STRANGER: &str = "x";

const NO_ACTOR: &str = "-";

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn key(actor: Option<&str>, key: &str) -> Word {
        Word::Key {
            actor: actor.map(str::to_owned),
            key: key.to_owned(),
        }
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for (word, text) in [
            (key(None, "room:7"), "k - room:7"),
            (key(Some("tab-7"), "a b"), "k tab-7 a b"),
            (key(Some("-"), "-"), "k %2D -"),
            (key(Some("a b\t"), ""), "k a%20b%09 "),
            (key(Some("é\u{2028}"), "é\u{85}"), "k é%E2%80%A8 é%C2%85"),
            (key(Some("50%"), "line\r\nline"), "k 50%25 line%0D%0Aline"),
            (Word::Gap, "g"),
            (Word::Beat, "b"),
            (Word::End, "e"),
        ] {
            assert_eq!(word.to_string(), text);
            let line = Line {
                origin: Some(Origin(0xab)),
                number: 7,
                word,
            };
            let text = format!("00000000000000ab 7 {text}");
            assert_eq!(Line::read(&text), Some(line));
        }
    }

    #[test]
    fn an_empty_actor_is_none() {
        assert_eq!(key(Some(""), "a").to_string(), "k - a");
    }

    #[test]
    fn a_publisher_without_numbers_and_a_line_end_are_understood() {
        let line = Line::read("x 0 k - room:7\r\n").unwrap();
        assert_eq!((line.origin, line.word), (None, key(None, "room:7")));
    }

    #[test]
    fn what_is_no_line_is_not_read() {
        for text in [
            "",
            " ",
            "x",
            "x 0",
            "x 0 ",
            "x 0 k",
            "x 0 k -",
            "x 0 k % a",
            "x 0 k - %zz",
            "x 0 z",
            "x  k - a",
            "x -1 k - a",
            "x 99999999999999999999 b",
            "X 0 b",
            "ab 0 b",
            "00000000000000AB 0 b",
            "+0000000000000ab 0 b",
            "00000000000000abc 0 b",
        ] {
            assert_eq!(Line::read(text), None, "{text:?}");
        }
    }
}
