//! Headers of an answer.

use http::header::{HeaderMap, HeaderName, HeaderValue, VARY};

/// Says that the answer depends on this header of the request, unless that is said already.
pub(super) fn vary(headers: &mut HeaderMap, on: &HeaderName) {
    let mut said = headers.get_all(VARY).iter();
    let names_it = |name: &[u8]| name == b"*" || name.eq_ignore_ascii_case(on.as_str().as_bytes());
    let is_said = said.any(|value| {
        let mut names = value.as_bytes().split(|byte| *byte == b',');
        names.any(|name| names_it(name.trim_ascii()))
    });
    if !is_said {
        headers.append(VARY, on.clone().into());
    }
}

/// A header of what is known to be printable.
pub(super) fn printable(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
