//! A plain record as MARCXML, to the letter as Python's ElementTree writes it.
//!
//! The data are read from front to back in one go, as for JSON (see [`crate::json`]).

use crate::json::data_of_fields;
use crate::output::{ONES, Output, below, character_at, equal, from};
use crate::schema::{is_code, is_control_field_tag, is_data_field_tag, is_indicator, is_leader};
use crate::view::RecordView;
use crate::{FIELD_TERMINATOR, LEADER_LENGTH, SUBFIELD_DELIMITER, is_control_tag};

const NAMESPACES: &str = " xmlns=\"http://www.loc.gov/MARC21/slim\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xsi:schemaLocation=\"http://www.loc.gov/MARC21/slim \
    http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd\"";

// What stands around the texts; what is filled in, and where.
const CONTROL_FIELD: &[u8] = b"<controlfield tag=\"   \">";
const CONTROL_FIELD_TAG: usize = 19;
const DATA_FIELD: &[u8] = b"<datafield ind1=\" \" ind2=\" \" tag=\"   \">";
const INDICATORS: [usize; 2] = [17, 26];
const DATA_FIELD_TAG: usize = 34;
const SUBFIELD: &[u8] = b"<subfield code=\" \">";
const CODE: usize = 16;
const NEXT_SUBFIELD: &[u8] = b"</subfield><subfield code=\" \">";
const END_OF_SUBFIELDS: &[u8] = b"</subfield></datafield>";

/// Writes the record as a `record` element to the end of `out`; `leader` is the leader to show.
///
/// `namespace` declares the MARCXML namespace and schema on it. `ascii_only` writes numeric
/// character references for what is not ASCII. `None` when the bytes are not those of a plain
/// record, or when a character is among them that XML forbids.
#[must_use]
pub fn record_as_xml(
    raw: &[u8],
    leader: &str,
    namespace: bool,
    ascii_only: bool,
    out: &mut Output,
) -> Option<()> {
    if ascii_only {
        write_record::<ASCII>(raw, leader.as_bytes(), namespace, out)
    } else {
        write_record::<UTF_8>(raw, leader.as_bytes(), namespace, out)
    }
}

/// Writes the record as a `record` element that is valid by the MARCXML schema, in UTF-8.
///
/// `None` also for a record of which the schema, or XML itself, allows something not.
#[must_use]
pub fn record_as_valid_xml(
    raw: &[u8],
    leader: &[u8; LEADER_LENGTH],
    out: &mut Output,
) -> Option<()> {
    if !is_leader(leader) {
        return None;
    }
    write_record::<VALID>(raw, leader, false, out)
}

/// Numeric character references for what is not ASCII.
const ASCII: u8 = 0;
/// As ElementTree writes UTF-8.
const UTF_8: u8 = 1;
/// UTF-8, and nothing that the schema does not allow, nor what a reader would not read as it is.
const VALID: u8 = 2;

fn write_record<const WAY: u8>(
    raw: &[u8],
    leader: &[u8],
    namespace: bool,
    out: &mut Output,
) -> Option<()> {
    let view = RecordView::new(raw)?;
    let data = data_of_fields(raw, &view)?;
    out.put(b"<record");
    if namespace {
        out.put(NAMESPACES.as_bytes());
    }
    out.put(b"><leader>");
    if leader.is_empty() {
        end_empty_element(out);
    } else {
        text::<WAY>(out, leader, false)?;
        out.put(b"</leader>");
    }
    let mut offset = 0;
    let mut control_fields_are_over = false;
    for tag in view.tags() {
        offset = if is_control_tag(tag) {
            if WAY == VALID && (control_fields_are_over || !is_control_field_tag(tag)) {
                return None;
            }
            control_field::<WAY>(out, tag, data, offset)?
        } else {
            control_fields_are_over = true;
            data_field::<WAY>(out, tag, data, offset)?
        };
    }
    out.put(b"</record>");
    Some(())
}

/// Makes of the start tag that was just written an empty element.
fn end_empty_element(out: &mut Output) {
    out.take_back(1);
    out.put(b" />");
}

fn control_field<const WAY: u8>(
    out: &mut Output,
    [t0, t1, t2]: [u8; 3],
    data: &[u8],
    start: usize,
) -> Option<usize> {
    let place = CONTROL_FIELD_TAG;
    out.put_template(
        CONTROL_FIELD,
        [(place, t0), (place + 1, t1), (place + 2, t2)],
    );
    if *data.get(start)? == FIELD_TERMINATOR {
        end_empty_element(out);
        return Some(start + 1);
    }
    let mut offset = start;
    loop {
        offset = out.copy_until(data, offset, to_be_escaped);
        if *data.get(offset)? == FIELD_TERMINATOR {
            out.put(b"</controlfield>");
            return Some(offset + 1);
        }
        offset += escape::<WAY>(out, data, offset, false)?;
    }
}

fn data_field<const WAY: u8>(
    out: &mut Output,
    tag: [u8; 3],
    data: &[u8],
    start: usize,
) -> Option<usize> {
    let &[first, second] = data.get(start..)?.first_chunk()?;
    let [t0, t1, t2] = tag;
    let head = [t0, t1, t2, first, second, b' ', b' ', b' '];
    let block = u64::from_le_bytes(head);
    if WAY == VALID && !(is_data_field_tag(tag) && is_indicator(first) && is_indicator(second)) {
        return None;
    }
    if WAY == VALID || to_be_escaped(block) | equal(block, b'"') == 0 {
        let [ind1, ind2] = INDICATORS;
        let place = DATA_FIELD_TAG;
        out.put_template(
            DATA_FIELD,
            [
                (ind1, first),
                (ind2, second),
                (place, t0),
                (place + 1, t1),
                (place + 2, t2),
            ],
        );
    } else {
        odd_head(out, &head)?;
    }
    let mut offset = start + 2;
    match *data.get(offset)? {
        SUBFIELD_DELIMITER => code::<WAY>(out, SUBFIELD, CODE, *data.get(offset + 1)?)?,
        FIELD_TERMINATOR if WAY != VALID => {
            end_empty_element(out);
            return Some(offset + 1);
        }
        _ => return None,
    }
    offset += 2;
    // The end tag of the subfield, if it is not an empty element.
    loop {
        let mut end_tag = b"</subfield>".len();
        if matches!(*data.get(offset)?, SUBFIELD_DELIMITER | FIELD_TERMINATOR) {
            end_empty_element(out);
            end_tag = 0;
        }
        let end = value::<WAY>(out, data, offset)?;
        if *data.get(end)? == FIELD_TERMINATOR {
            if end_tag > 0 {
                out.put(END_OF_SUBFIELDS);
            } else {
                out.put(b"</datafield>");
            }
            return Some(end + 1);
        }
        let next = *data.get(end + 1)?;
        if end_tag > 0 {
            code::<WAY>(out, NEXT_SUBFIELD, end_tag + CODE, next)?;
        } else {
            code::<WAY>(out, SUBFIELD, CODE, next)?;
        }
        offset = end + 2;
    }
}

/// Writes a subfield's value from `start` on; gives the offset of the delimiter or terminator after
/// it.
#[inline(always)]
fn value<const WAY: u8>(out: &mut Output, data: &[u8], start: usize) -> Option<usize> {
    let mut offset = start;
    loop {
        offset = out.copy_until(data, offset, to_be_escaped);
        if matches!(*data.get(offset)?, SUBFIELD_DELIMITER | FIELD_TERMINATOR) {
            return Some(offset);
        }
        offset += escape::<WAY>(out, data, offset, false)?;
    }
}

/// Starts a subfield: the template with the code at its place.
#[inline(always)]
fn code<const WAY: u8>(out: &mut Output, template: &[u8], place: usize, code: u8) -> Option<()> {
    if code.is_ascii_alphanumeric() {
        out.put_template(template, [(place, code)]);
        return Some(());
    }
    if WAY == VALID && !is_code(code) {
        return None;
    }
    odd_code(out, template, place, code)
}

#[cold]
fn odd_code(out: &mut Output, template: &[u8], place: usize, code: u8) -> Option<()> {
    let (before, after) = template.split_at_checked(place)?;
    out.put(before);
    text::<ASCII>(out, &[code], true)?;
    out.put(after.get(1..)?);
    Some(())
}

/// Starts a variable data field in whose tag or indicators something has to be escaped.
#[cold]
fn odd_head(out: &mut Output, head: &[u8; 8]) -> Option<()> {
    let [ind1, ind2] = INDICATORS;
    let tag = DATA_FIELD_TAG;
    let mut copied = 0;
    for (place, value) in [
        (ind1..ind1 + 1, head.get(3..4)?),
        (ind2..ind2 + 1, head.get(4..5)?),
        (tag..tag + 3, head.get(..3)?),
    ] {
        out.put(DATA_FIELD.get(copied..place.start)?);
        text::<ASCII>(out, value, true)?;
        copied = place.end;
    }
    out.put(DATA_FIELD.get(copied..)?);
    Some(())
}

/// Appends a text.
fn text<const WAY: u8>(out: &mut Output, text: &[u8], in_attribute: bool) -> Option<()> {
    let mut offset = 0;
    loop {
        let specials = |block| to_be_escaped(block) | equal(block, b'"');
        offset = out.copy_until(text, offset, specials);
        if offset >= text.len() {
            return Some(());
        }
        offset += escape::<WAY>(out, text, offset, in_attribute)?;
    }
}

/// Marks control characters, what is not ASCII, and what means something in the text of an element.
#[inline(always)]
fn to_be_escaped(block: u64) -> u64 {
    // One bit tells the two brackets apart.
    let brackets = equal(block | (ONES * 2), b'>');
    below(block, 0x20) | from(block, 0x80) | equal(block, b'&') | brackets
}

/// Writes the special character at `offset`, and those outside ASCII that follow it; gives their
/// length in bytes, or `None` for what XML forbids.
fn escape<const WAY: u8>(
    out: &mut Output,
    text: &[u8],
    offset: usize,
    in_attribute: bool,
) -> Option<usize> {
    let byte = *text.get(offset)?;
    if byte < 0x80 {
        match byte {
            b'&' => out.put(b"&amp;"),
            b'<' => out.put(b"&lt;"),
            b'>' => out.put(b"&gt;"),
            b'"' if in_attribute => out.put(b"&quot;"),
            b'\t' if in_attribute => out.put(b"&#09;"),
            b'\n' if in_attribute => out.put(b"&#10;"),
            // A reader makes a line feed of one that is no reference.
            b'\r' if in_attribute || WAY == VALID => out.put(b"&#13;"),
            b'"' | b'\t' | b'\n' | b'\r' | 0x7F => out.put(&[byte]),
            _ => return None,
        }
        return Some(1);
    }
    let mut end = offset;
    while text.get(end).is_some_and(|&byte| byte >= 0x80) {
        let (point, length) = character_at(text, end)?;
        if matches!(point, 0xFFFE | 0xFFFF) {
            return None;
        }
        if WAY == ASCII {
            put_reference(out, point);
        }
        end += length;
    }
    if WAY != ASCII {
        out.put(text.get(offset..end)?);
    }
    Some(end - offset)
}

/// Writes a numeric character reference; the code point is above 99.
fn put_reference(out: &mut Output, point: u32) {
    let digit = |power: u32| b'0' + (point / power % 10) as u8;
    // With leading zeros, of which the buffer gets only what follows.
    let digits = [
        digit(1_000_000),
        digit(100_000),
        digit(10_000),
        digit(1_000),
        digit(100),
        digit(10),
        digit(1),
        b';',
    ];
    let zeros = match point {
        0..1_000 => 4,
        1_000..10_000 => 3,
        10_000..100_000 => 2,
        100_000..1_000_000 => 1,
        _ => 0,
    };
    out.put(b"&#");
    out.put(digits.get(zeros..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serialise::RecordBuilder;

    fn xml(content: &str, ascii_only: bool) -> Option<String> {
        let mut builder = RecordBuilder::default();
        builder.data().extend_from_slice(content.as_bytes());
        builder.end_field(*b"245").unwrap();
        let raw = builder.finish(b"nam a22", b" a 4500").unwrap();
        record(&raw, ascii_only)
    }

    fn record(raw: &[u8], ascii_only: bool) -> Option<String> {
        let mut out = Output::default();
        record_as_xml(raw, "L", false, ascii_only, &mut out)?;
        Some(String::from_utf8(out.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn writes_what_element_tree_writes() {
        assert_eq!(
            xml("\"<\x1fa\u{e9} & <b>\n\u{65e5}", true).unwrap(),
            "<record><leader>L</leader><datafield ind1=\"&quot;\" ind2=\"&lt;\" tag=\"245\">\
             <subfield code=\"a\">&#233; &amp; &lt;b&gt;\n&#26085;</subfield></datafield></record>"
        );
        assert!(xml("10\x1fa\u{e9}", false).unwrap().contains(">\u{e9}<"));
        assert!(
            xml("10\x1fa", true)
                .unwrap()
                .contains("<subfield code=\"a\" />")
        );
        assert!(xml("10", true).unwrap().contains("tag=\"245\" />"));
    }

    #[test]
    fn refuses_what_xml_forbids() {
        for bad in [
            "10\x1fax\x1b",
            "10\x1fa\u{fffe}",
            "10\x1fa\u{ffff}",
            "10\x1fa\0",
            "10\x1f\x01",
        ] {
            assert_eq!(xml(bad, true), None);
            assert_eq!(xml(bad, false), None);
        }
        assert!(xml("10\x1fa\u{fffd}\u{10ffff}\u{85}\x7f\t", true).is_some());
    }

    /// What `xml` should give, made field by field and character by character.
    fn xml_one_by_one(raw: &[u8], ascii_only: bool) -> Option<String> {
        let escaped = |text: &[u8], in_attribute: bool| {
            let mut out = String::new();
            for character in std::str::from_utf8(text).unwrap().chars() {
                match character {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '"' if in_attribute => out.push_str("&quot;"),
                    '\t' | '\n' | '\r' if in_attribute => {
                        out.push_str(&format!("&#{:02};", u32::from(character)));
                    }
                    '\t' | '\n' | '\r' | ' '..='\x7f' => out.push(character),
                    '\0'..' ' | '\u{fffe}' | '\u{ffff}' => return None,
                    _ if ascii_only => out.push_str(&format!("&#{};", u32::from(character))),
                    _ => out.push(character),
                }
            }
            Some(out)
        };
        let element = |start: &str, text: &[u8], name: &str| {
            if text.is_empty() {
                return Some(format!("<{start} />"));
            }
            Some(format!("<{start}>{}</{name}>", escaped(text, false)?))
        };
        let mut out = String::from("<record><leader>L</leader>");
        for entry in RecordView::new(raw).unwrap().entries().flatten() {
            let tag = escaped(&entry.tag, true)?;
            if entry.is_control_field() {
                let start = format!("controlfield tag=\"{tag}\"");
                out.push_str(&element(&start, entry.content(), "controlfield")?);
                continue;
            }
            out.push_str(&format!(
                "<datafield ind1=\"{}\" ind2=\"{}\" tag=\"{tag}\"",
                escaped(&entry.data[..1], true)?,
                escaped(&entry.data[1..2], true)?
            ));
            let mut inside = String::new();
            for (code, value) in crate::field::subfields(entry.data) {
                let start = format!("subfield code=\"{}\"", escaped(&[code], true)?);
                inside.push_str(&element(&start, value, "subfield")?);
            }
            if inside.is_empty() {
                out.push_str(" />");
            } else {
                out.push_str(&format!(">{inside}</datafield>"));
            }
        }
        Some(out + "</record>")
    }

    #[test]
    fn writes_what_its_twin_writes() {
        let pieces = [
            "",
            "a",
            "\"",
            "<",
            ">&",
            "\n",
            "\r\t",
            "\u{7f}",
            "\u{e9}",
            "\u{80}\u{3e7}\u{3e8}",
            "\u{65e5}\u{672c}",
            "\u{1f600}\u{10ffff}",
            "\u{ffff}",
            "a plain text of some length",
            "caf\u{e9} au lait",
            "\u{430}\u{431}\u{432} \u{433}",
            "\u{270f}\u{2710}\u{1869f}",
        ];
        let mut state: u64 = 1;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut refused = 0;
        for _ in 0..3_000 {
            let mut builder = RecordBuilder::default();
            for _ in 0..=next(4) {
                let tag = [*b"001", *b"245", *b"\"<&", *b"00A", *b"9 9"][next(5)];
                let is_control_field = is_control_tag(tag);
                let text = |data: &mut Vec<u8>, next: &mut dyn FnMut(usize) -> usize| {
                    for _ in 0..next(4) {
                        data.extend_from_slice(pieces[next(pieces.len())].as_bytes());
                    }
                };
                if is_control_field {
                    text(builder.data(), &mut next);
                } else {
                    let indicators: &[u8] = [&b"10"[..], b"\" ", b" <", b"\x7f0"][next(4)];
                    builder.data().extend_from_slice(indicators);
                    for _ in 0..next(4) {
                        let code = b"ab0\"<\t\x7f"[next(7)];
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
            for ascii_only in [false, true] {
                let expected = xml_one_by_one(&raw, ascii_only);
                refused += usize::from(expected.is_none());
                assert_eq!(record(&raw, ascii_only), expected);
            }
        }
        assert!((500..5_000).contains(&refused));
    }
}
