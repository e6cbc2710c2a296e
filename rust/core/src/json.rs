//! A plain record as MARC-in-JSON, to the letter as Python's `json.dumps` writes it.
//!
//! The fields of a plain record stand one after another in the order of the directory, each with
//! its terminator. So only the tags are taken from there, and the data are read from front to back
//! in one go: copied up to the next byte that means something, which is one to be escaped, a
//! subfield delimiter or a field terminator.

use crate::output::{Output, below, character_at, equal, from};
use crate::view::RecordView;
use crate::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, SUBFIELD_DELIMITER, is_control_tag,
};

/// Writes the record as a JSON object to the end of `out`; `leader` is the leader to show.
///
/// `compact` leaves out the blanks after commas and colons. Characters outside ASCII are escaped.
/// `None` when the bytes are not those of a plain record.
#[must_use]
pub fn record_as_json(raw: &[u8], leader: &str, compact: bool, out: &mut Output) -> Option<()> {
    if compact {
        write_record::<Compact, true>(raw, leader.as_bytes(), out)
    } else {
        write_record::<Spaced, true>(raw, leader.as_bytes(), out)
    }
}

/// Writes the record as a JSON object without blanks in UTF-8: nothing is escaped that need not be.
///
/// `None` when the bytes are not those of a plain record, or the leader is not in ASCII.
#[must_use]
pub fn record_as_utf8_json(
    raw: &[u8],
    leader: &[u8; LEADER_LENGTH],
    out: &mut Output,
) -> Option<()> {
    if !leader.is_ascii() {
        return None;
    }
    write_record::<Compact, false>(raw, leader, out)
}

/// What stands around the texts. Tag, indicators and code are filled in at their offsets.
trait Punctuation {
    const START: &[u8];
    const FIELDS: &[u8];
    const CONTROL_FIELD: &[u8];
    const END_OF_CONTROL_FIELD: &[u8];
    const DATA_FIELD: &[u8];
    const INDICATORS: [usize; 2];
    const SUBFIELD: &[u8];
    const NEXT_SUBFIELD: &[u8];
    const END_OF_SUBFIELDS: &[u8];
    const END_OF_FIELD: &[u8];
    const COMMA: usize;
}

const TAG: usize = 2;
const CODE: usize = 2;

struct Spaced;

impl Punctuation for Spaced {
    const START: &[u8] = b"{\"leader\": \"";
    const FIELDS: &[u8] = b"\", \"fields\": [";
    const CONTROL_FIELD: &[u8] = b"{\"   \": \"";
    const END_OF_CONTROL_FIELD: &[u8] = b"\"}, ";
    const DATA_FIELD: &[u8] = b"{\"   \": {\"ind1\": \" \", \"ind2\": \" \", \"subfields\": [";
    const INDICATORS: [usize; 2] = [18, 31];
    const SUBFIELD: &[u8] = b"{\" \": \"";
    const NEXT_SUBFIELD: &[u8] = b"\"}, {\" \": \"";
    const END_OF_SUBFIELDS: &[u8] = b"\"}]}}, ";
    const END_OF_FIELD: &[u8] = b"]}}, ";
    const COMMA: usize = 2;
}

struct Compact;

impl Punctuation for Compact {
    const START: &[u8] = b"{\"leader\":\"";
    const FIELDS: &[u8] = b"\",\"fields\":[";
    const CONTROL_FIELD: &[u8] = b"{\"   \":\"";
    const END_OF_CONTROL_FIELD: &[u8] = b"\"},";
    const DATA_FIELD: &[u8] = b"{\"   \":{\"ind1\":\" \",\"ind2\":\" \",\"subfields\":[";
    const INDICATORS: [usize; 2] = [16, 27];
    const SUBFIELD: &[u8] = b"{\" \":\"";
    const NEXT_SUBFIELD: &[u8] = b"\"},{\" \":\"";
    const END_OF_SUBFIELDS: &[u8] = b"\"}]}},";
    const END_OF_FIELD: &[u8] = b"]}},";
    const COMMA: usize = 1;
}

fn write_record<P: Punctuation, const ASCII: bool>(
    raw: &[u8],
    leader: &[u8],
    out: &mut Output,
) -> Option<()> {
    let view = RecordView::new(raw)?;
    let data = data_of_fields(raw, &view)?;
    out.put(P::START);
    text::<ASCII>(out, leader)?;
    out.put(P::FIELDS);
    let mut offset = 0;
    for tag in view.tags() {
        offset = if is_control_tag(tag) {
            control_field::<P, ASCII>(out, tag, data, offset)?
        } else {
            data_field::<P, ASCII>(out, tag, data, offset)?
        };
    }
    if offset > 0 {
        out.take_back(P::COMMA);
    }
    out.put(b"]}");
    Some(())
}

/// The fields of a plain record, with their terminators, and the record terminator.
pub(crate) fn data_of_fields<'a>(raw: &'a [u8], view: &RecordView<'_>) -> Option<&'a [u8]> {
    raw.get(LEADER_LENGTH + view.entry_count() * DIRECTORY_ENTRY_LENGTH + 1..)
}

fn control_field<P: Punctuation, const ASCII: bool>(
    out: &mut Output,
    [t0, t1, t2]: [u8; 3],
    data: &[u8],
    start: usize,
) -> Option<usize> {
    out.put_template(P::CONTROL_FIELD, [(TAG, t0), (TAG + 1, t1), (TAG + 2, t2)]);
    let mut offset = start;
    loop {
        offset = out.copy_until(data, offset, to_be_escaped::<ASCII>);
        if *data.get(offset)? == FIELD_TERMINATOR {
            out.put(P::END_OF_CONTROL_FIELD);
            return Some(offset + 1);
        }
        offset += escape(out, data, offset)?;
    }
}

fn data_field<P: Punctuation, const ASCII: bool>(
    out: &mut Output,
    tag: [u8; 3],
    data: &[u8],
    start: usize,
) -> Option<usize> {
    let &[first, second] = data.get(start..)?.first_chunk()?;
    let [t0, t1, t2] = tag;
    let head = [t0, t1, t2, first, second, b' ', b' ', b' '];
    if to_be_escaped::<ASCII>(u64::from_le_bytes(head)) == 0 {
        let [ind1, ind2] = P::INDICATORS;
        out.put_template(
            P::DATA_FIELD,
            [
                (TAG, t0),
                (TAG + 1, t1),
                (TAG + 2, t2),
                (ind1, first),
                (ind2, second),
            ],
        );
    } else {
        odd_head::<P, ASCII>(out, &head)?;
    }
    let mut offset = start + 2;
    match *data.get(offset)? {
        SUBFIELD_DELIMITER => code::<ASCII>(out, P::SUBFIELD, CODE, *data.get(offset + 1)?)?,
        FIELD_TERMINATOR => {
            out.put(P::END_OF_FIELD);
            return Some(offset + 1);
        }
        _ => return None,
    }
    offset += 2;
    loop {
        offset = out.copy_until(data, offset, to_be_escaped::<ASCII>);
        match *data.get(offset)? {
            SUBFIELD_DELIMITER => {
                let place = P::NEXT_SUBFIELD.len() - P::SUBFIELD.len() + CODE;
                code::<ASCII>(out, P::NEXT_SUBFIELD, place, *data.get(offset + 1)?)?;
                offset += 2;
            }
            FIELD_TERMINATOR => {
                out.put(P::END_OF_SUBFIELDS);
                return Some(offset + 1);
            }
            _ => offset += escape(out, data, offset)?,
        }
    }
}

/// Starts a subfield: the template with the code at its place.
#[inline(always)]
fn code<const ASCII: bool>(
    out: &mut Output,
    template: &[u8],
    place: usize,
    code: u8,
) -> Option<()> {
    if code.is_ascii_alphanumeric() {
        out.put_template(template, [(place, code)]);
        return Some(());
    }
    odd_code::<ASCII>(out, template, place, code)
}

#[cold]
fn odd_code<const ASCII: bool>(
    out: &mut Output,
    template: &[u8],
    place: usize,
    code: u8,
) -> Option<()> {
    let (before, after) = template.split_at_checked(place)?;
    out.put(before);
    text::<ASCII>(out, &[code])?;
    out.put(after.get(1..)?);
    Some(())
}

/// Starts a variable data field in whose tag or indicators something has to be escaped.
#[cold]
fn odd_head<P: Punctuation, const ASCII: bool>(out: &mut Output, head: &[u8; 8]) -> Option<()> {
    let [ind1, ind2] = P::INDICATORS;
    let mut copied = 0;
    for (place, value) in [
        (TAG..TAG + 3, head.get(..3)?),
        (ind1..ind1 + 1, head.get(3..4)?),
        (ind2..ind2 + 1, head.get(4..5)?),
    ] {
        out.put(P::DATA_FIELD.get(copied..place.start)?);
        text::<ASCII>(out, value)?;
        copied = place.end;
    }
    out.put(P::DATA_FIELD.get(copied..)?);
    Some(())
}

/// Appends the inside of a JSON string; for ASCII `None` when `text` is not UTF-8.
fn text<const ASCII: bool>(out: &mut Output, text: &[u8]) -> Option<()> {
    let mut offset = 0;
    loop {
        offset = out.copy_until(text, offset, to_be_escaped::<ASCII>);
        if offset >= text.len() {
            return Some(());
        }
        offset += escape(out, text, offset)?;
    }
}

/// Marks control characters, the quotation mark and the backslash; for ASCII also all from 0x7F on.
#[inline(always)]
fn to_be_escaped<const ASCII: bool>(block: u64) -> u64 {
    let special = below(block, 0x20) | equal(block, b'"') | equal(block, b'\\');
    if ASCII {
        special | from(block, 0x7F)
    } else {
        special
    }
}

/// Writes the character at `offset`, which has to be escaped, and those outside ASCII that follow
/// it; gives their length in bytes.
fn escape(out: &mut Output, text: &[u8], offset: usize) -> Option<usize> {
    let byte = *text.get(offset)?;
    if byte < 0x80 {
        match byte {
            b'"' => out.put(b"\\\""),
            b'\\' => out.put(b"\\\\"),
            b'\n' => out.put(b"\\n"),
            b'\r' => out.put(b"\\r"),
            b'\t' => out.put(b"\\t"),
            0x08 => out.put(b"\\b"),
            0x0C => out.put(b"\\f"),
            _ => put_unit(out, u16::from(byte)),
        }
        return Some(1);
    }
    let mut end = offset;
    while text.get(end).is_some_and(|&byte| byte >= 0x80) {
        let (point, length) = character_at(text, end)?;
        if let Ok(unit) = u16::try_from(point) {
            put_unit(out, unit);
        } else {
            let above = point - 0x1_0000;
            put_unit(out, 0xD800 | (above >> 10) as u16);
            put_unit(out, 0xDC00 | (above & 0x3FF) as u16);
        }
        end += length;
    }
    Some(end - offset)
}

#[inline(always)]
fn put_unit(out: &mut Output, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u16| DIGITS[usize::from(unit >> shift & 0xF)];
    let [d0, d1, d2, d3] = [digit(12), digit(8), digit(4), digit(0)];
    out.put_template(b"\\u    ", [(2, d0), (3, d1), (4, d2), (5, d3)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::subfields;
    use crate::serialise::RecordBuilder;

    fn json(raw: &[u8], compact: bool) -> Option<String> {
        let mut out = Output::default();
        record_as_json(raw, "L\"", compact, &mut out)?;
        Some(String::from_utf8(out.as_bytes().to_vec()).unwrap())
    }

    fn utf8_json(raw: &[u8]) -> Option<String> {
        let mut out = Output::default();
        record_as_utf8_json(raw, b"L\"                      ", &mut out)?;
        Some(String::from_utf8(out.as_bytes().to_vec()).unwrap())
    }

    /// What `json` should give, made field by field and character by character.
    fn json_one_by_one(raw: &[u8], compact: bool, ascii: bool) -> String {
        let quoted = |text: &[u8]| {
            let mut out = String::from("\"");
            for character in std::str::from_utf8(text).unwrap().chars() {
                match character {
                    '"' | '\\' => out.extend(['\\', character]),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    '\u{8}' => out.push_str("\\b"),
                    '\u{c}' => out.push_str("\\f"),
                    ' '..='~' => out.push(character),
                    '\u{7f}'.. if !ascii => out.push(character),
                    _ => {
                        for unit in character.encode_utf16(&mut [0; 2]) {
                            out.push_str(&format!("\\u{unit:04x}"));
                        }
                    }
                }
            }
            out + "\""
        };
        let [comma, colon] = if compact { [",", ":"] } else { [", ", ": "] };
        let fields: Vec<_> = RecordView::new(raw)
            .unwrap()
            .entries()
            .flatten()
            .map(|entry| {
                let tag = quoted(&entry.tag);
                if entry.is_control_field() {
                    return format!("{{{tag}{colon}{}}}", quoted(entry.content()));
                }
                let subfields: Vec<_> = subfields(entry.data)
                    .map(|(code, value)| format!("{{{}{colon}{}}}", quoted(&[code]), quoted(value)))
                    .collect();
                format!(
                    "{{{tag}{colon}{{\"ind1\"{colon}{}{comma}\"ind2\"{colon}{}{comma}\
                     \"subfields\"{colon}[{}]}}}}",
                    quoted(&entry.data[..1]),
                    quoted(&entry.data[1..2]),
                    subfields.join(comma)
                )
            })
            .collect();
        format!(
            "{{\"leader\"{colon}\"L\\\"\"{comma}\"fields\"{colon}[{}]}}",
            fields.join(comma)
        )
    }

    #[test]
    fn writes_what_json_dumps_writes() {
        let raw = b"00060nam a2200049 a 4500001000400000245000600004\x1ei\"\\\x1e10\x1fax\x1e\x1d";
        assert_eq!(
            json(raw, false).unwrap(),
            "{\"leader\": \"L\\\"\", \"fields\": [{\"001\": \"i\\\"\\\\\"}, {\"245\": {\"ind1\": \"1\", \
             \"ind2\": \"0\", \"subfields\": [{\"a\": \"x\"}]}}]}"
        );
        let json = json(raw, true).unwrap();
        assert!(json.starts_with("{\"leader\":\"L\\\"\",\"fields\":[{\"001\":"));
    }

    #[test]
    fn writes_what_its_twin_writes() {
        let pieces = [
            "",
            "a",
            "\"",
            "\\",
            "\n",
            "\r\t",
            "\u{8}\u{c}",
            "\u{1}",
            "\u{7f}",
            "\u{e9}",
            "\u{65e5}\u{672c}",
            "\u{1f600}",
            "\u{ffff}",
            "a plain text of some length",
            "caf\u{e9} au lait",
            "\u{430}\u{431}\u{432} \u{433}",
        ];
        let mut state: u64 = 1;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..3_000 {
            let mut builder = RecordBuilder::default();
            for _ in 0..=next(4) {
                let tag = [*b"001", *b"245", *b"\"\\\x01", *b"00A", *b"9 9"][next(5)];
                let is_control_field = is_control_tag(tag);
                let text = |data: &mut Vec<u8>, next: &mut dyn FnMut(usize) -> usize| {
                    for _ in 0..next(4) {
                        data.extend_from_slice(pieces[next(pieces.len())].as_bytes());
                    }
                };
                if is_control_field {
                    text(builder.data(), &mut next);
                    builder.data().extend_from_slice(b"\x1fa");
                } else {
                    let indicators: &[u8] = [&b"10"[..], b"\" ", b" \\", b"\x7f0"][next(4)];
                    builder.data().extend_from_slice(indicators);
                    for _ in 0..next(4) {
                        let code = b"ab0\"\\\x01\x7f"[next(7)];
                        builder
                            .data()
                            .extend_from_slice(&[SUBFIELD_DELIMITER, code]);
                        text(builder.data(), &mut next);
                    }
                }
                builder.end_field(tag).unwrap();
            }
            let raw = builder.finish(b"nam a22", b" a 4500").unwrap();
            assert!(crate::plain::is_plain(&raw));
            for compact in [false, true] {
                let expected = json_one_by_one(&raw, compact, true);
                assert_eq!(json(&raw, compact).unwrap(), expected);
            }
            let expected = json_one_by_one(&raw, true, false);
            let shown = utf8_json(&raw).unwrap();
            assert_eq!(
                shown.replacen("                      \",", "\",", 1),
                expected
            );
        }
    }

    #[test]
    fn gives_nothing_for_what_is_not_plain() {
        let raw = b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d";
        assert!(json(raw, false).is_some());
        for length in 0..raw.len() - 1 {
            assert_eq!(json(&raw[..length], false), None);
        }
        let mut bad = raw.to_vec();
        bad[57] = 0xFF;
        assert_eq!(json(&bad, false), None);
    }
}
