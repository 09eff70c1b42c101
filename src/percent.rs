//! Percent-encoding, as RFC 3986 has it.

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
