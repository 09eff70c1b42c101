//! Percent-encoding, as RFC 3986 has it.

use std::borrow::Cow;

/// Decodes a text once.
///
/// Returns `None` if the encoding is malformed or the result is not UTF-8. A proxy could read such
/// a text in another way.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let (byte, behind) = match (first, behind) {
            (b'%', [high, low, behind @ ..]) => (16 * digit(*high)? + digit(*low)?, behind),
            (b'%', _) => return None,
            (byte, behind) => (*byte, behind),
        };
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8(bytes).ok()
}

/// Decodes a value of a query, in which a plus sign is a space.
pub(crate) fn decoded_value(value: &str) -> Option<String> {
    decoded(&value.replace('+', " "))
}

/// Encodes the letters for which `is_special` holds. That must include the percent sign, so that the text is decoded to
/// the same.
pub(crate) fn encoded(text: &str, is_special: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_special) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match is_special(letter) {
            true => encode(letter, &mut encoded),
            false => encoded.push(letter),
        }
    }
    Cow::Owned(encoded)
}

fn encode(letter: char, text: &mut String) {
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        let digits = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
        text.push('%');
        text.extend(digits.map(char::from));
    }
}

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

fn digit(letter: u8) -> Option<u8> {
    let digit = char::from(letter).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_decoded_once() {
        for (text, plain) in [
            ("", ""),
            ("a-z", "a-z"),
            ("a%2Fb%2fc", "a/b/c"),
            ("%2F", "/"),
            ("a%252Fb", "a%2Fb"),
            ("%25", "%"),
            ("caf%C3%A9", "café"),
            ("a+b", "a+b"),
        ] {
            assert_eq!(decoded(text).as_deref(), Some(plain), "{text}");
        }
    }

    #[test]
    fn what_is_special_is_encoded_and_decoded_to_the_same() {
        let is_special = |letter: char| letter == '%' || letter.is_whitespace();
        for (text, expected) in [
            ("", ""),
            ("a/b", "a/b"),
            ("100%", "100%25"),
            ("a b\n", "a%20b%0A"),
            ("\u{2028}é", "%E2%80%A8é"),
        ] {
            assert_eq!(encoded(text, is_special), expected);
            assert_eq!(decoded(expected).as_deref(), Some(text));
        }
    }

    #[test]
    fn in_a_query_a_plus_sign_is_a_space() {
        assert_eq!(decoded_value("a+b%2Bc").as_deref(), Some("a b+c"));
    }

    #[test]
    fn what_is_not_well_encoded_is_no_text() {
        for text in ["%", "%2", "%zz", "%+1", "a%", "%C3", "%c3%28", "%ff"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
