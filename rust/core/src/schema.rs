//! What the MARCXML schema (MARC21slim) lets stand in its elements and attributes.

use crate::LEADER_LENGTH;

/// Whether a leader matches the schema's pattern.
///
/// Numbers may be blank; so may be the indicator count and the subfield code count, which are "2"
/// otherwise, and the entry map as a whole, which is "4500".
#[must_use]
pub fn is_leader(leader: &[u8; LEADER_LENGTH]) -> bool {
    let [
        l0,
        l1,
        l2,
        l3,
        l4,
        status,
        kind,
        c7,
        c8,
        c9,
        indicators,
        codes,
        b0,
        b1,
        b2,
        b3,
        b4,
        c17,
        c18,
        c19,
        map @ ..,
    ] = *leader;
    let numbers = [l0, l1, l2, l3, l4, b0, b1, b2, b3, b4];
    let letters = [status, c7, c8, c9, c17, c18, c19];
    numbers
        .iter()
        .all(|&byte| byte == b' ' || byte.is_ascii_digit())
        && letters
            .iter()
            .all(|&byte| byte == b' ' || byte.is_ascii_alphanumeric())
        && kind.is_ascii_alphanumeric()
        && matches!(indicators, b'2' | b' ')
        && matches!(codes, b'2' | b' ')
        && matches!(&map, b"4500" | b"    ")
}

/// Whether a tag can be that of a `controlfield`.
#[must_use]
pub fn is_control_field_tag(tag: [u8; 3]) -> bool {
    matches!(tag, [b'0', b'0', last] if last != b'0' && last.is_ascii_alphanumeric())
}

/// Whether a tag can be that of a `datafield`: letters are all capital or all small.
#[inline(always)]
#[must_use]
pub fn is_data_field_tag(tag: [u8; 3]) -> bool {
    if let [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] = tag {
        return tag[0] != b'0' || tag[1] != b'0';
    }
    let letters_are = |is_letter: fn(&u8) -> bool| {
        tag.iter()
            .all(|byte| byte.is_ascii_digit() || is_letter(byte))
    };
    !tag.starts_with(b"00")
        && (letters_are(u8::is_ascii_uppercase) || letters_are(u8::is_ascii_lowercase))
}

/// Whether a character can be an indicator.
#[inline(always)]
#[must_use]
pub fn is_indicator(indicator: u8) -> bool {
    matches!(indicator, b' ' | b'0'..=b'9' | b'a'..=b'z')
}

/// Whether a character can be a subfield code.
#[must_use]
pub fn is_code(code: u8) -> bool {
    code.is_ascii_graphic() && !matches!(code, b'@' | b'|')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders() {
        let leader = b"01142cam a2200301 a 4500";
        assert!(is_leader(leader));
        assert!(is_leader(b"      z             4500"));
        for (place, bad) in [
            (0, b'x'),
            (4, b'-'),
            (5, b'#'),
            (6, b' '),
            (7, b'|'),
            (9, b'.'),
            (10, b'3'),
            (11, b'0'),
            (12, b'a'),
            (16, b'\n'),
            (17, b'|'),
            (19, 0x7F),
            (20, b' '),
            (21, b'4'),
            (22, b'1'),
            (23, b'p'),
        ] {
            let mut changed = *leader;
            changed[place] = bad;
            assert!(!is_leader(&changed), "{place}");
        }
        let mut blank = *leader;
        blank[20..].copy_from_slice(b"    ");
        assert!(is_leader(&blank));
    }

    #[test]
    fn tags() {
        for tag in [b"001", b"009", b"00A", b"00z"] {
            assert!(is_control_field_tag(*tag) && !is_data_field_tag(*tag));
        }
        for tag in [
            b"010", b"245", b"999", b"0A0", b"AAA", b"zzz", b"9xy", b"0a1",
        ] {
            assert!(is_data_field_tag(*tag) && !is_control_field_tag(*tag));
        }
        for tag in [b"000", b"00 ", b"24 ", b"Aa0", b"9aB", b"2-5", b"00|"] {
            assert!(!is_data_field_tag(*tag) && !is_control_field_tag(*tag));
        }
    }

    #[test]
    fn indicators_and_codes() {
        let all = |is: fn(u8) -> bool| (0..=255).filter(|&byte| is(byte)).collect::<Vec<u8>>();
        assert_eq!(all(is_indicator), b" 0123456789abcdefghijklmnopqrstuvwxyz");
        let codes: Vec<u8> = (b'!'..=b'~').filter(|byte| !b"@|".contains(byte)).collect();
        assert_eq!(all(is_code), codes);
    }
}
