//! Cursors and ids in JSON and in query strings.

use dacapo::{ContinuationId, Cursor, Hub};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, PartialEq)]
struct Poll {
    #[serde(default)]
    cursor: Cursor,
}

#[test]
fn a_cursor_is_text_in_json() {
    let poll = Poll {
        cursor: Hub::<u8>::new().cursor(),
    };
    let json = serde_json::to_string(&poll).unwrap();
    assert_eq!(json, format!(r#"{{"cursor":"{}"}}"#, poll.cursor));
    assert_eq!(serde_json::from_str::<Poll>(&json).unwrap(), poll);
}

#[test]
fn any_other_value_is_a_cursor_that_has_seen_nothing() {
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
        let poll: Poll = serde_json::from_str(&format!(r#"{{"cursor": {json}}}"#)).unwrap();
        assert_eq!(poll.cursor, Cursor::default(), "{json}");
    }
    assert_eq!(
        serde_json::from_str::<Poll>("{}").unwrap().cursor,
        Cursor::default()
    );
}

#[test]
fn an_id_is_text_in_json_and_anything_else_is_an_error() {
    let id: ContinuationId = "00112233445566778899aabbccddeeff".parse().unwrap();
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, r#""00112233445566778899aabbccddeeff""#);
    assert_eq!(serde_json::from_str::<ContinuationId>(&json).unwrap(), id);
    let error = serde_json::from_str::<ContinuationId>(r#""0011""#).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("a continuation id has 32 hexadecimal digits"),
        "{error}"
    );
}
