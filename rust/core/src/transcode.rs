//! A record of another encoding as the equivalent record in UTF-8.

use memchr::memchr3;

use crate::field::subfields;
use crate::marc8;
use crate::plain::plain_base_address;
use crate::serialise::RecordBuilder;
use crate::view::RecordView;

/// Turns the texts of a record into UTF-8.
pub trait TextDecoder {
    /// Appends the text of a variable control field to `out`; `None` if it cannot be decoded.
    fn control_field(&mut self, data: &[u8], out: &mut String) -> Option<()>;

    /// Appends the text of a subfield's value to `out`; `None` if it cannot be decoded.
    fn subfield(&mut self, data: &[u8], out: &mut String) -> Option<()>;
}

/// MARC-8 as pymarc reads it: control fields in Latin-1, every subfield starting in ASCII.
#[derive(Debug, Default)]
pub struct Marc8;

impl TextDecoder for Marc8 {
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
pub fn to_utf8(raw: &[u8], decoder: &mut impl TextDecoder) -> Option<Vec<u8>> {
    plain_base_address(raw)?;
    let mut builder = RecordBuilder::with_capacity(raw.len() + raw.len() / 4);
    let mut text = String::new();
    for entry in RecordView::new(raw)?.entries() {
        let entry = entry?;
        if entry.is_control_field() {
            add_text(&mut builder, &mut text, |text| {
                decoder.control_field(entry.content(), text)
            })?;
        } else {
            builder.data().extend_from_slice(entry.data.get(..2)?);
            for (code, value) in subfields(entry.data) {
                builder
                    .data()
                    .extend_from_slice(&[crate::SUBFIELD_DELIMITER, code]);
                add_text(&mut builder, &mut text, |text| {
                    decoder.subfield(value, text)
                })?;
            }
        }
        builder.end_field(entry.tag).ok()?;
    }
    let mut head = *raw.get(5..12)?.first_chunk::<7>()?;
    head[4] = b'a';
    builder.finish(&head, raw.get(17..24)?).ok()
}

fn add_text(
    builder: &mut RecordBuilder,
    text: &mut String,
    decode: impl FnOnce(&mut String) -> Option<()>,
) -> Option<()> {
    text.clear();
    decode(text)?;
    // A codec may bring forth a byte that would change the record's structure.
    if memchr3(0x1D, 0x1E, 0x1F, text.as_bytes()).is_some() {
        return None;
    }
    builder.data().extend_from_slice(text.as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
