//! A record of another encoding as the equivalent record in UTF-8.
//!
//! The tags stay, so the directory keeps its size and the base address of data its value: the
//! result is the record with other data, and with other numbers in the directory.

use memchr::memchr;

use crate::digits::{entry_numbers, five_digits};
use crate::field::subfields;
use crate::marc8;
use crate::plain::{length_and_offset, plain_base_address};
use crate::serialise::has_delimiter;
use crate::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, MAX_FIELD_LENGTH, MAX_RECORD_LENGTH,
    SUBFIELD_DELIMITER, is_control_tag,
};

/// Turns the texts of a record into UTF-8.
pub trait TextDecoder {
    /// Whether a text of blanks and graphic characters of ASCII is its own translation.
    const KEEPS_ASCII: bool;

    /// Appends the text of a variable control field to `out`; `None` if it cannot be decoded.
    fn control_field(&mut self, data: &[u8], out: &mut String) -> Option<()>;

    /// Appends the text of a subfield's value to `out`; `None` if it cannot be decoded.
    fn subfield(&mut self, data: &[u8], out: &mut String) -> Option<()>;
}

/// MARC-8 as pymarc reads it: control fields in Latin-1, every subfield starting in ASCII.
#[derive(Debug, Default)]
pub struct Marc8;

impl TextDecoder for Marc8 {
    const KEEPS_ASCII: bool = true;

    fn control_field(&mut self, data: &[u8], out: &mut String) -> Option<()> {
        out.extend(data.iter().map(|&byte| char::from(byte)));
        Some(())
    }

    fn subfield(&mut self, data: &[u8], out: &mut String) -> Option<()> {
        marc8::decode_whole(data, out)
    }
}

/// Rebuilds a record of plain structure in UTF-8, as pymarc writes what it reads of it.
///
/// `None` when the structure is not plain, a text cannot be decoded without a remark, or the
/// result would not fit the structure: then the record is a matter for the reference decoder.
pub fn to_utf8<D: TextDecoder>(raw: &[u8], decoder: &mut D) -> Option<Vec<u8>> {
    let base = plain_base_address(raw)?;
    let (head, data) = raw.split_at_checked(base)?;
    let directory = head.get(LEADER_LENGTH..)?;
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 8 + 16);
    out.extend_from_slice(head);
    *out.get_mut(9)? = b'a';
    // Most fields are ASCII. They are copied together, up to the next one that is not.
    let mut copied = 0;
    let mut next_odd = odd_offset::<D>(data, 0);
    let mut end = 0;
    let mut text = String::new();
    for (index, entry) in directory.chunks_exact(DIRECTORY_ENTRY_LENGTH).enumerate() {
        let start = end;
        let &[t0, t1, t2, numbers @ ..] = entry.first_chunk::<DIRECTORY_ENTRY_LENGTH>()?;
        end += length_and_offset(numbers)?.0;
        let is_control_field = is_control_tag([t0, t1, t2]);
        if next_odd >= end && !is_control_field && copied == 0 {
            continue;
        }
        let field = data.get(start..end)?;
        // What becomes a subfield delimiter would change the record's structure.
        if is_control_field && memchr(SUBFIELD_DELIMITER, field).is_some() {
            return None;
        }
        let new_start = out.len() + (start - copied) - base;
        if next_odd < end {
            out.extend_from_slice(data.get(copied..start)?);
            if is_control_field {
                let (_, content) = field.split_last()?;
                add_text(&mut out, &mut text, |text| {
                    decoder.control_field(content, text)
                })?;
            } else {
                out.extend_from_slice(field.get(..2)?);
                for (code, value) in subfields(field) {
                    out.extend_from_slice(&[SUBFIELD_DELIMITER, code]);
                    if odd_offset::<D>(value, 0) == value.len() {
                        out.extend_from_slice(value);
                    } else {
                        add_text(&mut out, &mut text, |text| decoder.subfield(value, text))?;
                    }
                }
            }
            out.push(FIELD_TERMINATOR);
            copied = end;
            next_odd = odd_offset::<D>(data, end);
        }
        if copied > 0 {
            let new_end = out.len() + (end - copied) - base;
            write_numbers(&mut out, index, new_start, new_end)?;
        }
    }
    out.extend_from_slice(data.get(copied..)?);
    if out.len() != raw.len() {
        let length = out.len();
        if length > MAX_RECORD_LENGTH {
            return None;
        }
        out.first_chunk_mut().map(|to| *to = five_digits(length))?;
    }
    Some(out)
}

fn add_text(
    out: &mut Vec<u8>,
    text: &mut String,
    decode: impl FnOnce(&mut String) -> Option<()>,
) -> Option<()> {
    text.clear();
    decode(text)?;
    // A codec may bring forth a byte that would change the record's structure.
    if has_delimiter(text.as_bytes()) {
        return None;
    }
    out.extend_from_slice(text.as_bytes());
    Some(())
}

/// The offset of the first byte from `start` on that has to be decoded, or the length of `data`.
fn odd_offset<D: TextDecoder>(data: &[u8], start: usize) -> usize {
    /// How many bytes are looked at together; without a branch that makes vector instructions.
    const BLOCK: usize = 32;
    if !D::KEEPS_ASCII {
        return start;
    }
    // Field terminator, subfield delimiter, blank and graphic characters are neighbours.
    let is_odd = |byte: u8| byte.wrapping_sub(FIELD_TERMINATOR) > b'~' - FIELD_TERMINATOR;
    let rest = data.get(start..).unwrap_or_default();
    let mut length = 0;
    for block in rest.chunks_exact(BLOCK) {
        if block.iter().fold(false, |odd, &byte| odd | is_odd(byte)) {
            break;
        }
        length += BLOCK;
    }
    let rest = rest.get(length..).unwrap_or_default();
    let in_rest = rest.iter().position(|&byte| is_odd(byte));
    start + length + in_rest.unwrap_or(rest.len())
}

/// Writes the numbers of a directory entry for a field at these offsets from the base address.
fn write_numbers(record: &mut [u8], index: usize, start: usize, end: usize) -> Option<()> {
    let length = end - start;
    if length > MAX_FIELD_LENGTH || start > MAX_RECORD_LENGTH {
        return None;
    }
    let place = LEADER_LENGTH + index * DIRECTORY_ENTRY_LENGTH + 3;
    *record.get_mut(place..)?.first_chunk_mut()? = entry_numbers(length, start);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serialise::RecordBuilder;
    use crate::view::RecordView;

    const RAW: &[u8] =
        b"00064nam  2200049 a 4500001000400000245001000004\x1eid\xe9\x1e10\x1fax\xe2e\x1fb\x1e\x1d";

    #[test]
    fn transcodes_marc8() {
        let utf8 = to_utf8(RAW, &mut Marc8).unwrap();
        let expected = "00065nam a2200049 a 4500001000500000245001000005\x1eid\u{e9}\x1e10\x1fax\u{e9}\x1fb\x1e\x1d";
        assert_eq!(String::from_utf8(utf8).unwrap(), expected);
        assert!(crate::plain::is_plain(expected.as_bytes()));
    }

    #[test]
    fn leaves_remarks_to_the_reference_decoder() {
        // The last one is a combining character that nothing follows.
        for (offset, byte) in [(57, 0x80), (57, 0xFF), (59, 0xE2)] {
            let mut raw = RAW.to_vec();
            raw[offset] = byte;
            assert_eq!(to_utf8(&raw, &mut Marc8), None);
        }
        assert_eq!(to_utf8(b"", &mut Marc8), None);
    }

    /// What `to_utf8` should give, made text by text.
    fn to_utf8_one_by_one(raw: &[u8]) -> Option<Vec<u8>> {
        plain_base_address(raw)?;
        let mut builder = RecordBuilder::default();
        let add = |builder: &mut RecordBuilder, text: &str| {
            let whole = !text.contains(['\x1d', '\x1e', '\x1f']);
            builder.data().extend_from_slice(text.as_bytes());
            whole.then_some(())
        };
        for entry in RecordView::new(raw)?.entries().flatten() {
            let mut text = String::new();
            if entry.is_control_field() {
                Marc8.control_field(entry.content(), &mut text)?;
                add(&mut builder, &text)?;
            } else {
                builder.data().extend_from_slice(&entry.data[..2]);
                for (code, value) in subfields(entry.data) {
                    builder
                        .data()
                        .extend_from_slice(&[SUBFIELD_DELIMITER, code]);
                    text.clear();
                    Marc8.subfield(value, &mut text)?;
                    add(&mut builder, &text)?;
                }
            }
            builder.end_field(entry.tag).ok()?;
        }
        let mut head: [u8; 7] = raw[5..12].try_into().unwrap();
        head[4] = b'a';
        builder.finish(&head, &raw[17..24]).ok()
    }

    #[test]
    fn gives_what_its_twin_gives() {
        let pieces: [&[u8]; 13] = [
            b"",
            b"a plain text that is longer than a block is",
            b"x",
            b"caf\xe2e",
            b"\xe8o\xe8u",
            b"\xb5",
            b"\x1b(N\x41\x1b(B",
            b"\x1b$1\x21\x30\x21\x1b(B",
            b"~",
            b" ",
            b"\t",
            b"\x7f",
            b"\xe2",
        ];
        let mut state: u64 = 1;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut whole = 0;
        for round in 0..4_000 {
            let mut builder = RecordBuilder::default();
            // The last pieces make most records a matter for the reference decoder.
            let choice = pieces.len() - [3, 3, 3, 0][round % 4];
            for _ in 0..=next(8) {
                let tag = [*b"001", *b"245", *b"880"][next(3)];
                let fields = if tag == *b"001" { 0 } else { next(5) };
                if tag != *b"001" {
                    builder.data().extend_from_slice(b"1 ");
                }
                for index in 0..=fields {
                    if index > 0 {
                        builder.data().extend_from_slice(b"\x1fa");
                    }
                    for _ in 0..next(4) {
                        if index > 0 || tag == *b"001" {
                            builder.data().extend_from_slice(pieces[next(choice)]);
                        }
                    }
                }
                if tag == *b"001" && next(20) == 0 {
                    builder.data().extend_from_slice(b"\x1fa");
                }
                builder.end_field(tag).unwrap();
            }
            let raw = builder.finish(b"nam  22", b" a 4500").unwrap();
            let expected = to_utf8_one_by_one(&raw);
            whole += usize::from(expected.is_some());
            assert_eq!(to_utf8(&raw, &mut Marc8), expected);
        }
        assert!((2_000..3_800).contains(&whole), "{whole}");
    }

    #[test]
    fn refuses_what_does_not_fit() {
        // One byte becomes two; the field has its terminator, indicators, delimiter and code.
        for (count, fits) in [(4_997, true), (4_998, false)] {
            let mut builder = RecordBuilder::default();
            builder.data().extend_from_slice(b"10\x1fa");
            builder.data().resize(4 + count, 0xB5);
            builder.end_field(*b"245").unwrap();
            let raw = builder.finish(b"nam  22", b" a 4500").unwrap();
            assert_eq!(to_utf8(&raw, &mut Marc8), to_utf8_one_by_one(&raw));
            assert_eq!(to_utf8(&raw, &mut Marc8).is_some(), fits);
        }
        for (last, fits) in [(4_991, true), (4_992, false)] {
            let mut builder = RecordBuilder::default();
            for count in [[4_990; 9].as_slice(), &[last]].concat() {
                builder.data().extend_from_slice(b"10\x1fa");
                let end = builder.data().len() + count;
                builder.data().resize(end, 0xB5);
                builder.end_field(*b"245").unwrap();
            }
            let raw = builder.finish(b"nam  22", b" a 4500").unwrap();
            assert_eq!(to_utf8(&raw, &mut Marc8), to_utf8_one_by_one(&raw));
            assert_eq!(to_utf8(&raw, &mut Marc8).is_some(), fits);
        }
    }
}
