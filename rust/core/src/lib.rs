//! MARC records over bytes, without Python.
//!
//! A record stays the bytes it was read as. [`plain`] decides whether it may; [`view`] finds its
//! fields by the directory, [`field`] the subfields in one; [`claims`] looks whether its encoding is in
//! doubt; [`transcode`] turns a record of another
//! encoding into the equivalent one in UTF-8; [`serialise`] puts fields back together; [`json`] and
//! [`xml`] write a record in those forms ([`schema`] says what MARCXML allows), [`target`] in any
//! form that a file can have; [`xml_reading`] reads MARCXML, and [`text`] all text formats as they are
//! converted. In damaged data [`scan`] finds the records, and [`salvage`] reads what is left of one.
//! No function panics, whatever bytes it is given.

pub mod claims;
mod digits;
pub mod field;
pub mod json;
pub mod marc8;
pub mod mrk;
pub mod output;
pub mod plain;
pub mod salvage;
pub mod scan;
pub mod schema;
pub mod serialise;
pub mod stream;
pub mod target;
pub mod text;
pub mod transcode;
pub mod view;
pub mod xml;
pub mod xml_reading;

/// No pool has more threads, however many are asked for: more than there are processors only wait.
pub const MOST_THREADS: usize = 256;

/// Length of the leader in bytes.
pub const LEADER_LENGTH: usize = 24;
/// Length of a directory entry in bytes: tag (3), length of field (4), starting position (5).
pub const DIRECTORY_ENTRY_LENGTH: usize = 12;
/// Precedes every subfield code.
pub const SUBFIELD_DELIMITER: u8 = 0x1F;
/// Ends the directory and every variable field.
pub const FIELD_TERMINATOR: u8 = 0x1E;
/// Ends the record.
pub const RECORD_TERMINATOR: u8 = 0x1D;
/// Longest variable field in bytes, terminator included.
pub const MAX_FIELD_LENGTH: usize = 9_999;
/// Longest record in bytes, terminator included.
pub const MAX_RECORD_LENGTH: usize = 99_999;

/// Whether a tag names a variable control field: digits below "010".
#[must_use]
pub fn is_control_tag(tag: [u8; 3]) -> bool {
    matches!(tag, [b'0', b'0', b'0'..=b'9'])
}

/// Reads ASCII digits, nothing else, as a number. At most nine of them.
#[must_use]
pub fn parse_digits(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let mut number = 0;
    for &digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        number = number * 10 + usize::from(value);
    }
    Some(number)
}
