//! Whether a record can be in another encoding than its leader claims, by a quick look.
//!
//! The twin is `mrrc/_pure/claims.py`.

use memchr::{memchr, memchr2_iter};

use crate::{DIRECTORY_ENTRY_LENGTH, LEADER_LENGTH, SUBFIELD_DELIMITER, parse_digits};

const ESCAPE: u8 = 0x1B;
const FIRST_OF_LATIN_1: u8 = 0xC3;

/// Whether a plain record in UTF-8, or one of ASCII, needs no closer look at its encoding.
#[must_use]
pub fn is_surely_as_claimed(raw: &[u8]) -> bool {
    if is_in_utf8(raw) {
        return has_no_doubtful_text(raw);
    }
    // MARC-8 drops control characters, other sets keep them.
    raw.iter().all(|&byte| matches!(byte, 0x1D..=0x7E))
}

/// Whether a record may be what it claims, so that only what has no other sense is in doubt.
///
/// One that claims to be in MARC-8 is doubted if a text is valid UTF-8, or if it is UNIMARC, which
/// names its sets elsewhere. Whether the texts can be decoded is another question.
#[must_use]
pub fn is_credible(raw: &[u8]) -> bool {
    if is_in_utf8(raw) {
        return has_no_doubtful_text(raw);
    }
    if raw.is_ascii() && memchr(ESCAPE, raw).is_none() {
        return true;
    }
    let is_utf8 = |text: &[u8]| !text.is_ascii() && std::str::from_utf8(text).is_ok();
    let mut texts = raw.split(|&byte| matches!(byte, 0x1D..=SUBFIELD_DELIMITER));
    !(names_its_sets(raw) || texts.any(is_utf8))
}

fn is_in_utf8(raw: &[u8]) -> bool {
    raw.get(9) == Some(&b'a')
}

/// Whether there is no escape sequence, and nothing that a text has that was encoded twice.
fn has_no_doubtful_text(raw: &[u8]) -> bool {
    !memchr2_iter(ESCAPE, FIRST_OF_LATIN_1, raw).any(|place| {
        matches!(
            raw.get(place..).unwrap_or_default(),
            [ESCAPE, ..] | [_, 0x82..=0xB4, 0xC2 | 0xC5 | 0xC6 | 0xCB | 0xE2, ..]
        )
    })
}

/// Whether this is UNIMARC, with the coded data of field 100, which in MARC 21 is a name.
fn names_its_sets(raw: &[u8]) -> bool {
    let Some(base) = raw.get(12..17).and_then(parse_digits) else {
        return false;
    };
    let directory = raw
        .get(LEADER_LENGTH..base.saturating_sub(1))
        .unwrap_or_default();
    let field_100 = directory
        .chunks_exact(DIRECTORY_ENTRY_LENGTH)
        .find(|entry| entry.starts_with(b"100") && entry.get(7..).and_then(parse_digits).is_some());
    let Some(offset) = field_100
        .and_then(|entry| entry.get(7..))
        .and_then(parse_digits)
    else {
        return false;
    };
    match raw.get(base + offset..).unwrap_or_default() {
        [first, second, SUBFIELD_DELIMITER, b'a', coded @ ..] => {
            ![first, second]
                .iter()
                .any(|byte| matches!(byte, 0x1D..=0x1F))
                && coded.len() >= 8
                && coded.iter().take(8).all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_credible, is_surely_as_claimed};

    fn record(coding: &str, text: &[u8]) -> Vec<u8> {
        let head = format!("00000nam {coding}2200037   4500245003000000\x1E10\x1Fa");
        [head.as_bytes(), text, b"\x1E\x1D"].concat()
    }

    #[test]
    fn what_needs_no_look() {
        for (coding, text) in [
            ("a", "Grüße é – a\u{301} 日本".as_bytes()),
            ("a", b"\xC3"),
            ("a", b"\x01\x7F"),
            (" ", b"Title"),
        ] {
            assert!(is_surely_as_claimed(&record(coding, text)));
            assert!(is_credible(&record(coding, text)));
        }
    }

    #[test]
    fn what_needs_a_look() {
        for (coding, text) in [
            ("a", &b"\x1B$1!0!"[..]),
            ("a", "GrÃ¼ÃŸe".as_bytes()),
            ("a", "Ã¼".as_bytes()),
            (" ", "é".as_bytes()),
        ] {
            assert!(!is_surely_as_claimed(&record(coding, text)));
            assert!(!is_credible(&record(coding, text)));
        }
    }

    #[test]
    fn what_can_be_marc_8_is_believed_but_not_sure() {
        for text in [
            &b"\x1B(B"[..],
            b"\x01",
            b"\x7F",
            b"\xE2e",
            b"\xC3 A\x1Fb\xE2e",
        ] {
            assert!(!is_surely_as_claimed(&record(" ", text)));
            assert!(is_credible(&record(" ", text)));
        }
    }

    #[test]
    fn unimarc_says_elsewhere_what_it_is() {
        let unimarc = |content: &str| {
            let head = "00000nam  2200037   4500100003000000\x1E";
            [head.as_bytes(), content.as_bytes(), b"\x1Fb\xE2e\x1E\x1D"].concat()
        };
        assert!(!is_credible(&unimarc(
            "  \x1Fa20011023d1980    m  y0engy0103    ba"
        )));
        assert!(is_credible(&unimarc("1 \x1FaAuthor")));
        assert!(is_credible(&unimarc("1 \x1Fa1234567")));
    }
}
