//! Positions and items in text and in JSON.

use dacapo::Hub;
use dacapo::mailbox::{Item, Mailbox, Position};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::batch;

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Poll {
    #[serde(default)]
    after: Position,
}

#[derive(Serialize)]
struct News {
    lines: Vec<Item<String>>,
    next: Position,
}

#[test]
fn an_answer_is_its_items_and_a_position_which_comes_back() {
    let mailbox: Mailbox<u8, String> = Mailbox::new(&Hub::new());
    let position = mailbox.push(&1, "a".to_owned()).unwrap();
    let read = batch(mailbox.read([&1], &Position::default(), 100));
    let news = News {
        lines: read.items,
        next: read.next,
    };
    let json = serde_json::to_string(&news).unwrap();
    assert_eq!(json, format!(r#"{{"lines":["a"],"next":"{position}"}}"#));
    let poll: Poll = serde_json::from_str(&format!(r#"{{"after":"{position}"}}"#)).unwrap();
    assert_eq!(poll.after, position);
}

#[test]
fn whatever_stands_in_its_place_is_a_position_that_has_read_nothing() {
    for json in [
        "null",
        "7",
        "-7",
        "7.5",
        "true",
        "[1, [2]]",
        r#"{"a": {"b": 1}}"#,
        r#""x""#,
    ] {
        let poll: Poll = serde_json::from_str(&format!(r#"{{"after": {json}}}"#)).unwrap();
        assert_eq!(poll.after, Position::default(), "{json}");
    }
    let poll: Poll = serde_json::from_str("{}").unwrap();
    assert_eq!(poll.after, Position::default());
}

#[test]
fn a_position_that_has_read_nothing_is_empty_text() {
    assert_eq!(Position::default().to_string(), "");
    assert_eq!("".parse(), Ok(Position::default()));
}

proptest! {
    #[test]
    fn any_text_is_a_position_of_37_bytes_at_the_most(text in ".*|[0-9a-f]{16}\\.[0-9]{1,22}") {
        let Ok(position) = text.parse::<Position>();
        let written = position.to_string();
        prop_assert!(written.len() <= 37);
        prop_assert_eq!(written.parse(), Ok(position));
    }
}
