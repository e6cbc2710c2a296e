//! What can be read of one damaged record.
//!
//! The twin of `mrrc/_pure/salvage.py`, which says how. The bytes of a record become a leader,
//! fields, and a list of what is wrong. [`directory`] finds the directory, [`leader`] restores the
//! leader, [`fields`] and [`align`] cut the fields and give them their tags, [`contents`] makes
//! their insides sound.

mod align;
mod contents;
mod directory;
mod fields;
mod leader;
mod problem;

use std::borrow::Cow;

pub use problem::{Code, Problem};

use crate::digits::{entry_numbers, five_digits};
use crate::{
    FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR,
    is_control_tag,
};

/// What is left of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged<'a> {
    /// The leader, in ASCII.
    pub leader: [u8; LEADER_LENGTH],
    /// The fields that have a tag, in the order of the data.
    pub fields: Vec<Field<'a>>,
    /// What was wrong, in the order in which it was found.
    pub problems: Vec<Problem>,
}

/// A field of a damaged record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// The tag, in graphic ASCII characters and blanks.
    pub tag: [u8; 3],
    /// Where the field begins in the record.
    pub offset: usize,
    /// The field without its terminator.
    pub content: Cow<'a, [u8]>,
}

impl Salvaged<'_> {
    /// The record as sound bytes; `None` where ISO 2709 cannot express it.
    #[must_use]
    pub fn sound(&self) -> Option<Vec<u8>> {
        let fields = self.fields.iter();
        build_record(
            &self.leader,
            fields.map(|field| (field.tag.as_slice(), field.content.as_ref())),
        )
    }
}

/// Reads one record as [`crate::scan::next_frame`] found it. Text is not decoded.
#[must_use]
pub fn salvage(raw: &[u8]) -> Salvaged<'_> {
    let mut problems = Vec::new();
    let end = end_of_data(raw);
    let directory = directory::find(raw, end);
    let leader = leader::sound(raw, &directory, &mut problems);
    leader::check_lengths(raw, &directory, &mut problems);
    directory.report(&mut problems);
    let mut fields = fields::cut(raw, &directory, end, &mut problems);
    for field in &mut fields {
        if !field.tag.iter().all(u8::is_ascii_alphanumeric) {
            let length = field.content.len();
            problems.push(
                Problem::new(Code::TagInvalid, field.offset, length)
                    .tag(field.tag)
                    .found(field.tag),
            );
        }
        if is_control_tag(field.tag) {
            contents::check_control_field(field, &mut problems);
        } else {
            contents::check_data_field(field, &mut problems);
        }
        let length = field.content.len() + 1;
        if length > MAX_FIELD_LENGTH {
            problems.push(
                Problem::new(Code::FieldTooLong, field.offset, length - 1)
                    .tag(field.tag)
                    .found(length.to_string()),
            );
        }
    }
    Salvaged {
        leader,
        fields,
        problems,
    }
}

/// Where the data end: before the record terminator, or what stands in its place.
fn end_of_data(raw: &[u8]) -> usize {
    if let [before @ .., RECORD_TERMINATOR] = raw {
        return before.len();
    }
    let is_padding = |byte: &u8| matches!(byte, 0x00 | b'\t' | b'\n' | b'\r' | 0x1A | b' ');
    let kept = raw.iter().rposition(|byte| !is_padding(byte));
    // Blanks may be the end of a text, unless a field terminator stands before them.
    match kept {
        Some(last) if raw.get(last) == Some(&FIELD_TERMINATOR) => last + 1,
        _ => raw.len(),
    }
}

/// ISO 2709 of a leader and of fields, each a tag and bytes without field terminator.
///
/// Record length and base address of data are set. `None` where the structure cannot hold it: no
/// field at all, a field over 9,999 bytes, a record over 99,999.
#[must_use]
pub fn build_record<'a>(
    leader: &[u8],
    fields: impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])>,
) -> Option<Vec<u8>> {
    let mut directory = Vec::with_capacity(fields.len().min(MAX_RECORD_LENGTH) * 12);
    let mut data = Vec::with_capacity(2_048);
    for (tag, content) in fields {
        let length = content.len() + 1;
        if length > MAX_FIELD_LENGTH || data.len() > MAX_RECORD_LENGTH {
            return None;
        }
        directory.extend_from_slice(tag);
        directory.extend_from_slice(&entry_numbers(length, data.len()));
        data.extend_from_slice(content);
        data.push(FIELD_TERMINATOR);
    }
    let base = LEADER_LENGTH + directory.len() + 1;
    let length = base + data.len() + 1;
    if data.is_empty() || length > MAX_RECORD_LENGTH {
        return None;
    }
    let mut record = Vec::with_capacity(length);
    record.extend_from_slice(&five_digits(length));
    record.extend_from_slice(clipped(leader, 5, 12));
    record.extend_from_slice(&five_digits(base));
    record.extend_from_slice(clipped(leader, 17, leader.len()));
    record.extend_from_slice(&directory);
    record.push(FIELD_TERMINATOR);
    record.extend_from_slice(&data);
    record.push(RECORD_TERMINATOR);
    Some(record)
}

/// What there is of these bytes.
fn clipped(bytes: &[u8], start: usize, end: usize) -> &[u8] {
    bytes.get(start..end.min(bytes.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
