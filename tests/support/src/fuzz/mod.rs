//! The fuzz targets: random bytes, read as a story of requests and events, as an id, as a push, as lines between
//! relays, or as what a client sends in a header.
//!
//! `fuzz` finds inputs, and `tests/fuzz.rs` replays the seeds.

mod headers;
mod push;
mod reader;
mod relay;
mod stage;
mod story;
mod theatre;

use std::str::from_utf8;

use dacapo::{ContinuationId, Hub};

use crate::{Actix, Axum};
use story::Story;
use theatre::play;

pub use headers::{cursors, preferences, tags};
pub use push::push;
pub use relay::relay;

/// Every request of the story must end, and in the same way on both frameworks.
pub fn requests(data: &[u8]) {
    let story = Story::read(data);
    assert_eq!(play(Axum, &story), play(Actix, &story));
}

/// A text that is no id must be refused, and an id must print as the same text.
pub fn ids(data: &[u8]) {
    if let Ok(text) = from_utf8(data) {
        id(text);
    }
    if let Ok(bits) = data.try_into().map(u128::from_le_bytes) {
        id(&format!("{bits:032x}"));
        id(&format!("{bits:x}"));
    }
}

fn id(text: &str) {
    let is_id = text.len() == 32 && text.chars().all(|letter| letter.is_ascii_hexdigit());
    let parsed = text.parse::<ContinuationId>();
    assert_eq!(parsed.is_ok(), is_id);
    if let Ok(id) = parsed {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(
            !Hub::<u8>::with_mock_clock().0.resume(id),
            "there is no such request"
        );
    }
}
