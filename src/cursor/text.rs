//! A cursor as text: `epoch.number`, for each hub, joined by `-`.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::{Cursor, MOST, Position};

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Position { epoch, number }) in self.positions.iter().enumerate() {
            let separator = if index > 0 { "-" } else { "" };
            write!(f, "{separator}{epoch:016x}.{number}")?;
        }
        Ok(())
    }
}

/// Never fails. Parts that are not a position are ignored, and a text without a position is
/// [`Cursor::default`].
impl FromStr for Cursor {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut positions: Vec<Position> = Vec::new();
        // The latest first, so that a long text takes no longer.
        for position in text.rsplit('-').take(MOST).filter_map(Position::parse) {
            if positions.iter().all(|later| later.epoch != position.epoch) {
                positions.push(position);
            }
        }
        positions.reverse();
        Ok(Self {
            positions,
            ..Self::default()
        })
    }
}

impl Position {
    fn parse(text: &str) -> Option<Self> {
        let (epoch, number) = text.split_once('.')?;
        let is_epoch = epoch.len() == 16 && epoch.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        match is_epoch && is_number {
            true => Some(Self {
                epoch: u64::from_str_radix(epoch, 16).ok()?,
                number: number.parse().ok()?,
            }),
            false => None,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Cursor {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn nonsense_is_a_cursor_that_has_seen_nothing() {
        for text in [
            "",
            "-",
            ".",
            "7",
            "7.7",
            "00000000000000ff.",
            "00000000000000ff.-1",
            "\u{0}",
        ] {
            assert_eq!(parse(text), Cursor::default(), "{text:?}");
        }
        let too_large = format!("00000000000000ff.{}0", u64::MAX);
        assert_eq!(parse(&too_large), Cursor::default());
    }

    #[test]
    fn of_a_text_that_is_half_nonsense_the_other_half_counts() {
        let cursor = parse("nonsense-00000000000000ff.7-+.+");
        assert_eq!(cursor.to_string(), "00000000000000ff.7");
    }

    #[test]
    fn of_two_positions_in_one_hub_the_latter_counts() {
        let cursor = parse("00000000000000ff.9-00000000000000aa.1-00000000000000ff.7");
        assert_eq!(cursor.to_string(), "00000000000000aa.1-00000000000000ff.7");
    }

    proptest! {
        #[test]
        fn a_cursor_that_was_written_is_read_again(numbers in vec(any::<(u64, u64)>(), 0..60)) {
            let mut cursor = Cursor::default();
            for (epoch, number) in numbers {
                cursor.positions.retain(|position| position.epoch != epoch);
                cursor.positions.push(Position { epoch, number });
                cursor.keep_latest();
            }
            let text = cursor.to_string();
            prop_assert!(text.len() <= 2048);
            prop_assert_eq!(parse(&text), cursor);
        }

        #[test]
        fn any_text_is_a_cursor_of_two_kib_at_the_most(text in ".*") {
            prop_assert!(parse(&text).to_string().len() <= 2048);
        }
    }
}
