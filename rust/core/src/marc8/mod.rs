//! MARC-8 to Unicode, and back.
//!
//! MARC-8 keeps two graphic sets at hand, G0 for bytes below 0x80 and G1 for those above, and
//! changes them with escape sequences. Combining characters come before their base; Unicode wants
//! them after. EACC (Chinese, Japanese, Korean) takes three bytes to a character, all other sets
//! one.
//!
//! Source: MARC 21 specification, character sets, MARC-8 environment
//! (<https://www.loc.gov/marc/specifications/speccharmarc8.html>).

mod decoder;
mod encoder;
mod record;
mod reverse;
#[rustfmt::skip]
mod tables;
#[cfg(test)]
mod encoder_tests;
#[cfg(test)]
mod tests;

use std::fmt;

pub use decoder::decode_into;
pub(crate) use decoder::decode_whole;
pub use encoder::{Encoder, NotKept, encode_into};
pub use record::{Records, record_to_marc8};

/// Designation of Basic Latin (ASCII), the G0 set that a string starts with.
pub const BASIC_LATIN: u8 = 0x42;
/// Designation of Extended Latin (ANSEL), the G1 set that a string starts with.
pub const ANSEL: u8 = 0x45;
/// Designation of East Asian characters, the one set with three bytes to a character.
pub const EACC: u8 = 0x31;

/// The designations in force. One that names no set is possible: its codes have no character.
///
/// ```
/// assert_eq!(mrrc_core::marc8::CharacterSets::default().g0, mrrc_core::marc8::BASIC_LATIN);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CharacterSets {
    /// The set of the bytes below 0x80, and of 0x80.
    pub g0: u8,
    /// The set of the bytes above 0x80.
    pub g1: u8,
}

impl Default for CharacterSets {
    fn default() -> Self {
        Self {
            g0: BASIC_LATIN,
            g1: ANSEL,
        }
    }
}

/// Why a string cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Marc8Error {
    /// The string ends within an escape sequence, or with one that must have a code after it.
    EscapeCutOff {
        /// Bytes from the start of the string to the escape character.
        offset: usize,
    },
}

impl fmt::Display for Marc8Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EscapeCutOff { offset } => {
                write!(
                    formatter,
                    "MARC-8 escape sequence at offset {offset} is cut off"
                )
            }
        }
    }
}

impl std::error::Error for Marc8Error {}

/// What has no character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// A byte of a single-byte set.
    UnknownByte(u8),
    /// Three bytes of EACC, the first one the highest.
    UnknownSequence(u32),
    /// The string ends within the three bytes, of which this many are there.
    SequenceCutOff(u8),
}

/// One place without a character, where the text has a blank instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// What has no character.
    pub kind: NoteKind,
    /// Bytes from the start of the string.
    pub offset: usize,
    /// The sets in force there.
    pub sets: CharacterSets,
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, offset, sets } = self;
        match kind {
            NoteKind::UnknownByte(byte) => write!(
                formatter,
                "MARC-8 byte 0x{byte:02X} at offset {offset} has no character in the sets in force"
            )?,
            NoteKind::UnknownSequence(code) => write!(
                formatter,
                "MARC-8 sequence 0x{code:06X} at offset {offset} has no character in the sets \
                 in force"
            )?,
            NoteKind::SequenceCutOff(present) => write!(
                formatter,
                "MARC-8 sequence at offset {offset} is cut off: {present} of its 3 bytes are there"
            )?,
        }
        write!(formatter, " (G0 0x{:02X}, G1 0x{:02X})", sets.g0, sets.g1)
    }
}

/// A set with one byte to a character, all of whose codes agree in their high bit.
struct SingleByteSet {
    high_bit: u8,
    /// One bit for each low seven bits of a code.
    combining: u128,
    /// The characters by the low seven bits of their codes; 0 for none.
    characters: [u16; 128],
}

impl SingleByteSet {
    /// The character of a byte, and whether it is combining.
    fn character(&self, byte: u8) -> Option<(char, bool)> {
        let low = byte & 0x7F;
        if byte & 0x80 != self.high_bit {
            return None;
        }
        let code_point = *self.characters.get(usize::from(low))?;
        let character = non_zero_character(code_point)?;
        Some((character, (self.combining >> low) & 1 == 1))
    }
}

/// The character of a sequence of EACC; none of them is combining.
fn eacc_character(code: [u8; 3]) -> Option<char> {
    let [first, second, third] = code;
    let plane = *tables::EACC_PLANES.get(usize::from(first))?;
    if second >= 0x80 {
        return None;
    }
    let row = *tables::EACC_ROWS.get(usize::from(plane) << 7 | usize::from(second))?;
    let [start_high, start_low, first_third, length] = row.to_be_bytes();
    let column = third.checked_sub(first_third)?;
    if column >= length {
        return None;
    }
    let start = usize::from(u16::from_be_bytes([start_high, start_low]));
    non_zero_character(*tables::EACC_CHARACTERS.get(start + usize::from(column))?)
}

/// The character of a code that no table has but that is met with.
fn odd_character(code: [u8; 3]) -> Option<char> {
    let [first, second, third] = code;
    tables::odd_character(u32::from_be_bytes([0, first, second, third]))
}

/// Whether the code is a control character, which does not reach the text.
const fn is_dropped(code: u32) -> bool {
    code < 0x20 || (code > 0x80 && code < 0xA0)
}

/// Whether a string ends with a part of an escape sequence, and nothing else. A short sequence
/// counts as a part: it has no meaning without a code.
fn is_short_or_partial_escape(rest: &[u8]) -> bool {
    match rest {
        [0x1B] | [0x1B, b'(' | b',' | b'$' | b')' | b'-'] | [0x1B, b'$', b','] => true,
        [0x1B, form] => is_designation(*form),
        _ => false,
    }
}

fn is_designation(byte: u8) -> bool {
    byte == EACC || tables::single_byte_set(byte).is_some()
}

fn non_zero_character(code_point: u16) -> Option<char> {
    if code_point == 0 {
        return None;
    }
    char::from_u32(u32::from(code_point))
}
