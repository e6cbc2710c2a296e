//! One variable data field as bytes: from its first indicator to its field terminator.

use memchr::memchr;
use smallvec::SmallVec;

use crate::SUBFIELD_DELIMITER;

/// The subfields of a plain variable data field, each as code and value.
#[must_use]
pub fn subfields(data: &[u8]) -> Subfields<'_> {
    // Two indicators, a delimiter, a code and the terminator make the shortest with a subfield.
    let rest = match data {
        [_, _, SUBFIELD_DELIMITER, rest @ .., _] => rest,
        _ => &[],
    };
    Subfields { rest }
}

/// Iterator over the subfields of a field; made by [`subfields`].
#[derive(Debug, Clone)]
pub struct Subfields<'a> {
    /// From a code on, without the delimiter before it.
    rest: &'a [u8],
}

impl<'a> Iterator for Subfields<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&code, text) = self.rest.split_first()?;
        let length = memchr(SUBFIELD_DELIMITER, text).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(length)?;
        self.rest = rest.get(1..).unwrap_or_default();
        Some((code, value))
    }
}

/// The value of the first subfield with this code.
#[must_use]
pub fn first_value(data: &[u8], code: u8) -> Option<&[u8]> {
    subfields(data).find_map(|(candidate, value)| (candidate == code).then_some(value))
}

/// Where the subfields of a field begin, and what kind of text they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Offsets of the subfield delimiters, from the start of the field.
    pub delimiters: SmallVec<[usize; 16]>,
    /// Whether there is nothing but ASCII in the field.
    pub ascii: bool,
}

const EACH: u64 = u64::from_ne_bytes([1; 8]);
const HIGH_BITS: u64 = EACH << 7;

/// Finds the subfield delimiters of a field and whether it is ASCII, in one pass.
///
/// Most subfields are shorter than what a search with vector instructions needs to get going.
#[must_use]
pub fn outline(data: &[u8]) -> Outline {
    let mut delimiters = SmallVec::new();
    let mut seen = 0_u64;
    let words = data.chunks_exact(8);
    let rest = words.remainder();
    for (index, word) in words.enumerate() {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        seen |= word;
        // A byte that equals the delimiter is zero now; adding 0x7F sets the high bit of others.
        let different = word ^ (EACH * u64::from(SUBFIELD_DELIMITER));
        let nonzero = ((different & !HIGH_BITS) + !HIGH_BITS) | different;
        let mut found = !nonzero & HIGH_BITS;
        while found != 0 {
            delimiters.push(index * 8 + found.trailing_zeros() as usize / 8);
            found &= found - 1;
        }
    }
    let start = data.len() - rest.len();
    for (index, &byte) in rest.iter().enumerate() {
        seen |= u64::from(byte);
        if byte == SUBFIELD_DELIMITER {
            delimiters.push(start + index);
        }
    }
    Outline {
        delimiters,
        ascii: seen & HIGH_BITS == 0,
    }
}

/// Text of a field, short enough for the stack most of the time.
pub type Buffer = SmallVec<[u8; 256]>;

/// The values of all subfields, each stripped of white space as Python does it, joined by a blank.
#[must_use]
pub fn joined_values(data: &[u8]) -> Buffer {
    let mut text = Buffer::new();
    let mut first = true;
    for (_, value) in subfields(data) {
        if !first {
            text.push(b' ');
        }
        first = false;
        text.extend_from_slice(strip(value));
    }
    text
}

/// Strips white space from both ends, by the rule of Python's `str.strip`.
#[must_use]
pub fn strip(value: &[u8]) -> &[u8] {
    let is_ascii_end = |byte: Option<&u8>| byte.is_none_or(|byte| (0x21..0x7F).contains(byte));
    if is_ascii_end(value.first()) && is_ascii_end(value.last()) {
        return value;
    }
    match std::str::from_utf8(value) {
        Ok(text) => text.trim_matches(is_python_space).as_bytes(),
        Err(_) => value,
    }
}

/// White space in Python's sense: Unicode's, and the four information separators.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_into_subfields() {
        let all: Vec<_> = subfields(b"10\x1fax\x1fb\x1fcyz\x1e").collect();
        assert_eq!(all, [(b'a', &b"x"[..]), (b'b', b""), (b'c', b"yz")]);
        assert_eq!(subfields(b"10\x1e").count(), 0);
        assert_eq!(subfields(b"").count(), 0);
        assert_eq!(subfields(b"10\x1f\x1e").count(), 0);
    }

    #[test]
    fn outlines_what_the_iterator_finds() {
        for data in [
            "10\x1faone\x1fbtwo and three\x1fc\x1fd\x1e".as_bytes(),
            "10\x1faone\x1fb\u{9f}\u{3000}\x1fx\u{1f600}\x1e".as_bytes(),
            b"10\x1e",
            b"",
            &[SUBFIELD_DELIMITER; 21],
            b"\x1e\x20\x1f\x9f\xa0\x1f\x1e\x20\x1f\x00\x01\x1f\x80\xff\x1f\x1f\x1e",
        ] {
            for start in 0..data.len() {
                let part = &data[start..];
                let expected: Vec<_> = (0..part.len())
                    .filter(|&index| part[index] == SUBFIELD_DELIMITER)
                    .collect();
                let outline = outline(part);
                assert_eq!(outline.delimiters.as_slice(), expected);
                assert_eq!(outline.ascii, part.is_ascii());
            }
        }
    }

    #[test]
    fn finds_the_first_of_a_code() {
        assert_eq!(
            first_value(b"10\x1faone\x1fatwo\x1e", b'a'),
            Some(&b"one"[..])
        );
        assert_eq!(first_value(b"10\x1faone\x1e", b'o'), None);
    }

    #[test]
    fn joins_stripped_values() {
        let joined = joined_values("10\x1fa x \x1fb\u{3000}\u{e9}\x1c\x1fc\x1e".as_bytes());
        assert_eq!(joined.as_slice(), "x \u{e9} ".as_bytes());
        assert_eq!(strip("\u{85}\u{a0}x\u{2003}".as_bytes()), b"x");
        assert_eq!(strip("\u{200b}x".as_bytes()), "\u{200b}x".as_bytes());
    }
}
