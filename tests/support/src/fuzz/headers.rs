//! What a client sends back: a cursor, a preference, tags.

use std::time::Duration;

use dacapo::manners::{self, ETag, PreferredWait};
use dacapo::{Cursor, Hub};
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// Each text must be a cursor, of 2 KiB at the most. After one answer, a hub must know it.
pub fn cursors(data: &[u8]) {
    let Ok(cursor) = String::from_utf8_lossy(data).parse::<Cursor>();
    let text = cursor.to_string();
    assert!(text.len() <= 2048);
    assert_eq!(text.parse(), Ok(cursor.clone()));

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    assert!(hub.changed(&7, &cursor), "it is of no hub");
    let answer = hub.run(async |c| -> dacapo::Outcome<_> { Ok(c.advance(cursor.clone())) });
    let answer = futures::executor::block_on(answer).unwrap();
    let told = answer.into_inner().ok().unwrap().to_string();
    assert!(told.len() <= 2048);
    let Ok(told) = told.parse::<Cursor>();
    assert!(!hub.changed(&7, &told), "the client would loop");
}

/// The time must be the default or in the range. A preference in front must not change that.
pub fn preferences(data: &[u8]) {
    let (default, range) = (secs(30), secs(1)..=secs(60));
    let read = |value: &[u8]| {
        let headers = header("prefer", value);
        PreferredWait::read(&headers, default, range.clone())
    };
    for value in [data, &[b"wait=", data].concat()] {
        let wait = read(value);
        assert!(range.contains(&wait.time()));
        let mut answer = HeaderMap::new();
        wait.acknowledge(&mut answer);
        let applied = answer.get("preference-applied");
        let said = format!("wait={}", wait.time().as_secs());
        assert!(applied.map_or_else(|| wait.time() == default, |applied| *applied == *said));
        assert_eq!(read(&[b"respond-async; a=\"b,c\", ", value].concat()), wait);
    }
}

/// A tag must be known by its own text. What is equal by the strong comparison must be equal by the weak one.
pub fn tags(data: &[u8]) {
    let tag = ETag::new(data);
    assert_eq!(tag.to_string().parse(), Ok(tag.clone()));
    assert!(tag.is_known(&header("if-none-match", tag.to_string().as_bytes())));
    if let Ok(text) = std::str::from_utf8(data) {
        let parsed = text.parse::<ETag>();
        assert!(parsed.is_err() || parsed.unwrap().to_string() == text);
    }
    let (known, expected) = (header("if-none-match", data), header("if-match", data));
    for version in [data, data.trim_ascii(), b"x"] {
        let tag = ETag::new(version);
        let is_asked = !expected.is_empty();
        assert!(!is_asked || !tag.is_expected(&expected) || tag.is_known(&known));
    }
    assert!(manners::cursor(&known).to_string().len() <= data.len());
}

/// A header, unless no server would let these bytes through.
fn header(name: &'static str, value: &[u8]) -> HeaderMap {
    let value = HeaderValue::from_bytes(value);
    value.map_or_else(
        |_| HeaderMap::new(),
        |value| HeaderMap::from_iter([(HeaderName::from_static(name), value)]),
    )
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}
