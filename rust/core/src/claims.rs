//! Whether a record can be anything else than what its leader claims to be encoded in.
//!
//! The twin is `mrrc/_pure/claims.py`.

use memchr::memchr2_iter;

const ESCAPE: u8 = 0x1B;
const FIRST_OF_LATIN_1: u8 = 0xC3;

/// Whether a plain record in UTF-8, or one of ASCII, needs no closer look at its encoding.
#[must_use]
pub fn is_surely_as_claimed(raw: &[u8]) -> bool {
    if raw.get(9) == Some(&b'a') {
        return !memchr2_iter(ESCAPE, FIRST_OF_LATIN_1, raw).any(|place| is_doubtful(raw, place));
    }
    // MARC-8 drops control characters, other sets keep them.
    raw.iter().all(|&byte| matches!(byte, 0x1D..=0x7E))
}

/// Whether an escape sequence begins here, or what a text has that was encoded in UTF-8 twice.
fn is_doubtful(raw: &[u8], place: usize) -> bool {
    match raw.get(place..).unwrap_or_default() {
        [ESCAPE, ..] => true,
        [_, second, third, ..] => {
            matches!(second, 0x82..=0xB4) && matches!(third, 0xC2 | 0xC5 | 0xC6 | 0xCB | 0xE2)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_surely_as_claimed;

    fn is_sure(coding: &str, text: &[u8]) -> bool {
        let head = format!("00000nam {coding}2200000   4500");
        is_surely_as_claimed(&[head.as_bytes(), text].concat())
    }

    #[test]
    fn what_needs_no_look() {
        assert!(is_sure("a", "Grüße é – a\u{301} 日本".as_bytes()));
        assert!(is_sure("a", b"\xC3"));
        assert!(is_sure("a", b"\x01\x7F"));
        assert!(is_sure(" ", b"10\x1FaTitle\x1E\x1D"));
    }

    #[test]
    fn what_needs_a_look() {
        assert!(!is_sure("a", b"\x1B$1!0!"));
        assert!(!is_sure("a", "GrÃ¼ÃŸe".as_bytes()));
        assert!(!is_sure("a", "Ã¼".as_bytes()));
        for text in [&b"\x1B(B"[..], b"\x01", b"\x7F", "é".as_bytes(), b"\xE2e"] {
            assert!(!is_sure(" ", text));
        }
    }
}
