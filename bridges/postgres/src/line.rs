//! What the functions in the database send.

/// A payload on the channel `dacapo`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// `k actor key`. An actor has no blanks, and `-` is none. A key can have blanks.
    Key {
        actor: Option<&'a str>,
        key: &'a str,
    },
    /// `g`: anything may have changed. A line that this version cannot read means the same.
    Gap,
}

impl<'a> From<&'a str> for Line<'a> {
    fn from(payload: &'a str) -> Self {
        let words = payload.strip_prefix("k ");
        match words.and_then(|words| words.split_once(' ')) {
            Some(("-", key)) => Self::Key { actor: None, key },
            Some((actor, key)) => Self::Key {
                actor: Some(actor),
                key,
            },
            None => Self::Gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(actor: impl Into<Option<&'a str>>, key: &'a str) -> Line<'a> {
        let actor = actor.into();
        Line::Key { actor, key }
    }

    #[test]
    fn a_line_has_an_actor_and_a_key() {
        assert_eq!(Line::from("k tab-7 schedule:7"), key("tab-7", "schedule:7"));
        assert_eq!(Line::from("k - schedule:7"), key(None, "schedule:7"));
    }

    #[test]
    fn a_key_can_be_empty_and_can_have_blanks() {
        assert_eq!(Line::from("k - "), key(None, ""));
        assert_eq!(Line::from("k -  a b\n "), key(None, " a b\n "));
    }

    #[test]
    fn a_line_of_a_newer_version_is_a_gap() {
        for payload in [
            "g", "", "k", "k ", "k -", "kk - a", "z - a", "g 7", " k - a",
        ] {
            assert_eq!(Line::from(payload), Line::Gap, "{payload:?}");
        }
    }
}
