//! Which records may stay bytes.
//!
//! A record is *plain* when pymarc reads it without a warning, log record or exception and writes
//! the same bytes again. The eight rules stand in the Python twin, `mrrc/_pure/plain.py`; the
//! numbers in the comments below are theirs.

use crate::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, RECORD_TERMINATOR, SUBFIELD_DELIMITER,
    is_control_tag, parse_digits,
};

/// Leader, one directory entry and the three terminators around an empty control field.
const MINIMUM_LENGTH: usize = LEADER_LENGTH + DIRECTORY_ENTRY_LENGTH + 3;

/// Whether the record in `raw`, leader to record terminator, may stay bytes.
#[must_use]
pub fn is_plain(raw: &[u8]) -> bool {
    raw.get(9) == Some(&b'a')
        && plain_base_address(raw)
            .and_then(|base| raw.get(base..))
            .is_some_and(|data| simdutf8::basic::from_utf8(data).is_ok())
}

/// Whether leader, tags and subfield codes of a plain record are what they should be: graphic
/// characters of ASCII or blanks, letters and digits, graphic characters.
#[must_use]
pub fn is_regular(plain: &[u8]) -> bool {
    let Some((leader, rest)) = plain.split_at_checked(LEADER_LENGTH) else {
        return false;
    };
    let base = plain.get(12..17).and_then(parse_digits).unwrap_or(0);
    let directory = plain.get(LEADER_LENGTH..base.saturating_sub(1));
    let tags_are_regular = || {
        directory
            .unwrap_or_default()
            .chunks_exact(DIRECTORY_ENTRY_LENGTH)
            .all(|entry| entry.iter().take(3).all(u8::is_ascii_alphanumeric))
    };
    leader.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && tags_are_regular()
        && codes_are_graphic(rest)
}

/// Whether no blank or control character follows a subfield delimiter.
#[must_use]
pub fn codes_are_graphic(data: &[u8]) -> bool {
    // Without a branch, so that it compiles to vector instructions.
    let bad =
        data.iter()
            .zip(data.get(1..).unwrap_or_default())
            .fold(0, |bad: u8, (&byte, &code)| {
                let not_graphic = u8::from(code <= b' ') | u8::from(code == 0x7F);
                bad | (u8::from(byte == SUBFIELD_DELIMITER) & not_graphic)
            });
    bad == 0
}

/// Checks rules 1 to 7, save for the value of byte 9, and gives the base address of data.
#[must_use]
pub fn plain_base_address(raw: &[u8]) -> Option<usize> {
    // 1
    let (&last, body) = raw.split_last()?;
    if raw.len() < MINIMUM_LENGTH || last != RECORD_TERMINATOR {
        return None;
    }
    if parse_digits(raw.get(..5)?)? != raw.len() {
        return None;
    }
    // 3
    let base = parse_digits(raw.get(12..17)?)?;
    let directory_end = base.checked_sub(1)?;
    let directory = body.get(LEADER_LENGTH..directory_end)?;
    if directory.is_empty()
        || directory.len() % DIRECTORY_ENTRY_LENGTH != 0
        || body.get(directory_end) != Some(&FIELD_TERMINATOR)
    {
        return None;
    }
    // 2
    let leader = raw.first_chunk::<LEADER_LENGTH>()?;
    if leader.iter().fold(0, |all, byte| all | byte) >= 0x80 {
        return None;
    }
    let data = body.get(base..)?;
    let mut end = 0;
    // What is wrong with tags and numbers is gathered, and looked at once.
    let mut bad = 0;
    for entry in directory.chunks_exact(DIRECTORY_ENTRY_LENGTH) {
        // 4
        let &[t0, t1, t2, numbers @ ..] = entry.first_chunk::<DIRECTORY_ENTRY_LENGTH>()?;
        let tag = u32::from_le_bytes([t0, t1, t2, 0]);
        let (length, offset, bad_digits) = join_digits(numbers);
        bad |= bad_digits | u64::from(tag & 0x80_8080) | (offset ^ end) as u64;
        let field = data.get(end..end + length)?;
        end += length;
        // 5, 6 and 7, what can be seen of them at the ends of a field
        match field {
            [.., FIELD_TERMINATOR] if is_control_tag([t0, t1, t2]) => {}
            [0x20..=0x7F, 0x20..=0x7F, FIELD_TERMINATOR]
            | [
                0x20..=0x7F,
                0x20..=0x7F,
                SUBFIELD_DELIMITER,
                ..,
                FIELD_TERMINATOR,
            ] => {}
            _ => return None,
        }
    }
    let count = directory.len() / DIRECTORY_ENTRY_LENGTH;
    (bad == 0 && end == data.len() && delimiters_are_plain(data, count)).then_some(base)
}

/// How many bytes `delimiters_are_plain` looks at together.
const BLOCK: usize = 64;

/// The rest of rules 5 and 7: `count` field terminators, no record terminator, and after every
/// subfield delimiter a code that is ASCII and no delimiter itself.
fn delimiters_are_plain(data: &[u8], count: usize) -> bool {
    let mut terminators = 0;
    let mut bad = 0;
    let mut rest = data;
    // Each block comes with the byte behind it.
    while let (Some(block), Some(followers)) = (
        rest.first_chunk::<BLOCK>(),
        rest.get(1..).and_then(<[u8]>::first_chunk::<BLOCK>),
    ) {
        let (found, bad_ones) = look_at(block, followers);
        terminators += found;
        bad |= bad_ones;
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
    // What is left is filled up with bytes that mean nothing.
    let mut last = [0; BLOCK + 1];
    if let Some(start) = last.get_mut(..rest.len()) {
        start.copy_from_slice(rest);
    }
    if let (Some(block), Some(followers)) = (last.first_chunk(), last.last_chunk()) {
        let (found, bad_ones) = look_at(block, followers);
        terminators += found;
        bad |= bad_ones;
    }
    bad == 0 && terminators == count
}

/// The number of field terminators in a block, and other than 0 for a record terminator or a bad
/// code.
#[inline(always)]
fn look_at(block: &[u8; BLOCK], followers: &[u8; BLOCK]) -> (usize, u8) {
    // Without branches and with a counter of one byte it compiles to vector instructions.
    let mut found: u8 = 0;
    let mut bad = 0;
    for (&byte, &follower) in block.iter().zip(followers) {
        found += u8::from(byte == FIELD_TERMINATOR);
        let bad_code = u8::from(follower >= 0x80) | u8::from(follower.wrapping_sub(0x1D) < 3);
        bad |= u8::from(byte == RECORD_TERMINATOR);
        bad |= u8::from(byte == SUBFIELD_DELIMITER) & bad_code;
    }
    (usize::from(found), bad)
}

/// Reads the four digits of a field's length and the five of its offset.
#[inline(always)]
pub(crate) fn length_and_offset(numbers: [u8; 9]) -> Option<(usize, usize)> {
    let (length, offset, bad) = join_digits(numbers);
    (bad == 0).then_some((length, offset))
}

/// Does as `length_and_offset`; the third number is other than 0 when not all are digits.
///
/// Eight of them are handled as the bytes of one integer: nineteen entries make a record, and
/// digit by digit this was half of the time that the whole check took.
#[inline(always)]
fn join_digits(numbers: [u8; 9]) -> (usize, usize, u64) {
    let [first_eight @ .., last] = numbers;
    let last = last.wrapping_sub(b'0');
    let digits = u64::from_le_bytes(first_eight);
    // A digit is a byte whose high half is 3, also after 6 has been added to it.
    let high_halves = |bytes: u64| bytes & 0xF0F0_F0F0_F0F0_F0F0;
    let both = high_halves(digits) | high_halves(digits.wrapping_add(0x0606_0606_0606_0606)) >> 4;
    // From 10 on the sum has a bit above the lowest seven.
    let bad_last = (u64::from(last) + 0x76) & 0x180;
    let bad = (both ^ 0x3333_3333_3333_3333) | bad_last;
    // Neighbours are joined: digits to pairs, then pairs to groups of four.
    let pairs =
        ((digits & 0x0F0F_0F0F_0F0F_0F0F).wrapping_mul(10 << 8 | 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let groups = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    let length = (groups & 0xFFFF) as usize;
    let offset = (groups >> 32) as usize * 10 + usize::from(last);
    (length, offset, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&[u8; 3], &[u8])]) -> Vec<u8> {
        let mut directory = Vec::new();
        let mut data = Vec::new();
        for (tag, content) in fields {
            directory.extend_from_slice(*tag);
            directory
                .extend_from_slice(format!("{:04}{:05}", content.len() + 1, data.len()).as_bytes());
            data.extend_from_slice(content);
            data.push(FIELD_TERMINATOR);
        }
        let base = 24 + directory.len() + 1;
        let length = base + data.len() + 1;
        let mut raw = format!("{length:05}nam a22{base:05} a 4500").into_bytes();
        raw.extend_from_slice(&directory);
        raw.push(FIELD_TERMINATOR);
        raw.extend_from_slice(&data);
        raw.push(RECORD_TERMINATOR);
        raw
    }

    /// Rule 5 and 7 byte by byte, the twin of the vectorised loop.
    fn delimiters_are_plain_one_by_one(data: &[u8], count: usize) -> bool {
        let terminators = data
            .iter()
            .filter(|&&byte| byte == FIELD_TERMINATOR)
            .count();
        let codes = data.windows(2).all(|pair| {
            pair[0] != SUBFIELD_DELIMITER || (pair[1] < 0x80 && !(0x1D..=0x1F).contains(&pair[1]))
        });
        terminators == count && codes && !data.contains(&RECORD_TERMINATOR)
    }

    #[test]
    fn accepts_what_is_plain() {
        assert!(is_plain(&record(&[(b"001", b"id1")])));
        assert!(is_plain(&record(&[(b"001", b"")])));
        assert!(is_plain(&record(&[(b"245", b"10"), (b"650", b" 0\x1fa")])));
        assert!(is_plain(&record(&[(
            b"245",
            "10\x1fa\u{e9}\x1fb\u{65e5}".as_bytes()
        )])));
        assert!(is_plain(&record(&[
            (b"00A", b"10\x1fax"),
            (b"001", b"late")
        ])));
    }

    #[test]
    fn tells_regular_from_odd() {
        assert!(is_regular(&record(&[
            (b"001", b"id"),
            (b"24A", b"1 \x1fax\x1f0y")
        ])));
        for (tag, content) in [
            (b"24?", b"10\x1fax"),
            (b"2 5", b"10\x1fax"),
            (b"\x1e45", b"10\x1fax"),
            (b"245", b"10\x1f x"),
            (b"245", b"10\x1f\x7fx"),
            (b"245", b"10\x1f\x00x"),
        ] {
            let odd = record(&[(b"001", b"id"), (tag, content)]);
            assert!(is_plain(&odd) && !is_regular(&odd), "{tag:?} {content:?}");
        }
        let mut odd = record(&[(b"001", b"id")]);
        odd[6] = 0x07;
        assert!(is_plain(&odd) && !is_regular(&odd));
    }

    #[test]
    fn refuses_what_is_not() {
        let bad: [&[u8]; 10] = [
            b"1",
            b"",
            b"10x",
            b"10\x1f",
            b"10\x1f\x1fa",
            b"10\x1fa\x1d",
            b"10\x1fa\x1ex",
            b"10\x1f\xc3\xa9",
            b"\x1f0\x1fa",
            b"10\x1fa\xff",
        ];
        for content in bad {
            assert!(!is_plain(&record(&[(b"245", content)])), "{content:?}");
        }
        assert!(!is_plain(b""));
        let good = record(&[(b"001", b"id1"), (b"245", b"10\x1fax")]);
        for index in 0..good.len() {
            assert!(!is_plain(&good[..index]));
        }
    }

    #[test]
    fn every_structural_byte_matters() {
        let good = record(&[(b"001", b"id1"), (b"245", b"10\x1fax")]);
        for index in (0..5).chain(12..17).chain(27..36).chain(39..49) {
            for byte in 0..=255_u8 {
                let mut bad = good.clone();
                bad[index] = byte;
                assert_eq!(
                    is_plain(&bad),
                    byte == good[index],
                    "byte {index} as {byte}"
                );
            }
        }
    }

    #[test]
    fn joined_digits_equal_parsed_ones() {
        for number in (0..1_000_000_000)
            .step_by(7_919)
            .chain([1, 9, 10, 999_999_999])
        {
            let text = format!("{number:09}");
            let parsed = (number / 100_000, number % 100_000);
            assert_eq!(
                length_and_offset(*text.as_bytes().first_chunk().unwrap()),
                Some(parsed)
            );
        }
        for index in 0..9 {
            for byte in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
                let mut bad = *b"012345678";
                bad[index] = byte;
                assert_eq!(length_and_offset(bad), None, "{bad:?}");
            }
        }
    }

    #[test]
    fn vectorised_loop_equals_its_twin() {
        let mut state: u32 = 1;
        for round in 0..20_000 {
            let mut data = Vec::new();
            for _ in 0..round % 600 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let byte = (state >> 24) as u8;
                data.push(if byte < 6 { 0x1C + byte % 4 } else { byte });
            }
            data.push(FIELD_TERMINATOR);
            let count = data
                .iter()
                .filter(|&&byte| byte == FIELD_TERMINATOR)
                .count();
            for count in [count, count + 1] {
                assert_eq!(
                    delimiters_are_plain(&data, count),
                    delimiters_are_plain_one_by_one(&data, count)
                );
            }
        }
    }
}
